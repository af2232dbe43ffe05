package import LMDB
internal import Synchronization

extension EventIndex {
  /// Flushes everything that is published and merges what is due; blocks until that is done.
  ///
  /// For a clean end, so that the next opening has nothing to catch up with.
  package func flush() throws(LMDBError) {}

  /// Lets the index's thread look for work.
  func wake() {}

  func emptyRuns() throws(LMDBError) {}
}
