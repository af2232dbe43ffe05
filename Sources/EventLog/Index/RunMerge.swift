internal import EventModel
internal import LMDB

/// Adjacent runs of one level that become one run of the next, step by step.
///
/// The new table is not in the manifest until the last step, which empties the old ones: a merge
/// that is cut off leaves a table that counts as free.
struct RunMerge {
  let sources: [IndexRun]
  let tableNumber: Int
  private var inputs: [MergeInput]
  private var builder: RunBuilder

  init(of sources: [IndexRun], into tableNumber: Int, of store: borrowing IndexStore) {
    self.sources = sources
    self.tableNumber = tableNumber
    inputs = sources.map { MergeInput(table: store.pool[$0.table]) }
    let blockCount = sources.reduce(0) { $0 + $1.filterBlockCount }
    builder = RunBuilder(
      table: store.pool[tableNumber], filter: IndexFilter(blockCount: max(1, blockCount)))
  }

  /// Writes the next `limit` chunks; says whether the run is whole.
  mutating func step(
    _ store: borrowing IndexStore, in writer: inout WriteTransaction, limit: Int
  ) throws(LMDBError) -> Bool {
    for _ in 0..<limit {
      guard let input = try leastInput(store, writer) else {
        try builder.finish(in: &writer)
        return true
      }
      try inputs[input].take(store) { word, summary, deltas throws(LMDBError) in
        try builder.add(word, summary, deltas, in: &writer)
      }
    }
    return false
  }

  /// The input with the least word; of equal ones the oldest, whose positions come first.
  private mutating func leastInput(
    _ store: borrowing IndexStore, _ writer: borrowing WriteTransaction
  ) throws(LMDBError) -> Int? {
    var least: Int?
    var leastWord: UInt64 = .max
    for index in inputs.indices {
      try inputs[index].fill(store, in: writer)
      guard let word = inputs[index].word, least == nil || word < leastWord else { continue }
      least = index
      leastWord = word
    }
    return least
  }

  /// The run that the merge has made.
  func run(serial: UInt64) -> IndexRun {
    var orders = IndexOrders()
    for source in sources { orders.include(source.orders) }
    return IndexRun(
      serial: serial, table: tableNumber, level: min(255, (sources.first?.level ?? 0) + 1),
      start: sources.first?.start ?? 0, end: sources.last?.end ?? 0,
      entryCount: builder.entryCount, orders: orders, filter: builder.filter)
  }
}

/// A run that is being merged, read a piece at a time.
private struct MergeInput {
  private static let entryLimit = 2048
  private static let byteLimit = 64 << 10

  private struct Item {
    let word: UInt64
    let first: UInt64
    let valueEnd: Int
  }

  let table: Table
  private var items: [Item] = []
  private var bytes: [UInt8] = []
  private var next = 0
  private var nextByte = 0
  private var isExhausted = false

  init(table: Table) { self.table = table }

  /// The word of the next chunk; `nil` at the end.
  var word: UInt64? { next < items.count ? items[next].word : nil }

  /// Reads the next piece when the last one is used up.
  mutating func fill(
    _ store: borrowing IndexStore, in writer: borrowing WriteTransaction
  ) throws(LMDBError) {
    guard next == items.count, !isExhausted else { return }
    let last = items.last
    items.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
    next = 0
    nextByte = 0
    let damage = store.damaged()
    try writer.withCursor(over: table) { cursor throws(LMDBError) in
      var hasEntry = try cursor.begin(behind: last.map { RunKey($0.word, $0.first) })
      while hasEntry, items.count < Self.entryLimit, bytes.count < Self.byteLimit {
        let isKey = cursor.withEntry { key, value in
          guard key.count == RunKey.byteCount else { return false }
          for index in value.indices { bytes.append(value[index]) }
          items.append(
            Item(
              word: key.bigEndian(at: 0), first: key.bigEndian(at: 8), valueEnd: bytes.count))
          return true
        }
        guard isKey else { throw damage }
        hasEntry = try cursor.next()
      }
      isExhausted = !hasEntry
    }
  }

  /// Gives `body` the next chunk and goes on behind it.
  mutating func take(
    _ store: borrowing IndexStore,
    _ body: (UInt64, PositionSummary, Span<UInt8>) throws(LMDBError) -> Void
  ) throws(LMDBError) {
    try show(store, body)
    nextByte = items[next].valueEnd
    next += 1
  }

  private borrowing func show(
    _ store: borrowing IndexStore,
    _ body: (UInt64, PositionSummary, Span<UInt8>) throws(LMDBError) -> Void
  ) throws(LMDBError) {
    let item = items[next]
    let deltas = bytes.span.extracting(nextByte..<item.valueEnd)
    guard let summary = PositionSummary(first: item.first, deltas) else { throw store.damaged() }
    try body(item.word, summary, deltas)
  }
}

extension Cursor {
  /// Moves to the first entry, or to the one behind `key`.
  fileprivate mutating func begin(behind key: RunKey?) throws(LMDBError) -> Bool {
    guard let key else { return try first() }
    guard try seek(exactly: key.bytes.span) else { return false }
    return try next()
  }
}
