internal import Dispatch
package import EventLog
internal import EventModel
internal import LMDB
internal import Synchronization

extension ModelRunner {
  /// Keeps the models at the end of `log` until the task is cancelled or the log is closed.
  ///
  /// The log's feed only says that there is news; the models read the log themselves, a batch at
  /// a time, on a thread of their own. A model whose file fails waits for the next event and
  /// tries again.
  package func follow(_ log: EventLog) async throws(ModelError) {
    let thread = DispatchQueue(label: "deed.models")
    try await catchUp(on: thread)
    let size = log.size
    let last = size == 0 ? nil : Position(size - 1)
    let feed = log.follow(.everything, after: last)
    do throws(LMDBError) {
      for try await _ in feed {
        let result = await attempt(on: thread)
        if case .failure(.log(let error)) = result { throw error }
      }
    } catch {
      throw .log(error)
    }
  }

  private func catchUp(on thread: DispatchQueue) async throws(ModelError) {
    // A failed file is the models' state, not the follower's end.
    if case .failure(.log(let error)) = await attempt(on: thread) { throw .log(error) }
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
