/// Where the entries of a list stand, by their keys' hashes: open addressing with linear probing.
///
/// It holds no keys. A dictionary counts the key of each place that it looks at, a write to memory
/// that nobody else needs: a tenth of a rebuild (measured). Who asks compares the entry itself.
///
/// Source: Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithm L.
package struct HashIndex {
  private struct Place {
    /// The lower half of the hash; the upper half says where the search begins.
    var mark: UInt32 = 0
    /// Of the entry; -1 for a free place.
    var entry: Int32 = -1
  }

  /// As many as a power of two; at most two thirds are taken.
  private var places: [Place] = []
  private var count = 0

  private static let leastCapacity = 64

  package init() {}

  /// The first entry of this hash that `isIt` takes.
  package func first(_ hash: Int, where isIt: (Int) -> Bool) -> Int? {
    if places.isEmpty { return nil }
    let mark = UInt32(truncatingIfNeeded: hash)
    var place = start(hash)
    while places[place].entry >= 0 {
      let entry = Int(places[place].entry)
      if places[place].mark == mark, isIt(entry) { return entry }
      place = (place + 1) & (places.count - 1)
    }
    return nil
  }

  /// Adds an entry that isn't there; `hash(of:)` says the hashes of those that are.
  package mutating func insert(_ entry: Int, _ hash: Int, hash hashOf: (Int) -> Int) {
    if (count + 1) * 3 > places.count * 2 {
      let old = places
      places = Array(
        repeating: Place(), count: Swift.max(Self.leastCapacity, old.count * 2))
      for place in old where place.entry >= 0 {
        fill(Int(place.entry), hashOf(Int(place.entry)))
      }
    }
    fill(entry, hash)
    count += 1
  }

  /// Forgets all entries, and keeps the room.
  package mutating func removeAll() {
    for place in places.indices { places[place] = Place() }
    count = 0
  }

  private func start(_ hash: Int) -> Int {
    Int(truncatingIfNeeded: UInt(bitPattern: hash) >> 32) & (places.count - 1)
  }

  private mutating func fill(_ entry: Int, _ hash: Int) {
    var place = start(hash)
    while places[place].entry >= 0 { place = (place + 1) & (places.count - 1) }
    places[place] = Place(mark: UInt32(truncatingIfNeeded: hash), entry: Int32(entry))
  }
}
