internal import EventModel
internal import LMDB
internal import Transparency

/// The tables of the environment `log/`: docs/format/log.md.
struct LogTables: Sendable {
  /// Position → record.
  let records: IntegerTable
  /// Index → hash of the leaf, or of a complete subtree of 2^8, 2^16, 2^24 leaves.
  let level0: IntegerTable
  let level8: IntegerTable
  let level16: IntegerTable
  let level24: IntegerTable
  /// Size → signed note.
  let checkpoints: IntegerTable
  let guards: Table
  /// Key ids of destroyed subjects → position of the event that says so.
  let destroyed: Table
  /// Event type → how many events are of it.
  let types: Table
  let meta: Table

  static let limit: UInt32 = 16

  init(_ opener: inout TableOpener) throws(LMDBError) {
    records = try opener.integerTable(named: "records")
    level0 = try opener.integerTable(named: "h0")
    level8 = try opener.integerTable(named: "h8")
    level16 = try opener.integerTable(named: "h16")
    level24 = try opener.integerTable(named: "h24")
    checkpoints = try opener.integerTable(named: "checkpoints")
    guards = try opener.table(named: "guards")
    destroyed = try opener.table(named: "destroyed")
    types = try opener.table(named: "types")
    meta = try opener.table(named: "meta")
  }

  func level(_ level: StoredLevel) -> IntegerTable {
    switch level {
    case .leaves: level0
    case .level8: level8
    case .level16: level16
    case .level24: level24
    }
  }
}

extension Transaction where Self: ~Copyable {
  /// How many entries a dense integer table has: its last key and one.
  borrowing func count(of table: IntegerTable) throws(LMDBError) -> UInt64 {
    try withCursor(over: table) { cursor throws(LMDBError) in
      guard try cursor.last() else { return 0 }
      // A key that none can follow was not written by a log.
      guard cursor.key < .max else { throw .damagedLog }
      return cursor.key + 1
    }
  }

  /// The last position below `size` that was recorded at or before `time`.
  borrowing func position(
    at time: Timestamp, below size: UInt64, _ tables: LogTables
  ) throws(LMDBError) -> Position? {
    var low: UInt64 = 0
    var high = size
    while low < high {
      let middle = low + (high - low) / 2
      if try recordedAt(middle, tables) <= time { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : Position(low - 1)
  }

  borrowing func recordedAt(
    _ position: UInt64, _ tables: LogTables
  ) throws(LMDBError) -> Timestamp {
    let time = try withValue(forKey: position, in: tables.records) {
      record throws(LMDBError) -> Timestamp? in
      guard let record, record.count >= 22 else { return nil }
      return Timestamp(microseconds: record.bigEndian(at: 2 + 12))
    }
    guard let time else { throw .damagedLog }
    return time
  }

  /// The hashes of a stored level at the indexes of `range`, in order.
  borrowing func hashes(
    _ level: StoredLevel, _ range: Range<UInt64>, _ tables: LogTables
  ) throws(LMDBError) -> [Digest] {
    var hashes: [Digest] = []
    hashes.reserveCapacity(range.count)
    guard !range.isEmpty else { return hashes }
    try scan(tables.level(level), from: range.lowerBound) { index, hash throws(LMDBError) in
      guard index == range.lowerBound + UInt64(hashes.count), hash.count == Digest.byteCount else {
        return .stop
      }
      hashes.append(Digest(hash))
      return index + 1 < range.upperBound ? .proceed : .stop
    }
    guard hashes.count == range.count else { throw .damagedLog }
    return hashes
  }
}

extension LMDBError {
  /// A record or tree node is missing, or is none: the data file was altered.
  static var damagedLog: LMDBError { LMDBError(call: .get, cause: .damaged) }
}
