/// Finds the records that resemble one, never by looking at all of them.
///
/// It goes by keys, by the bigrams of companies' names, and by what persons' circumstances have in
/// common. A value in memory; one owner guards it.
package struct MatchIndex: Sendable {
  /// One record that was found.
  package struct Match: Hashable, Sendable {
    package let id: String
    package let comparison: MatchComparison
  }

  private struct Entry: Sendable {
    let id: String
    let profile: MatchProfile
  }

  package let model: MatchModel
  private var entries: [Entry?] = []
  /// Each slot's bigrams of the company's core by their numbers, in order; empty without one.
  private var bigrams: [[UInt32]] = []
  private var slots: [String: Int32] = [:]
  private var byKey: [MatchKey: [Int32]] = [:]
  private var bigramNumbers: [UInt64: UInt32] = [:]
  /// The slots of the companies that have a bigram, each once.
  private var postings: [[Int32]] = []
  /// The slots of the records that share a circumstance.
  private var blocks: [UInt64: [Int32]] = [:]
  private var population = Population()
  private var removedCount = 0
  /// When each slot was looked at last, so that no query looks twice.
  private var stamps: [UInt32] = []
  private var stamp: UInt32 = 0

  package init(_ model: MatchModel = .current) { self.model = model }

  package var count: Int { slots.count }

  /// Every record with its profile, in the order in which they came.
  package var all: [(id: String, profile: MatchProfile)] {
    entries.compactMap { entry in entry.map { ($0.id, $0.profile) } }
  }

  package func profile(of id: String) -> MatchProfile? {
    slots[id].flatMap { entries[Int($0)]?.profile }
  }
}

/// Keeping it.
extension MatchIndex {
  /// Adds the record, or takes its new profile.
  ///
  /// - Complexity: O(bigrams and words of the profile).
  package mutating func insert(_ id: String, _ profile: MatchProfile) {
    remove(id)
    let slot = Int32(entries.count)
    let numbers = profile.company.map { number(Bigrams($0.core).pairs) } ?? []
    entries.append(Entry(id: id, profile: profile))
    bigrams.append(numbers)
    stamps.append(0)
    slots[id] = slot
    for key in profile.keys { byKey[key, default: []].append(slot) }
    for number in Self.distinct(numbers) { postings[Int(number)].append(slot) }
    for block in Self.blocks(of: profile) { blocks[block, default: []].append(slot) }
    population.add(profile)
  }

  /// Forgets the record; nothing of its profile stays.
  package mutating func remove(_ id: String) {
    guard let slot = slots.removeValue(forKey: id), let entry = entries[Int(slot)] else { return }
    entries[Int(slot)] = nil
    removedCount += 1
    for key in entry.profile.keys { Self.drop(slot, from: &byKey, at: key) }
    for number in Self.distinct(bigrams[Int(slot)]) {
      postings[Int(number)].removeAll { $0 == slot }
    }
    for block in Self.blocks(of: entry.profile) { Self.drop(slot, from: &blocks, at: block) }
    population.remove(entry.profile)
    bigrams[Int(slot)] = []
    if removedCount > 1024, removedCount > slots.count { compact() }
  }

  private static func drop<Key: Hashable>(
    _ slot: Int32, from table: inout [Key: [Int32]], at key: Key
  ) {
    table[key]?.removeAll { $0 == slot }
    if table[key]?.isEmpty == true { table[key] = nil }
  }

  private mutating func compact() {
    let kept = entries.compactMap(\.self)
    self = MatchIndex(model)
    for entry in kept { insert(entry.id, entry.profile) }
  }

  private mutating func number(_ pairs: [UInt64]) -> [UInt32] {
    pairs.map { pair in
      if let known = bigramNumbers[pair] { return known }
      let number = UInt32(postings.count)
      bigramNumbers[pair] = number
      postings.append([])
      return number
    }.sorted()
  }

  private static func distinct(_ sorted: [UInt32]) -> [UInt32] {
    var result: [UInt32] = []
    for number in sorted where result.last != number { result.append(number) }
    return result
  }
}

/// Asking it.
extension MatchIndex {
  /// The records that resemble `profile` by at least `least`, most alike first, then by identifier.
  ///
  /// `least` is the model's threshold of possible ones, or a higher one; `excluded` is not looked
  /// at, such as the record itself; `limit` is how many come at the most.
  ///
  /// - Complexity: O(candidates); a bigram, key or circumstance that most records share is read
  ///   only when nothing rarer can find them.
  package mutating func matches(
    _ profile: MatchProfile, excluding excluded: String? = nil, atLeast least: MatchScore,
    limit: Int = 20
  ) -> [Match] {
    begin()
    var found: [Match] = []
    let own = excluded.flatMap { slots[$0] }
    for slot in keyCandidates(profile) + nameCandidates(profile, least)
      + blockCandidates(profile)
    where slot != own && look(at: slot) {
      guard let entry = entries[Int(slot)] else { continue }
      let comparison = compare(profile, entry.profile)
      if comparison.score >= least { found.append(Match(id: entry.id, comparison: comparison)) }
    }
    found.sort {
      ($1.comparison.score, $0.id) < ($0.comparison.score, $1.id)
    }
    return Array(found.prefix(limit))
  }

