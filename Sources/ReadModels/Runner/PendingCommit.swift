internal import Dispatch
internal import Synchronization

/// A commit on its way to the disk, on another thread.
final class PendingCommit: Sendable {
  let checkpoint: ModelCheckpoint
  private let done = DispatchSemaphore(value: 0)
  private let failure = Mutex<StorageError?>(nil)

  init(_ checkpoint: ModelCheckpoint) { self.checkpoint = checkpoint }

  /// Called once, by the thread that wrote.
  func finish(_ error: StorageError?) {
    failure.withLock { $0 = error }
    done.signal()
  }

  /// Blocks until the commit is durable or failed; either this or ``wait()`` is called, once.
  func waitForEnd() { done.wait() }

  /// Blocks until the commit is durable, or throws why it failed.
  func wait() throws(StorageError) {
    waitForEnd()
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
