package import LMDB
internal import Synchronization

/// What an index occupies and did since it was opened.
package struct IndexStatistics: Hashable, Sendable {
  /// How many events stand in the runs.
  package var indexedThrough: UInt64
  package var runCount: Int
  package var runEntryCount: UInt64
  /// The data file's bytes, free pages among them.
  package var fileBytes: Int
  package var filterBytes: Int
  package var tailEventCount: Int
  package var tailEntryCount: Int
  package var tailBytes: Int
  /// How often the writer had to wait for a flush.
  package var waitCount: Int
  package var flushCount: Int
  package var mergeCount: Int
  package var mergeStepCount: Int
}

extension EventIndex {
  package func statistics() throws(LMDBError) -> IndexStatistics {
    let environment = try store.environment.statistics()
    return tail.withLock { tail in
      IndexStatistics(
        indexedThrough: tail.runs.end, runCount: tail.runs.list.count,
        runEntryCount: tail.runs.list.reduce(0) { $0 + $1.entryCount },
        fileBytes: environment.fileBytes,
        filterBytes: tail.runs.list.reduce(0) { $0 + ($1.filter?.blocks.count ?? 0) * 8 },
        tailEventCount: tail.eventCount, tailEntryCount: tail.entryCount,
        tailBytes: tail.byteCount, waitCount: tail.waitCount, flushCount: tail.flushCount,
        mergeCount: tail.mergeCount, mergeStepCount: tail.mergeStepCount)
    }
  }
}
