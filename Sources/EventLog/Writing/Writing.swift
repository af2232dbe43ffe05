internal import EventModel
internal import Foundation
internal import LMDB
internal import Synchronization
internal import Transparency

/// A log's writer: its queue, its thread, and the lock that keeps others from writing.
final class Writing: Sendable {
  private let queue = AppendQueue()
  private let lock: Mutex<FolderLock?>
  private let lease: Mutex<LogLease?>
  private let index: Mutex<EventIndex?>
  private let signs: Bool
  /// Why nothing is appended or signed any more, if so.
  private let barred = Mutex<String?>(nil)
  /// Hashes what events are found by, on the callers' threads.
  let hashKey: IndexHashKey

  /// Looks at the log's tail, brings its index up to date and starts the writer's thread.
  init(
    _ lease: LogLease, lock: consuming FolderLock, options: EventLog.Options
  ) throws(OpenError) {
    let core = lease.core
    if let signer = options.signer, signer.origin != core.header.origin {
      throw .invalid(
        "the signer is of the log \(signer.origin), and this one is \(core.header.origin)")
    }
    let tail = try TailCheck(
      core: core, knownCheckpoints: options.knownCheckpoints,
      keys: options.signer?.keys ?? []
    ).run()
    try ClockCheck(options: options).check(tail.last, isSimulated: core.header.isSimulated)
    let publisher: CheckpointPublisher
    let opened: EventIndex
    do throws(LMDBError) {
      publisher = try CheckpointPublisher(core: core, signer: options.signer)
      opened = try core.openIndexForWriting(options.index)
    } catch { throw .storage(error) }
    let loop = WriterLoop(
      core: core, index: opened, queue: queue, options: options, tail: tail,
      publisher: publisher)
    self.lock = Mutex(lock)
    self.lease = Mutex(lease)
    hashKey = opened.hashKey
    index = Mutex(opened)
    signs = options.signer != nil
    core.hasWriter = true
    start(loop)
  }

  /// Runs `loop` on a thread of its own, which lets go of the log before it says that it ended.
  private func start(_ loop: WriterLoop) {
    let handed = Handed(loop)
    let queue = queue
    let thread = Thread {
      handed.run()
      queue.finish()
    }
    thread.name = "deed.log"
    thread.start()
  }

  /// A loop on its way to its thread.
  private final class Handed: Sendable {
    private let loop: Mutex<WriterLoop?>

    init(_ loop: WriterLoop) { self.loop = Mutex(loop) }

    func run() {
      guard var running = loop.withLock({ $0.take() }) else { return }
      running.run()
    }
  }

  /// Refuses from now on to append and to sign, for this reason; also what waits for that.
  func bar(_ reason: String) {
    barred.withLock { $0 = $0 ?? reason }
    for job in queue.takeAway() {
      switch job {
      case .append(_, let answer): answer(.failure(.closed(reason)))
      case .publish(let answer): answer(.failure(.closed(reason)))
      case .store(_, let answer): answer(.failure(.closed(reason)))
      }
    }
  }

  /// How the writer stands now.
  var standing: WriterStanding { queue.standing }

  /// Hands `request` to the writer's thread; `answer` is called there.
  func add(
    _ request: PreparedRequest,
    _ answer: @escaping @Sendable (Result<AppendResult, AppendError>) -> Void
  ) {
    if let reason = barred.withLock({ $0 }) { return answer(.failure(.closed(reason))) }
    switch queue.add(.append(request, answer)) {
    case nil: break
    case .closed: answer(.failure(.closed("it was closed")))
    case .full:
      answer(.failure(.overLimit("\(AppendQueue.limit) requests wait already; try again later")))
    }
  }

  func publish(
    _ answer: @escaping @Sendable (Result<PublishedCheckpoint?, CheckpointError>) -> Void
  ) {
    if let reason = barred.withLock({ $0 }) { return answer(.failure(.closed(reason))) }
    switch queue.add(.publish(answer)) {
    case nil: break
    case .closed: answer(.failure(.closed("it was closed")))
    case .full: answer(.failure(.closed("too many requests wait; try again later")))
    }
  }

  /// Lets the writer's thread run `body`, which writes something beside the events.
  func store(
    _ body: @escaping @Sendable () -> Result<Void, CheckpointError>,
    _ answer: @escaping @Sendable (Result<Void, CheckpointError>) -> Void
  ) {
    if let reason = barred.withLock({ $0 }) { return answer(.failure(.closed(reason))) }
    switch queue.add(.store(body, answer)) {
    case nil: break
    case .closed: answer(.failure(.closed("it was closed")))
    case .full: answer(.failure(.closed("too many requests wait; try again later")))
    }
  }

  /// Carries out what waits, publishes a checkpoint, ends the thread and gives up the lock.
  func close() -> CheckpointError? {
    var failure: CheckpointError?
    if signs {
      let answer = Answer<Result<PublishedCheckpoint?, CheckpointError>>()
      publish { answer.give($0) }
      if case .failure(let error) = answer.wait() { failure = error }
    }
    queue.close()
    queue.waitUntilFinished()
    guard let lease = lease.withLock({ $0.take() }) else { return nil }
    do throws(LMDBError) {
      // So that the next opening has nothing to insert, and no thread writes any more.
      try index.withLock { $0.take() }?.flush()
    } catch {
      // What was not flushed is inserted again from the log.
    }
    lease.core.closeIndex()
    lease.core.hasWriter = false
    lock.withLock { $0 = nil }
    return failure
  }
}
