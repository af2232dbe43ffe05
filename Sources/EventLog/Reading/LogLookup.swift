internal import EventModel
internal import LMDB

/// Looks single things up: candidates come from the index and are compared with the records,
/// because two names can share an index key.
struct LogLookup {
  let tables: LogTables
  let index: EventIndex?
  /// The events before this one are in the index; those behind are looked at one by one.
  var indexedSize: UInt64
  /// How many events the caller sees.
  var size: UInt64
  /// Records that are staged and not written: the writer sees them too.
  var block: CommitBlock?

  private var includesStaged: Bool { block != nil }

  /// Shows the record at `position`, staged or written.
  func withRecord<Result, Failure: LMDBFailure>(
    at position: Position, in transaction: borrowing some Transaction & ~Copyable,
    _ body: (RecordLayout, Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if let block, position >= block.first {
      return try Self.parse(block.bytes.span.extracting(block.range(of: position)), body)
    }
    return try transaction.withValue(forKey: position.rawValue, in: tables.records) {
      record throws(Failure) in
      guard let record else { throw Failure(LMDBError.damagedLog) }
      return try Self.parse(record, body)
    }
  }

  private static func parse<Result, Failure: LMDBFailure>(
    _ record: Span<UInt8>, _ body: (RecordLayout, Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let layout: RecordLayout
    do throws(LeafError) {
      layout = try RecordLayout(parsing: record)
    } catch { throw Failure(LMDBError.damagedLog) }
    return try body(layout, record)
  }

  /// What single events are looked up by.
  private enum Name {
    case event(EventID)
    case command(CommandID)
    case stream([UInt8])

    func key(_ hashKey: IndexHashKey) -> IndexKey {
      switch self {
      case .event(let id): hashKey.key(.eventID, id)
      case .command(let command): hashKey.key(.command, command)
      case .stream(let stream): hashKey.key(.stream, stream.span)
      }
    }
  }

  /// The newest event below `upper` that has the key of `name` and that `isIt`.
  private func newest(
    _ name: Name, below upper: UInt64?,
    in transaction: borrowing some Transaction & ~Copyable,
    _ isIt: (LeafLayout, Span<UInt8>) -> Bool
  ) throws(LMDBError) -> Position? {
    var upper = min(upper ?? size, size)
    while upper > indexedSize {
      upper -= 1
      if try matches(at: upper, in: transaction, isIt) { return Position(upper) }
    }
    guard let index else { return nil }
    let key = name.key(index.hashKey)
    while let found = try index.lastPosition(
      of: key, below: upper, includesStaged: includesStaged)
    {
      if try matches(at: found.rawValue, in: transaction, isIt) { return found }
      upper = found.rawValue
    }
    return nil
  }

  private func matches(
    at position: UInt64, in transaction: borrowing some Transaction & ~Copyable,
    _ isIt: (LeafLayout, Span<UInt8>) -> Bool
  ) throws(LMDBError) -> Bool {
    try withRecord(at: Position(position), in: transaction) { layout, record throws(LMDBError) in
      isIt(layout.leaf, record.extracting(layout.leafRange))
    }
  }

  /// Where the event `id` stands.
  func position(
    of id: EventID, below upper: UInt64? = nil,
    in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> Position? {
    try newest(.event(id), below: upper, in: transaction) {
      layout, leaf in
      layout.eventID(in: leaf) == id
    }
  }

  /// Where the first event of `command` stands.
  func position(
    of command: CommandID, below upper: UInt64? = nil,
    in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> Position? {
    try newest(.command(command), below: upper, in: transaction) {
      layout, leaf in
      layout.correlation(in: leaf) == command
    }
  }

  /// Where the last event of `stream` below `upper` stands.
  func position(
    of stream: [UInt8], below upper: UInt64? = nil,
    in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> Position? {
    try newest(.stream(stream), below: upper, in: transaction) {
      layout, leaf in
      leaf.holds(stream, at: layout.stream)
    }
  }

  /// The last event of `stream`: where it stands, its revision and its leaf hash.
  func head(
    of stream: [UInt8], below upper: UInt64? = nil,
    in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> StreamHead? {
    guard
      let position = try position(of: stream, below: upper, in: transaction)
    else { return nil }
    return try withRecord(at: position, in: transaction) { layout, record throws(LMDBError) in
      let leaf = record.extracting(layout.leafRange)
      return StreamHead(
        revision: layout.leaf.revision(in: leaf), leafHash: .leafHash(leaf))
    }
  }
}

/// Where a stream stands.
struct StreamHead: Hashable, Sendable {
  let revision: Revision
  let leafHash: Digest
}

/// Where streams stand, of those written last: bounded, for the rest there is the index.
struct StreamHeads: Sendable {
  private var young: [HashedName: StreamHead] = [:]
  private var old: [HashedName: StreamHead] = [:]

  /// The most streams in each of two generations.
  static let generationLimit = 32_768

  /// - Complexity: a stream that is asked for stays for another generation.
  mutating func head(of stream: HashedName) -> StreamHead? {
    if let head = young[stream] { return head }
    guard let head = old[stream] else { return nil }
    set(head, of: stream)
    return head
  }

  mutating func set(_ head: StreamHead, of stream: HashedName) {
    young[stream] = head
    guard young.count >= Self.generationLimit else { return }
    swap(&young, &old)
    young.removeAll(keepingCapacity: true)
  }
}
