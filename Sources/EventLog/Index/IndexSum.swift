internal import EventModel

/// A sum over entries that does not depend on their order: equal sums mean equal entries, but
/// for a chance of 2⁻¹²⁸.
struct IndexSum: Hashable, Sendable {
  private(set) var count: UInt64 = 0
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  mutating func add(_ word: UInt64, _ position: UInt64) {
    let mixed = Self.mix(word, position)
    count += 1
    low &+= mixed
    high &+= Self.finalize(mixed ^ word.byteSwapped)
  }

  mutating func add(_ other: IndexSum) {
    count += other.count
    low &+= other.low
    high &+= other.high
  }

  static func mix(_ word: UInt64, _ position: UInt64) -> UInt64 {
    finalize(word ^ finalize(position &+ 0x9e37_79b9_7f4a_7c15))
  }

  /// Source: Vigna, splitmix64.
  private static func finalize(_ value: UInt64) -> UInt64 {
    var mixed = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}

/// Sums of what the index must have, by successive ranges of positions, made by several threads
/// while the records are read for something else.
struct IndexSums: Sendable {
  /// Where each range begins, ascending, and where the last one ends.
  let bounds: [UInt64]
  private var sums: [IndexSum]

  init(bounds: [UInt64]) {
    precondition(!bounds.isEmpty, "there is one bound at least")
    self.bounds = bounds
    sums = Array(repeating: IndexSum(), count: bounds.count - 1)
  }

  /// The number of the range that `position` lies in; the last one for what lies behind.
  func place(of position: UInt64) -> Int {
    max(0, (bounds.firstIndex { $0 > position } ?? bounds.count - 1) - 1)
  }

  mutating func add(_ sum: IndexSum, at place: Int) { sums[place].add(sum) }

  /// The sum of `range`; `nil` unless it begins and ends where ranges do.
  func sum(of range: Range<UInt64>) -> IndexSum? {
    guard let first = bounds.firstIndex(of: range.lowerBound),
      let end = bounds.firstIndex(of: range.upperBound)
    else { return nil }
    var sum = IndexSum()
    for place in first..<end { sum.add(sums[place]) }
    return sum
  }
}

/// The sum of the entries that an index has of a range of positions.
struct StoredIndexSum: Sendable {
  let range: Range<UInt64>
  let sum: IndexSum
}

extension IndexSums {
  /// Whether `stored` cover the positions up to `size` without a hole and are what these sums say;
  /// where they are not, a slower comparison tells what differs, if anything does.
  func agree(with stored: [StoredIndexSum], upTo size: UInt64) -> Bool {
    var end: UInt64 = 0
    for part in stored {
      guard part.range.lowerBound == end, sum(of: part.range) == part.sum else { return false }
      end = part.range.upperBound
    }
    return end == size
  }
}

/// The entries that should be and those that are, of a slice small enough for memory.
struct IndexBalance {
  fileprivate struct Entry: Comparable {
    let position: UInt64
    let word: UInt64

    static func < (a: Self, b: Self) -> Bool { (a.position, a.word) < (b.position, b.word) }
  }

  private var expected: [Entry] = []
  private var found: [Entry] = []

  mutating func expect(_ word: UInt64, _ position: UInt64) {
    expected.append(Entry(position: position, word: word))
  }

  mutating func find(_ word: UInt64, _ position: UInt64) {
    found.append(Entry(position: position, word: word))
  }

  /// The difference at the lowest position; `nil` when both sides are equal.
  mutating func firstDifference() -> IndexDifference? {
    expected.sort()
    found.sort()
    let common = zip(expected, found).prefix { $0 == $1 }.count
    let wanted = common < expected.count ? expected[common] : nil
    let present = common < found.count ? found[common] : nil
    switch (wanted, present) {
    case (nil, nil): return nil
    case (let wanted?, nil): return wanted.asMissing
    case (nil, let present?): return present.asSurplus
    case (let wanted?, let present?):
      return wanted < present ? wanted.asMissing : present.asSurplus
    }
  }
}

extension IndexBalance.Entry {
  fileprivate var asMissing: IndexDifference {
    .missing(IndexKey(word: word), Position(position))
  }
  fileprivate var asSurplus: IndexDifference {
    .surplus(IndexKey(word: word), Position(position))
  }
}

extension [IndexKey] {
  /// Visits the word of each key once, however often the list names it.
  func forEachWord(_ visit: (UInt64) -> Void) {
    for index in indices {
      let word = self[index].word
      var isNew = true
      for earlier in indices.prefix(upTo: index) where self[earlier].word == word { isNew = false }
      if isNew { visit(word) }
    }
  }
}
