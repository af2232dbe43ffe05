/// Entries of successive events in memory: a list, and a table to the newest entry of each key.
///
/// Inserting is O(1); the entries of one key are walked newest first, along ``Entry/previous``.
struct IndexGeneration: Sendable {
  struct Entry: Sendable {
    let word: UInt64
    /// The position, counted from the generation's start.
    let offset: UInt32
    /// One more than the index of the key's entry before this one; 0 when there is none.
    let previous: UInt32
  }

  /// The first position it covers.
  private(set) var start: UInt64
  /// One more than the last position it covers.
  private(set) var end: UInt64
  private(set) var entries: [Entry] = []
  /// Open addressing; the count is a power of two.
  ///
  /// A slot is the lower half of a key's word, then one more than its newest entry's index; 0
  /// where free.
  private var slots: [UInt64]
  private var keyCount = 0
  /// What ``fetch(_:)`` read: a read whose value goes nowhere would be left out.
  private var lastFetched: UInt64 = 0
  /// Bounds of the event ids' upper halves; after a rollback they may be too wide.
  private(set) var orders = IndexOrders()

  init(start: UInt64, slotCount: Int) {
    self.start = start
    end = start
    slots = Array(repeating: 0, count: slotCount)
  }

  var eventCount: Int { Int(end - start) }
  var byteCount: Int {
    entries.count * MemoryLayout<Entry>.stride + slots.count * MemoryLayout<UInt64>.stride
  }

  /// Forgets everything and begins anew at `start`, in the same memory.
  mutating func restart(at start: UInt64) {
    self.start = start
    end = start
    entries.removeAll(keepingCapacity: true)
    for index in slots.indices { slots[index] = 0 }
    keyCount = 0
    orders = IndexOrders()
  }

  /// Adds the event at ``end`` with `keys`; a key named twice counts once.
  mutating func insert(_ keys: [IndexKey]) {
    for key in keys { insert(key) }
    end += 1
  }

  /// Adds the events from ``end`` on, each with its keys.
  mutating func insert(_ events: IndexKeyLists) {
    var next = 0
    var fetched = 0
    for keyEnd in events.ends {
      while next < keyEnd {
        if next == fetched {
          fetched = min(next + Self.fetchCount, events.keys.count)
          for index in next..<fetched { fetch(events.keys[index].word) }
        }
        insert(events.keys[next])
        next += 1
      }
      end += 1
    }
  }

  /// How many keys are fetched before they are inserted.
  static let fetchCount = 24

  /// Reads the slot that a lookup of `word` reads first.
  ///
  /// The table is bigger than a processor's cache, and an insert can't go on before its slot has
  /// come. These reads wait for nothing, so that those of many keys are under way together.
  mutating func fetch(_ word: UInt64) { lastFetched ^= slots[home(word)] }

  private mutating func insert(_ key: IndexKey) {
    insert(key.word, UInt32(end - start))
    if IndexKey.isEventID(key.word) { orders.include(key.order) }
  }

  private mutating func insert(_ word: UInt64, _ offset: UInt32) {
    let mask = slots.count - 1
    let mark = word << 32
    var slot = home(word)
    while slots[slot] != 0 {
      let found = slots[slot]
      if (found ^ mark) >> 32 == 0 {
        let index = Int(truncatingIfNeeded: found & 0xffff_ffff) - 1
        if entries[index].word == word {
          guard entries[index].offset != offset else { return }
          entries.append(Entry(word: word, offset: offset, previous: UInt32(index + 1)))
          slots[slot] = mark | UInt64(entries.count)
          return
        }
      }
      slot = (slot + 1) & mask
    }
    entries.append(Entry(word: word, offset: offset, previous: 0))
    slots[slot] = mark | UInt64(entries.count)
    keyCount += 1
    if keyCount * 4 > slots.count * 3 { grow() }
  }

