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

  /// What a look for resemblances found.
  package struct Search: Hashable, Sendable {
    /// Most alike first, then by identifier.
    package let matches: [Match]
    /// How many entries of the index were read, and records compared, for it.
    package let readCount: Int
    /// More records share the name or a key than one look reads: there may be others as much alike.
    package let isCut: Bool
  }

  struct Entry: Sendable {
    let id: String
    let profile: MatchProfile
  }

  package let model: MatchModel
  var entries: [Entry?] = []
  /// Each slot's bigrams of the company's core by their numbers, in order; empty without one.
  var bigrams: [[UInt32]] = []
  var slots: [String: Int32] = [:]
  var byKey: [MatchKey: [Int32]] = [:]
  var bigramNumbers: [UInt64: UInt32] = [:]
  /// The slots of the companies that have a bigram, each once.
  var postings: [NamePosting] = []
  private var shapes: [NameShape] = []
  /// The slots of the records that share a circumstance.
  var blocks: [UInt64: [Int32]] = [:]
  var population = Population()
  private var removedCount = 0
  /// When each slot was looked at last, so that no query looks twice.
  var stamps: [UInt32] = []
  var stamp: UInt32 = 0

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
    shapes.append(profile.company.map { NameShape($0, length: numbers.count) } ?? .none)
    stamps.append(0)
    slots[id] = slot
    for key in profile.keys { byKey[key, default: []].append(slot) }
    for number in Self.distinct(numbers) { postings[Int(number)].append(slot, shapes) }
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
      postings[Int(number)].remove(slot, shapes[Int(slot)])
    }
    for block in Self.blocks(of: entry.profile) { Self.drop(slot, from: &blocks, at: block) }
    population.remove(entry.profile)
    bigrams[Int(slot)] = []
    if removedCount > 1024, removedCount > slots.count { compact() }
  }

  private static func drop<Key: Hashable>(
    _ slot: Int32, from table: inout [Key: [Int32]], at key: Key
  ) {
    // Taken out first, so that it is changed in its place.
    guard var slots = table.removeValue(forKey: key) else { return }
    _ = slots.removeSorted(slot)
    if !slots.isEmpty { table[key] = slots }
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
      postings.append(NamePosting())
      return number
    }.sorted()
  }

  static func distinct(_ sorted: [UInt32]) -> [UInt32] {
    var result: [UInt32] = []
    for number in sorted where result.last != number { result.append(number) }
    return result
  }
}
