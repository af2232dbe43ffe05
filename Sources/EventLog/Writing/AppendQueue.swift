internal import Dispatch
internal import Foundation
package import LMDB

/// What waits for the writer's thread.
enum WriterJob: Sendable {
  case append(PreparedRequest, @Sendable (Result<AppendResult, AppendError>) -> Void)
  /// Publish a checkpoint if there is news.
  case publish(@Sendable (Result<PublishedCheckpoint?, CheckpointError>) -> Void)
  /// Write something beside the events.
  case store(
    @Sendable () -> Result<Void, CheckpointError>,
    @Sendable (Result<Void, CheckpointError>) -> Void)
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
    /// Since when the writer is at what it took; `nil` while it waits.
    var busySince: DispatchTime?
    /// Why the last group was not written; `nil` when it was.
    var failure: (error: LMDBError, at: DispatchTime)?
  }

  /// A failure is told for so long: when nobody writes any more, nobody knows whether it lasts.
  private static let failureNanoseconds: UInt64 = 10_000_000_000

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
    state.busySince = nil
    while state.jobs.isEmpty && !state.isClosed { condition.wait() }
    guard !state.jobs.isEmpty else { return nil }
    state.busySince = .now()
    defer { state.jobs.removeAll(keepingCapacity: state.jobs.count < 1024) }
    return state.jobs
  }

  /// Takes away the jobs that wait, unless the queue is empty.
  func takeAway() -> [WriterJob] {
    condition.lock()
    defer { condition.unlock() }
    defer { state.jobs = [] }
    return state.jobs
  }

  /// Says how the last group ended: `nil` when it was written.
  func note(_ failure: LMDBError?) {
    condition.lock()
    defer { condition.unlock() }
    state.failure = failure.map { ($0, .now()) }
  }

  /// How the writer stands.
  var standing: WriterStanding {
    condition.lock()
    defer { condition.unlock() }
    let now = DispatchTime.now().uptimeNanoseconds
    let busy = state.busySince.map { now - $0.uptimeNanoseconds }
    let failure = state.failure.flatMap {
      now - $0.at.uptimeNanoseconds < Self.failureNanoseconds ? $0.error : nil
    }
    return WriterStanding(
      waitingCount: state.jobs.count, busyMicroseconds: Int64((busy ?? 0) / 1_000),
      failure: failure)
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

/// How a log's writer stands.
package struct WriterStanding: Hashable, Sendable {
  /// How many requests wait for it.
  package let waitingCount: Int
  /// How long it has been at what it does now; 0 while it waits.
  package let busyMicroseconds: Int64
  /// Why the last group was not written, within the last ten seconds; `nil` when it was.
  package let failure: LMDBError?

  package init(waitingCount: Int, busyMicroseconds: Int64, failure: LMDBError?) {
    self.waitingCount = waitingCount
    self.busyMicroseconds = busyMicroseconds
    self.failure = failure
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