  /// Takes back the events at `position` and behind it.
  mutating func rollBack(to position: UInt64) {
    precondition(position >= start, "a rollback reaches committed events: it can't be done")
    guard position < end else { return }
    let offset = UInt32(position - start)
    while let last = entries.last, last.offset >= offset {
      entries.removeLast()
      guard let slot = slot(of: last.word) else {
        preconditionFailure("an entry of the tail has no slot")
      }
      if last.previous == 0 {
        free(slot)
      } else {
        slots[slot] = last.word << 32 | UInt64(last.previous)
      }
    }
    end = position
  }
}

extension IndexGeneration {
  /// Walks the positions of the key `word` from the newest to the oldest while `visit` says so.
  func walk(_ word: UInt64, _ visit: (UInt64) -> Bool) {
    guard let slot = slot(of: word) else { return }
    var next = slots[slot] & 0xffff_ffff
    while next != 0 {
      let entry = entries[Int(truncatingIfNeeded: next) - 1]
      guard visit(start + UInt64(entry.offset)) else { return }
      next = UInt64(entry.previous)
    }
  }

  /// Whether an event has the key `word`.
  func contains(_ word: UInt64) -> Bool { slot(of: word) != nil }

  /// Visits what a lookup can find within `range`: along the chain of each key that has a slot.
  func visitReachable(
    within range: Range<UInt64>, _ visit: (_ word: UInt64, _ position: UInt64) -> Void
  ) {
    for found in slots where found != 0 {
      let word = entries[Int(truncatingIfNeeded: found & 0xffff_ffff) - 1].word
      walk(word) { position in
        if range.contains(position) { visit(word, position) }
        return true
      }
    }
  }

  private func home(_ word: UInt64) -> Int {
    // Fibonacci hashing: the kind's bits, which few keys differ in, count as all others.
    let mixed = word &* 0x9e37_79b9_7f4a_7c15
    return Int(truncatingIfNeeded: mixed >> UInt64(64 - slots.count.trailingZeroBitCount))
  }

  private func slot(of word: UInt64) -> Int? {
    let mask = slots.count - 1
    let mark = word << 32
    var slot = home(word)
    while slots[slot] != 0 {
      let found = slots[slot]
      if (found ^ mark) >> 32 == 0,
        holds(word, at: Int(truncatingIfNeeded: found & 0xffff_ffff) - 1)
      {
        return slot
      }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// Whether entry `index` is one of the key `word`; an entry just taken back was.
  private func holds(_ word: UInt64, at index: Int) -> Bool {
    index >= entries.count || entries[index].word == word
  }

  private func word(at slot: Int) -> UInt64 {
    entries[Int(truncatingIfNeeded: slots[slot] & 0xffff_ffff) - 1].word
  }

  /// Frees `slot` and moves those behind it that would no longer be found.
  ///
  /// Source: Knuth, "The Art of Computer Programming" 3, 6.4, algorithm R.
  private mutating func free(_ slot: Int) {
    let mask = slots.count - 1
    var hole = slot
    var next = (slot + 1) & mask
    slots[hole] = 0
    keyCount -= 1
    while slots[next] != 0 {
      let distance = (next - home(word(at: next))) & mask
      if distance >= (next - hole) & mask {
        slots[hole] = slots[next]
        slots[next] = 0
        hole = next
      }
      next = (next + 1) & mask
    }
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: 0, count: old.count * 2)
    let mask = slots.count - 1
    for found in old where found != 0 {
      var slot = home(entries[Int(truncatingIfNeeded: found & 0xffff_ffff) - 1].word)
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = found
    }
  }
}

/// The least and the greatest upper half of the event ids in a range of events.
struct IndexOrders: Hashable, Sendable {
  var least: UInt64 = .max
  var greatest: UInt64 = 0

  mutating func include(_ order: UInt64) {
    least = min(least, order)
    greatest = max(greatest, order)
  }

  mutating func include(_ other: IndexOrders) {
    least = min(least, other.least)
    greatest = max(greatest, other.greatest)
  }

  func contains(_ order: UInt64) -> Bool { least <= order && order <= greatest }
}
