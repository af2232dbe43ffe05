internal import EventModel
internal import LMDB

/// What is fixed when a log is made: the table `meta`, docs/format/log.md.
struct LogHeader: Hashable, Sendable {
  /// The version of the file format this code writes, and the newest it reads.
  static let knownFormat: UInt32 = 1

  let format: UInt32
  let origin: String
  /// Whether the clock was scripted, so that times are no evidence.
  let isSimulated: Bool

  private static let formatKey = Array("format".utf8)
  private static let originKey = Array("origin".utf8)
  private static let simulatedKey = Array("simulated".utf8)

  init(origin: String, isSimulated: Bool) {
    format = Self.knownFormat
    self.origin = origin
    self.isSimulated = isSimulated
  }

  /// Reads the header; `nil` when the environment has none, so is no log.
  init?(
    in transaction: borrowing some Transaction & ~Copyable, _ tables: LogTables
  ) throws(LMDBError) {
    guard let format = try transaction.bytes(Self.formatKey, in: tables.meta),
      let origin = try transaction.bytes(Self.originKey, in: tables.meta),
      let simulated = try transaction.bytes(Self.simulatedKey, in: tables.meta)
    else { return nil }
    guard format.count == 4, simulated.count == 1 else { throw .damagedLog }
    self.format = format.span.bigEndian(at: 0)
    self.origin = String(decoding: origin, as: UTF8.self)
    isSimulated = simulated[0] != 0
  }

  func write(into writer: inout WriteTransaction, _ tables: LogTables) throws(LMDBError) {
    var version: [UInt8] = []
    version.append(bigEndian: format)
    try writer.put(version.span, forKey: Self.formatKey.span, in: tables.meta)
    try writer.put(Array(origin.utf8).span, forKey: Self.originKey.span, in: tables.meta)
    try writer.put([isSimulated ? 1 : 0].span, forKey: Self.simulatedKey.span, in: tables.meta)
  }
}

/// What is counted as the log grows.
struct LogTotals: Hashable, Sendable {
  var streamCount: UInt64 = 0
  /// The bytes of all records, without what LMDB adds.
  var recordBytes: UInt64 = 0

  private static let key = Array("totals".utf8)

  init(streamCount: UInt64 = 0, recordBytes: UInt64 = 0) {
    self.streamCount = streamCount
    self.recordBytes = recordBytes
  }

  init(
    in transaction: borrowing some Transaction & ~Copyable, _ tables: LogTables
  ) throws(LMDBError) {
    guard let bytes = try transaction.bytes(Self.key, in: tables.meta) else { return }
    guard bytes.count == 16 else { throw .damagedLog }
    streamCount = bytes.span.bigEndian(at: 0)
    recordBytes = bytes.span.bigEndian(at: 8)
  }

  func write(into writer: inout WriteTransaction, _ tables: LogTables) throws(LMDBError) {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: streamCount)
    bytes.append(bigEndian: recordBytes)
    try writer.put(bytes.span, forKey: Self.key.span, in: tables.meta)
  }
}

extension Transaction where Self: ~Copyable {
  /// A copy of the value at `key`.
  borrowing func bytes(_ key: [UInt8], in table: Table) throws(LMDBError) -> [UInt8]? {
    try withValue(forKey: key.span, in: table) { value throws(LMDBError) in value?.copy() }
  }
}
