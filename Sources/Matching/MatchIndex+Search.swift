/// Asking the index.
extension MatchIndex {
  /// How many entries of names one look reads at the most.
  package static let nameReadLimit = 4_000
  /// How many records with one key, or with one whole name, a look compares; a circumstance that
  /// more records share tells nothing.
  package static let blockLimit = 150

  /// The records that resemble `profile` by at least `least`, most alike first, then by identifier.
  package mutating func matches(
    _ profile: MatchProfile, excluding excluded: String? = nil, atLeast least: MatchScore,
    limit: Int = 20
  ) -> [Match] {
    search(profile, excluding: excluded, atLeast: least, limit: limit).matches
  }

  /// Looks for the records that resemble `profile` by at least `least`.
  ///
  /// Keys and whole names come first, then names by their rarest bigrams; a look ends when no name
  /// that is left can be more alike than those it has. Where more records share all of it than one
  /// look may read, the answer says so: it has those that agree in most, and may lack others.
  ///
  /// `least` is the model's threshold of possible ones, or a higher one; `excluded` is not looked
  /// at, such as the record itself; `limit` is how many come at the most.
  ///
  /// - Complexity: O(keys and circumstances · ``blockLimit`` + ``nameReadLimit``), however many
  ///   records there are.
  package mutating func search(
    _ profile: MatchProfile, excluding excluded: String? = nil, atLeast least: MatchScore,
    limit: Int = 20
  ) -> Search {
    begin()
    var look = Look(profile: profile, least: least, limit: limit)
    if let own = excluded.flatMap({ slots[$0] }) { stamps[Int(own)] = stamp }
    lookAtKeys(&look)
    lookAtBlocks(&look)
    lookAtNames(&look)
    look.found.sort {
      ($1.comparison.score, $0.id) < ($0.comparison.score, $1.id)
    }
    return Search(
      matches: Array(look.found.prefix(limit)), readCount: look.readCount, isCut: look.isCut)
  }

  /// A look on its way.
  private struct Look {
    let profile: MatchProfile
    let least: MatchScore
    let limit: Int
    var found: [Match] = []
    var readCount = 0
    var isCut = false

    /// The score that the last of those has that would be answered; `nil` while there is room.
    var lastScore: MatchScore? {
      guard limit > 0, found.count >= limit else { return nil }
      return found.map(\.comparison.score).sorted(by: >)[limit - 1]
    }
  }

  private mutating func begin() {
    stamp &+= 1
    guard stamp == 0 else { return }
    stamps = [UInt32](repeating: 0, count: stamps.count)
    stamp = 1
  }

  /// Whether the slot was not looked at yet.
  private mutating func isNew(_ slot: Int32) -> Bool {
    guard stamps[Int(slot)] != stamp else { return false }
    stamps[Int(slot)] = stamp
    return true
  }

  private func compare(_ slot: Int32, _ look: inout Look) {
    guard let entry = entries[Int(slot)] else { return }
    let comparison = compare(look.profile, entry.profile)
    if comparison.score >= look.least {
      look.found.append(Match(id: entry.id, comparison: comparison))
    }
  }

  private mutating func lookAt(_ list: [Int32], _ look: inout Look) {
    if list.count > Self.blockLimit { look.isCut = true }
    for slot in list.prefix(Self.blockLimit) {
      look.readCount += 1
      if isNew(slot) { compare(slot, &look) }
    }
  }

  private mutating func lookAtKeys(_ look: inout Look) {
    for key in look.profile.keys { lookAt(byKey[key] ?? [], &look) }
  }

  private mutating func lookAtBlocks(_ look: inout Look) {
    for block in Self.wholeNames(of: look.profile) { lookAt(blocks[block] ?? [], &look) }
    for block in Self.circumstances(of: look.profile) {
      guard let slots = blocks[block], slots.count <= Self.blockLimit else { continue }
      lookAt(slots, &look)
    }
  }

  /// The companies whose names may be alike enough.
  ///
  /// To be `θ` alike, names of `a` and `b` bigrams share at least θ(a+b)/2 of them. A name that has
  /// none of the `i` rarest bigrams of this one shares a−i of them at the most: so it is worth a look
  /// only while b ≤ 2(a−i)/θ − a, and only b ≥ θa/(2−θ) ever is.
  ///
  /// Source: Chaudhuri, Ganti, Kaushik, A primitive operator for similarity joins (2006); Bayardo, Ma,
  /// Srikant, Scaling up all pairs similarity search (2007).
  private mutating func lookAtNames(_ look: inout Look) {
    guard let company = look.profile.company else { return }
    let pairs = Bigrams(company.core).pairs
    let known = pairs.compactMap { bigramNumbers[$0] }.sorted()
    let theta = leastSimilarity(look)
    let shape = NameShape(company, length: pairs.count)
    // Numbers that differ halve the likeness: it must be above that to leave others out.
    let numbers = theta > 5_000 && !look.profile.hasCircumstances ? shape.numbers : nil
    let rarest = known.sorted {
      (postings[Int($0)].count, $0) < (postings[Int($1)].count, $1)
    }
    let shortest = max(1, (theta * pairs.count + 20_000 - theta - 1) / (20_000 - theta))
    var last: UInt32?
    for (place, number) in rarest.enumerated() where number != last {
      last = number
      // Bigrams that nobody has are the rarest, and need no reading.
      let common = known.count - place
      let longest = 20_000 * common / theta - pairs.count
      guard shortest <= longest, !isSettled(look, common, of: pairs.count) else { return }
      readNames(
        postings[Int(number)], shortest...longest, pairs.count, numbers, known, theta, &look)
      if look.isCut, look.readCount >= Self.nameReadLimit { return }
    }
  }

  /// The similarity, in ten-thousandths, with which a name can reach the score where it lies nearest.
  private func leastSimilarity(_ look: Look) -> Int {
    let weight = model.nameWeight
    let rest = (100 - weight) * nearest(look).tenThousandths
    // Two less: both the similarity and the score are rounded.
    return max(1, (look.least.tenThousandths * 100 - rest + weight - 1) / weight - 2)
  }

  /// Whether as many as are wanted are found that no name which shares `common` bigrams can surpass
  /// or equal; circumstances might.
  private func isSettled(_ look: Look, _ common: Int, of count: Int) -> Bool {
    guard !look.profile.hasCircumstances, let last = look.lastScore else { return false }
    let similarity = Bigrams.dice(common: common, count, common)
    return model.companyScore(similarity, nearest(look)) < last
  }

  /// What the region can give at the most; where circumstances count, a name is only the way to them.
  private func nearest(_ look: Look) -> MatchScore {
    look.profile.hasCircumstances
      ? .one : Region.factor(look.profile.region, look.profile.region)
  }

  private mutating func readNames(
    _ posting: NamePosting, _ lengths: ClosedRange<Int>, _ length: Int, _ numbers: UInt8?,
    _ known: [UInt32], _ theta: Int, _ look: inout Look
  ) {
    posting.visit(lengths: lengths, closestTo: length, numbers: numbers) { slot in
      guard look.readCount < Self.nameReadLimit else {
        look.isCut = true
        return false
      }
      look.readCount += 1
      guard isNew(slot) else { return true }
      let others = bigrams[Int(slot)]
      guard lengths.contains(others.count) else { return true }
      let common = Bigrams.common(known, others)
      if 20_000 * common >= theta * (others.count + length) { compare(slot, &look) }
      return true
    }
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
}
