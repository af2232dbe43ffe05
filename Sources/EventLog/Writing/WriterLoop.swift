internal import EventModel
internal import LMDB
internal import Transparency

/// What the writer's thread does: takes the requests that wait, checks and stages each, commits
/// them as one group with one sync, and answers them after it.
struct WriterLoop {
  private let core: LogCore
  private let index: EventIndex
  private let queue: AppendQueue
  private let clock: @Sendable () -> Timestamp
  private var watch: ClockWatch
  private var edge: MerkleEdge
  private var last: Timestamp?
  private var totals: LogTotals
  private var hasEnded: Bool
  private var heads = StreamHeads()
  private var publisher: CheckpointPublisher

  /// The most requests and bytes of one group.
  static let requestLimit = 4096
  static let byteLimit = 1 << 25

  private struct Waiting {
    let request: PreparedRequest
    let answer: @Sendable (Result<AppendResult, AppendError>) -> Void
  }

  init(
    core: LogCore, index: EventIndex, queue: AppendQueue, options: EventLog.Options,
    tail: TailCheck.Outcome, publisher: CheckpointPublisher
  ) {
    self.core = core
    self.index = index
    self.queue = queue
    clock = options.clock
    watch = ClockWatch(options, isSimulated: core.header.isSimulated)
    edge = tail.edge
    last = tail.last
    totals = tail.totals
    hasEnded = tail.hasEnded
    self.publisher = publisher
  }

  /// Runs until the queue is closed and empty.
  mutating func run() {
    while let jobs = queue.take() { carryOut(jobs) }
  }

  private mutating func carryOut(_ jobs: [WriterJob]) {
    var group: [Waiting] = []
    var byteCount = 0
    for job in jobs {
      switch job {
      case .append(let request, let answer):
        group.append(Waiting(request: request, answer: answer))
        byteCount += request.bytes.count
        guard group.count >= Self.requestLimit || byteCount >= Self.byteLimit else { continue }
        commit(group)
        group = []
        byteCount = 0
      case .publish(let answer):
        commit(group)
        group = []
        byteCount = 0
        answer(publish())
      case .store(let body, let answer):
        commit(group)
        group = []
        byteCount = 0
        answer(body())
      }
    }
    commit(group)
  }

  private mutating func publish() -> Result<PublishedCheckpoint?, CheckpointError> {
    do throws(CheckpointError) {
      return .success(try publisher.publish())
    } catch { return .failure(error) }
  }

  private mutating func commit(_ group: [Waiting]) {
    guard !group.isEmpty else { return }
    do throws(LMDBError) {
      // Once for the group: what it waits for is the same for each.
      try index.waitForRoom()
    } catch {
      queue.note(error)
      for waiting in group { waiting.answer(.failure(AppendError(error))) }
      return
    }
    commitInRoom(group)
  }

  private mutating func commitInRoom(_ group: [Waiting]) {
    switch outcomes(of: group.map(\.request)) {
    case .success(let results):
      for (waiting, result) in zip(group, results) { waiting.answer(result) }
    case .failure(let error) where group.count == 1:
      group[0].answer(.failure(AppendError(error)))
    case .failure:
      // One of them may be what has no room: alone, the others may pass.
      for waiting in group { commitInRoom([waiting]) }
    }
  }

  /// Stages and writes `requests`; a failure has changed nothing.
  private mutating func outcomes(
    of requests: [PreparedRequest]
  ) -> Result<[Result<AppendResult, AppendError>], LMDBError> {
    let now = clock()
    if let leap = watch.leap(to: now) {
      return .success(requests.map { _ in .failure(.clock(leap)) })
    }
    var staging = GroupStaging(
      core: core, index: index, edge: edge, heads: heads, totals: totals,
      recordedAt: max(last ?? now, now), hasEnded: hasEnded)
    // The staging has the only copy now, so that changing it copies nothing.
    heads = StreamHeads()
    defer { heads = staging.cached }
    do throws(LMDBError) {
      let results = try core.store.environment.read { reader throws(LMDBError) in
        staging.outcomes(of: requests, in: reader)
      }
      let block = staging.block
      guard block.count > 0 else { return .success(results) }
      try core.store.commit(block)
      queue.note(nil)
      staging.keepHeads()
      hasEnded = staging.hasEnded
      accept(block, edge: staging.edge)
      return .success(results)
    } catch {
      queue.note(error)
      index.rollBack(to: Position(edge.size))
      return .failure(error)
    }
  }

  /// Takes over what was committed, and shows it to readers.
  private mutating func accept(_ block: CommitBlock, edge grown: MerkleEdge) {
    edge = grown
    last = block.recordedAt
    totals = block.totals
    index.publish(size: edge.size, witness: block.leafHashes[block.count - 1])
    core.advance(to: edge.size)
  }
}

extension GroupStaging {
  fileprivate mutating func outcomes(
    of requests: [PreparedRequest], in reader: borrowing ReadTransaction
  ) -> [Result<AppendResult, AppendError>] {
    var outcomes: [Result<AppendResult, AppendError>] = []
    outcomes.reserveCapacity(requests.count)
    for request in requests {
      do throws(StageError) {
        outcomes.append(.success(try stage(request, in: reader)))
      } catch {
        outcomes.append(.failure(AppendError(error)))
      }
    }
    return outcomes
  }
}

extension AppendError {
  fileprivate init(_ error: StageError) {
    switch error {
    case .refused(let refusal): self = refusal
    case .storage(let error): self = AppendError(error)
    }
  }

  fileprivate init(_ error: LMDBError) {
    self = error.isMapFull || error.isDiskFull ? .full(error) : .storage(error)
  }
}
