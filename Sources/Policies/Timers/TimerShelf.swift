package import LMDB
internal import Synchronization

/// A workspace's timers, opened when they are needed first and closed with it: most commands need
/// none.
package final class TimerShelf: Sendable {
  private let folder: String
  private let origin: String
  private let isReadOnly: Bool
  private let opened = Mutex<TimerStore?>(nil)

  package init(folder: String, origin: String, isReadOnly: Bool) {
    self.folder = folder
    self.origin = origin
    self.isReadOnly = isReadOnly
  }

  package func store() throws(LMDBError) -> TimerStore {
    try opened.withLock { opened throws(LMDBError) in
      if let opened { return opened }
      let store = try TimerStore(folder: folder, origin: origin, isReadOnly: isReadOnly)
      opened = store
      return store
    }
  }

  package func close() { opened.withLock { $0 = nil } }
}
