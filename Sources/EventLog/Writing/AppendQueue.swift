internal import Foundation
internal import LMDB

/// What waits for the writer's thread.
enum WriterJob: Sendable {
  case append(PreparedRequest, @Sendable (Result<AppendResult, AppendError>) -> Void)
  /// Publish a checkpoint if there is news.
  case publish(@Sendable (Result<PublishedCheckpoint?, CheckpointError>) -> Void)
}

/// The requests that wait for the writer's thread, in the order they came.
///
/// A caller waits until its request is carried out, so there are no more requests than callers;
/// beyond ``limit`` a request is refused, so that memory is bounded whatever the callers do.
final class AppendQueue: @unchecked Sendable {
  // @unchecked: `state` is read and written by those alone that hold `condition`.
  private let condition = NSCondition()
  private var state = State()

  private struct State {
    var jobs: [WriterJob] = []
    var isClosed = false
    /// The writer's thread has ended.
    var isFinished = false
  }

  static let limit = 65_536

  enum Refusal { case closed, full }

  /// Adds `job`, unless the queue is closed or full.
  func add(_ job: WriterJob) -> Refusal? {
    condition.lock()
    defer { condition.unlock() }
    guard !state.isClosed else { return .closed }
    guard state.jobs.count < Self.limit else { return .full }
    state.jobs.append(job)
    condition.broadcast()
    return nil
  }

  /// Waits for jobs and takes all there are; `nil` when the queue is closed and empty.
  func take() -> [WriterJob]? {
    condition.lock()
    defer { condition.unlock() }
    while state.jobs.isEmpty && !state.isClosed { condition.wait() }
    guard !state.jobs.isEmpty else { return nil }
    defer { state.jobs.removeAll(keepingCapacity: state.jobs.count < 1024) }
    return state.jobs
  }

  /// Refuses further jobs; those there are will be carried out.
  func close() {
    condition.lock()
    defer { condition.unlock() }
    state.isClosed = true
    condition.broadcast()
  }

  /// Says that the writer's thread ends.
  func finish() {
    condition.lock()
    defer { condition.unlock() }
    state.isFinished = true
    condition.broadcast()
  }

  /// Blocks until the writer's thread has ended.
  func waitUntilFinished() {
    condition.lock()
    defer { condition.unlock() }
    while !state.isFinished { condition.wait() }
  }
}

/// An answer that one thread gives and another one waits for.
final class Answer<Value: Sendable>: @unchecked Sendable {
  // @unchecked: `value` is read and written by those alone that hold `condition`.
  private let condition = NSCondition()
  private var value: Value?

  func give(_ value: Value) {
    condition.lock()
    defer { condition.unlock() }
    self.value = value
    condition.signal()
  }

  /// Blocks the calling thread until the answer is given.
  func wait() -> Value {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let value { return value }
      condition.wait()
    }
  }
}
