package import EventModel
package import LMDB
internal import Synchronization

/// What a reading index needs from its log.
package enum IndexCatchUp: Hashable, Sendable {
  /// The log inserts the events from this position on, then publishes them.
  case insert(from: Position)
  /// The index on disk is too far behind the log to keep the rest in memory: the process that
  /// writes the log has not caught up yet.
  case tooFarBehind(indexed: UInt64)
}

extension EventIndex {
  /// For an index opened for reading: takes over what the writing process has flushed, and says
  /// what is missing up to `logSize`.
  ///
  /// - Throws: cause `damaged` when the index was made anew under another hash key: open it again.
  package func refresh(logSize: UInt64) throws(LMDBError) -> IndexCatchUp {
    precondition(store.isReadOnly, "an index that writes knows its own runs")
    let contents = try store.read()
    guard contents.hashKey == hashKey else { throw store.damaged() }
    let missing = tail.withLock { tail -> UInt64 in
      tail.drop(coveredBy: contents.runs)
      return tail.active.end
    }
    let limit = UInt64(options.tailEventLimit) * 4
    guard logSize <= contents.runs.end + limit else {
      return .tooFarBehind(indexed: contents.runs.end)
    }
    return .insert(from: Position(missing))
  }

  /// Empties the index, memory and disk, so that the log inserts everything again.
  ///
  /// For an index that belongs to another log, or that ``verify`` found wrong.
  package func reset() throws(LMDBError) {
    precondition(!store.isReadOnly, "a reading index can't be emptied")
    try emptyRuns()
  }
}
