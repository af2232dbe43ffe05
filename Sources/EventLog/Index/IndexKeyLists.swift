/// The keys of successive events, in one list.
package struct IndexKeyLists: Sendable {
  private(set) var keys: [IndexKey] = []
  /// Where the keys of each event end.
  private(set) var ends: [Int] = []

  package init() {}

  /// How many events there are.
  package var count: Int { ends.count }

  /// Makes room for the usual number of keys of `eventCount` events.
  mutating func reserveCapacity(_ eventCount: Int) {
    keys.reserveCapacity(eventCount * 10)
    ends.reserveCapacity(eventCount)
  }

  mutating func append(_ key: IndexKey) { keys.append(key) }

  /// The keys appended since the last call are those of the next event.
  mutating func endEvent() { ends.append(keys.count) }

  /// Adds the next event with `keys`.
  package mutating func append(_ keys: [IndexKey]) {
    self.keys += keys
    endEvent()
  }
}
