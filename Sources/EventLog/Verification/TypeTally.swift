internal import EventModel

/// How many events are of each type, counted without making a text of each event's.
struct TypeTally {
  struct Entry {
    let name: [UInt8]
    var count: UInt64
    /// Whether events of the type say that a subject's key was destroyed.
    let destroysKeys: Bool
  }

  private(set) var entries: [Entry] = []
  /// Where a type's key stands; of two types with one key the other one is searched for.
  private var places: [UInt64: Int] = [:]

  private static let destruction = Array(EventType.subjectKeyDestroyed.text.utf8)

  /// Counts an event of the type that `leaf` has in `range`, whose key is `word`; says whether
  /// the type's events destroy keys.
  mutating func count(_ word: UInt64, _ leaf: Span<UInt8>, _ range: Range<Int>) -> Bool {
    var place = places[word]
    if let known = place, !leaf.holds(entries[known].name, at: range) {
      place = entries.firstIndex { leaf.holds($0.name, at: range) }
    }
    guard let place else {
      let name = leaf.copy(range)
      if places[word] == nil { places[word] = entries.count }
      entries.append(Entry(name: name, count: 1, destroysKeys: name == Self.destruction))
      return name == Self.destruction
    }
    entries[place].count += 1
    return entries[place].destroysKeys
  }
}
