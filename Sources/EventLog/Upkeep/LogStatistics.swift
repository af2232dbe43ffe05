package import EventModel
package import LMDB

/// What a log holds and what it occupies.
package struct LogStatistics: Hashable, Sendable {
  package var eventCount: UInt64
  package var streamCount: UInt64
  /// How many events of each type there are, in the order of their names.
  package var types: [TypeCount]
  /// The bytes of all records, without what the store adds.
  package var recordBytes: UInt64
  package var first: Timestamp?
  package var last: Timestamp?
  package var checkpointCount: Int
  /// The size of the newest checkpoint.
  package var checkpointSize: UInt64?
  package var fileBytes: Int
  package var mapSizeBytes: Int
  /// `nil` where there is no index that can be read.
  package var index: IndexStatistics?

  package struct TypeCount: Hashable, Sendable {
    package var type: String
    package var count: UInt64
  }
}

extension EventLog {
  package func statistics() throws(LMDBError) -> LogStatistics {
    let lease = try open()
    return try withExtendedLifetime(lease) { () throws(LMDBError) in
      let core = lease.core
      let environment = try core.store.environment.statistics()
      let index = try core.currentIndex()?.statistics()
      return try core.store.environment.read { reader throws(LMDBError) in
        try LogStatistics(in: reader, core.store.tables, environment, index)
      }
    }
  }
}

extension LogStatistics {
  fileprivate init(
    in reader: borrowing ReadTransaction, _ tables: LogTables,
    _ environment: Environment.Statistics, _ index: IndexStatistics?
  ) throws(LMDBError) {
    let totals = try LogTotals(in: reader, tables)
    let size = try reader.count(of: tables.records)
    var types: [TypeCount] = []
    try reader.scan(tables.types) { type, count throws(LMDBError) in
      guard count.count == 8 else { throw .damagedLog }
      types.append(
        TypeCount(type: type.text(0..<type.count), count: count.bigEndian(at: 0)))
      return .proceed
    }
    self.init(
      eventCount: size, streamCount: totals.streamCount, types: types,
      recordBytes: totals.recordBytes,
      first: size > 0 ? try reader.recordedAt(0, tables) : nil,
      last: size > 0 ? try reader.recordedAt(size - 1, tables) : nil,
      checkpointCount: try reader.entryCount(of: tables.checkpoints),
      checkpointSize: try reader.newestCheckpointSize(tables),
      fileBytes: environment.fileBytes, mapSizeBytes: environment.mapSizeBytes, index: index)
  }
}
