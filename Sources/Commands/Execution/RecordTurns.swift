internal import CRM
internal import Synchronization

/// Lets commands on one record go one after the other.
///
/// So they need not decide again because of each other. It spares work and guards nothing: the
/// log's conditions do that.
final class RecordTurns: Sendable {
  private struct State: Sendable {
    var waiting: [RecordKey: [CheckedContinuation<Void, Never>]] = [:]
    var waitingCount = 0
  }

  /// Beyond so many waiting commands the next ones go without a turn.
  private static let waitingLimit = 16_384
  private let state = Mutex(State())

  /// Runs `body` when it is this command's turn.
  func take<Result, Failure: Error>(
    _ key: RecordKey, _ body: () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    let hasTurn = await wait(for: key)
    defer { if hasTurn { pass(key) } }
    return try await body()
  }

  private func wait(for key: RecordKey) async -> Bool {
    enum Entry { case first, queue, without }
    let entry: Entry = state.withLock { state in
      if state.waiting[key] == nil {
        state.waiting[key] = []
        return .first
      }
      guard state.waitingCount < Self.waitingLimit else { return .without }
      state.waitingCount += 1
      return .queue
    }
    switch entry {
    case .first: return true
    case .without: return false
    case .queue: break
    }
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isFree = state.withLock { state in
        guard state.waiting[key] != nil else {
          // The last one left between the two looks.
          state.waiting[key] = []
          state.waitingCount -= 1
          return true
        }
        state.waiting[key]?.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
    return true
  }

  private func pass(_ key: RecordKey) {
    let next: CheckedContinuation<Void, Never>? = state.withLock { state in
      guard let queue = state.waiting[key], let first = queue.first else {
        state.waiting[key] = nil
        return nil
      }
      state.waiting[key] = Array(queue.dropFirst())
      state.waitingCount -= 1
      return first
    }
    next?.resume()
  }
}
