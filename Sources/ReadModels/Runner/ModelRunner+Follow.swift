internal import Dispatch
package import EventLog
internal import EventModel
internal import LMDB
internal import Synchronization

extension ModelRunner {
  /// Keeps the models at the end of `log` until the task is cancelled or the log is closed.
  ///
  /// What comes within a `pace` is taken in together, a batch at a time, on a thread of its own. A
  /// model whose file fails waits for the next event and tries again.
  package func follow(
    _ log: EventLog, pace: Duration = .milliseconds(500)
  ) async throws(ModelError) {
    let thread = DispatchQueue(label: "deed.models")
    var seen: UInt64
    repeat {
      seen = log.size
      // A failed file is the models' state, not the follower's end.
      if case .failure(.log(let error)) = await attempt(on: thread) { throw .log(error) }
      do { try await Task.sleep(for: pace) } catch { return }
    } while await log.waitForGrowth(beyond: seen)
  }

  /// Catches up on `thread`; cancelled with its task, between batches.
  private func attempt(on thread: DispatchQueue) async -> Result<Bool, ModelError> {
    let cancelled = CancellationMark()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        thread.async {
          let observer = ModelObserver(isCancelled: { cancelled.isSet })
          continuation.resume(
            returning: Result { () throws(ModelError) in try self.catchUp(observer) })
        }
      }
    } onCancel: {
      cancelled.set()
    }
  }
}

/// Says to another thread that its work is not wanted any more.
private final class CancellationMark: Sendable {
  private let mark = Atomic(false)

  var isSet: Bool { mark.load(ordering: .relaxed) }
  func set() { mark.store(true, ordering: .relaxed) }
}