  /// Keys and names, and the evidence of circumstances where there are any.
  package func compare(_ first: MatchProfile, _ second: MatchProfile) -> MatchComparison {
    let plain = model.compare(first, second)
    guard first.hasCircumstances, second.hasCircumstances else { return plain }
    let bits = Evidence(population: population).bits(first, second)
    let score = Evidence.score(bits: bits, model)
    guard score > plain.score else { return plain }
    return MatchComparison(score: score, kinds: plain.kinds, strength: plain.strength)
  }

  private mutating func begin() {
    stamp &+= 1
    guard stamp == 0 else { return }
    stamps = [UInt32](repeating: 0, count: stamps.count)
    stamp = 1
  }

  private mutating func look(at slot: Int32) -> Bool {
    guard stamps[Int(slot)] != stamp else { return false }
    stamps[Int(slot)] = stamp
    return true
  }

  private func keyCandidates(_ profile: MatchProfile) -> [Int32] {
    profile.keys.flatMap { key in (byKey[key] ?? []).prefix(Self.blockLimit) }
  }

  /// The companies whose names may be alike enough.
  ///
  /// To be `θ` alike, names of `a` and `b` bigrams share at least θ(a+b)/2 ≥ θa/(2−θ) = m of them;
  /// so each has one of the a−m+1 rarest of this one's (prefix filtering, Chaudhuri et al. 2006).
  private func nameCandidates(_ profile: MatchProfile, _ least: MatchScore) -> [Int32] {
    guard let company = profile.company else { return [] }
    let pairs = Bigrams(company.core).pairs
    let known = pairs.compactMap { bigramNumbers[$0] }.sorted()
    let weight = model.nameWeight
    // The least similarity that can reach the score in the same region.
    let theta = max(
      1, (least.tenThousandths * 100 - (100 - weight) * 10_000 + weight - 1) / weight)
    let least = (theta * pairs.count + 20_000 - theta - 1) / (20_000 - theta)
    guard known.count >= least else { return [] }
    // Bigrams that nobody has are the rarest, and need no reading.
    let read = pairs.count - least + 1 - (pairs.count - known.count)
    guard read > 0 else { return [] }
    let rarest = known.sorted {
      (postings[Int($0)].count, $0) < (postings[Int($1)].count, $1)
    }
    var found: [Int32] = []
    for number in Self.distinct(Array(rarest.prefix(read)).sorted()) {
      for slot in postings[Int(number)] {
        let count = bigrams[Int(slot)].count
        // The shorter one can't share more than it has.
        guard 2 * min(count, pairs.count) * 10_000 >= theta * (count + pairs.count) else {
          continue
        }
        let common = Bigrams.common(known, bigrams[Int(slot)])
        if 2 * common * 10_000 >= (theta - 1) * (count + pairs.count) { found.append(slot) }
      }
    }
    return found
  }

  private func blockCandidates(_ profile: MatchProfile) -> [Int32] {
    var found: [Int32] = []
    for block in Self.blocks(of: profile) {
      guard let slots = blocks[block], slots.count <= Self.blockLimit else { continue }
      found += slots
    }
    return found
  }

  /// A circumstance that more records share than this tells nothing.
  private static let blockLimit = 150

  /// What records of one person have in common, most often at least once.
  private static func blocks(of profile: MatchProfile) -> [UInt64] {
    var blocks: Set<UInt64> = []
    func add(_ kind: UInt64, _ values: String...) {
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ kind
      for value in values {
        for byte in value.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ 0xff) &* 0x100_0000_01b3
      }
      blocks.insert(hash)
    }
    if !profile.personName.isEmpty { add(1, profile.personName) }
    guard profile.hasCircumstances else { return Array(blocks) }
    for word in profile.nameWords { add(2, word) }
    if !profile.birthday.isEmpty { add(3, profile.birthday) }
    for word in profile.streetWords.prefix(8) {
      if !profile.postalCode.isEmpty, word.first?.isNumber == true {
        add(4, profile.postalCode, word)
      }
      for name in profile.nameWords.prefix(6) { add(5, word, String(name.prefix(2))) }
    }
    return Array(blocks)
  }
}

extension MatchProfile {
  /// Whether more than a name and keys is known: then circumstances count.
  var hasCircumstances: Bool {
    !birthday.isEmpty || !streetWords.isEmpty || !postalCode.isEmpty
  }
}
