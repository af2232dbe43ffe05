package import EventModel
package import LMDB
internal import Synchronization
package import Transparency

/// The one source of truth of a workspace: an append-only sequence of events in LMDB.
///
/// One opening in all processes writes; any number read beside it.
package final class EventLog: Sendable {
  /// How a log is opened.
  package struct Options: Sendable {
    /// The most the data file can grow to; sparse, so it costs nothing.
    package var mapSizeBytes: Int
    /// The clock, read once a commit.
    package var clock: @Sendable () -> Timestamp
    /// Signs checkpoints; without one none is made.
    package var signer: CheckpointSigner?
    /// Signed notes that were kept outside the log, such as a witness's: the log must not be
    /// behind one, nor differ from it.
    package var knownCheckpoints: [String] = []
    /// How far the clock may be ahead of the last event at opening, and leap ahead later; `nil`
    /// for any time.
    package var clockJumpLimitMicroseconds: Int64?
    /// That somebody said that the clock is right, though it is far from the last event.
    package var accepted: AcceptedClock?
    /// Whether opening compares the clock with the last event.
    package var checksClockAtOpening = true
    /// How the index is kept; its secret decides nothing but where its entries stand.
    package var index = EventIndex.Options(newHashKey: .random())

    package init(
      mapSizeBytes: Int = 1 << 40, clock: @escaping @Sendable () -> Timestamp,
      signer: CheckpointSigner? = nil
    ) {
      self.mapSizeBytes = mapSizeBytes
      self.clock = clock
      self.signer = signer
    }
  }

  /// A leap that no clock of a machine that runs takes: thirty days.
  package static let usualClockJumpMicroseconds: Int64 = 30 * 86_400 * 1_000_000

  private let lease: Mutex<LogLease?>
  private let signal: CommitSignal
  private let writing: Writing?
  /// The log's name in checkpoints, fixed at position 0.
  package let origin: String
  /// Whether the log's clock is scripted, so that times are no evidence.
  package let isSimulated: Bool

  /// Opens the log in `folder` as its one writer.
  ///
  /// The last records, the tree and every known checkpoint are looked at first, and the events
  /// that the index lacks are inserted into it.
  package init(writing folder: String, options: Options) throws(OpenError) {
    let paths = LogPaths(folder)
    guard DurableFile.exists(paths.data) else { throw .notFound(folder: folder) }
    let lock = try paths.takeLock()
    let lease = try OpenLogs.lease(paths.log) { () throws(OpenError) in
      try LogCore(opening: folder, mapSizeBytes: options.mapSizeBytes)
    }
    writing = try Writing(lease, lock: lock, options: options)
    self.lease = Mutex(lease)
    origin = lease.core.header.origin
    isSimulated = lease.core.header.isSimulated
    signal = CommitSignal(size: lease.core.index?.size ?? 0)
    lease.core.add(signal)
  }

  /// Opens the log in `folder` for reading, beside a writer in this or another process.
  package init(reading folder: String) throws(OpenError) {
    let paths = LogPaths(folder)
    guard DurableFile.exists(paths.data) else { throw .notFound(folder: folder) }
    let lease = try OpenLogs.lease(paths.log) { () throws(OpenError) in
      try LogCore(opening: folder, mapSizeBytes: 0)
    }
    writing = nil
    self.lease = Mutex(lease)
    origin = lease.core.header.origin
    isSimulated = lease.core.header.isSimulated
    let signal = CommitSignal(size: 0)
    self.signal = signal
    // Added first, so that no commit in between goes untold.
    lease.core.add(signal)
    do throws(LMDBError) {
      signal.advance(to: try lease.core.readSize())
    } catch { throw .storage(error) }
  }

  deinit { close() }

  /// Publishes a checkpoint if there is news, stops the writer and closes the files.
  ///
  /// Blocks the calling thread until what was asked before is carried out.
  /// - Returns: why no checkpoint was published, if that failed; the events are safe.
  @discardableResult
  package func close() -> CheckpointError? {
    let failure = writing?.close()
    signal.close()
    if let ended = lease.withLock({ $0.take() }) { ended.core.remove(signal) }
    return failure
  }
}

extension EventLog {
  /// How many events the log has: the position the next one gets.
  package var size: UInt64 {
    guard let core = lease.withLock({ $0?.core }), !core.hasWriter else { return signal.size }
    do throws(LMDBError) {
      signal.advance(to: try core.readSize())
    } catch {
      // What was known stays true; the next read says what is wrong.
    }
    return signal.size
  }

  /// The open log; throws when it was closed.
  func open() throws(LMDBError) -> LogLease {
    guard let lease = lease.withLock({ $0 }) else { throw .closedLog }
    return lease
  }

  var writer: Writing? { writing }

  /// Appends the events of `request` together and durably, or none of them.
  ///
  /// Waits for the group's sync on the writer's thread; the caller's thread is not blocked. Once
  /// asked for, an append is carried out, also when the task is cancelled.
  package func append(_ request: AppendRequest) async throws(AppendError) -> AppendResult {
    let writing = try requireWriting()
    let prepared = try PreparedRequest(request, writing.hashKey)
    let result = await withCheckedContinuation { continuation in
      writing.add(prepared) { continuation.resume(returning: $0) }
    }
    return try result.get()
  }

  /// Appends like ``append(_:)`` and calls `answer` once: on the writer's thread, which it must
  /// not hold up, or at once when the request breaks a rule.
  package func append(
    _ request: AppendRequest,
    then answer: @escaping @Sendable (Result<AppendResult, AppendError>) -> Void
  ) {
    do throws(AppendError) {
      let writing = try requireWriting()
      writing.add(try PreparedRequest(request, writing.hashKey), answer)
    } catch { answer(.failure(error)) }
  }

  /// Appends like ``append(_:)`` and blocks the calling thread: for tools, not for tasks.
  package func appendAndWait(_ request: AppendRequest) throws(AppendError) -> AppendResult {
    let writing = try requireWriting()
    let prepared = try PreparedRequest(request, writing.hashKey)
    let answer = Answer<Result<AppendResult, AppendError>>()
    writing.add(prepared) { answer.give($0) }
    return try answer.wait().get()
  }

  /// How the writer stands; `nil` for an opening that only reads.
  package var writerStanding: WriterStanding? { writing?.standing }

  private func requireWriting() throws(AppendError) -> Writing {
    guard let writing else { throw .closed("it was opened for reading") }
    return writing
  }

  /// Visits the selected events of one snapshot, without copying them.
  ///
  /// The snapshot lives as long as the call, and keeps the file from reusing old pages: a visit
  /// that takes long should copy, and read on later.
  package func scan<Failure: LMDBFailure>(
    _ selection: EventSelection,
    _ visit: (_ layout: RecordLayout, _ record: Span<UInt8>) throws(Failure) -> Continuation
  ) throws(Failure) {
    let lease: LogLease
    do throws(LMDBError) {
      lease = try open()
    } catch { throw Failure(error) }
    try withExtendedLifetime(lease) { () throws(Failure) in
      try lease.core.scan(selection, visit)
    }
  }

  /// The selected events, copied out of the log.
  package func events(_ selection: EventSelection) throws(LMDBError) -> [RecordedEvent] {
    var events: [RecordedEvent] = []
    try scan(selection) { layout, record throws(LMDBError) in
      events.append(RecordedEvent(copying: record, layout: layout))
      return .proceed
    }
    return events
  }

  /// The last position recorded at or before `time`; `nil` when the log began later.
  package func position(at time: Timestamp) throws(LMDBError) -> Position? {
    try read { reader, core throws(LMDBError) in
      let size = try reader.count(of: core.store.tables.records)
      return try reader.position(at: time, below: size, core.store.tables)
    }
  }

  /// Follows the selected events: those there are, then those to come.
  ///
  /// `after` is the last position that is not wanted; `nil` begins with the first. A batch has
  /// `batchLimit` events and 4 MiB at the most, or one event.
  package func follow(_ query: EventQuery, after: Position?, batchLimit: Int = 1000) -> EventFeed {
    precondition(batchLimit > 0, "a batch has at least one event")
    return EventFeed(
      source: lease.withLock { $0 }.map { FeedSource(lease: $0, signal: signal) },
      query: query, start: after.map(\.next.rawValue) ?? 0, batchLimit: batchLimit)
  }

  /// Waits until the log has more than `size` events; `false` when it never will, because the log
  /// was closed or the task cancelled.
  package func waitForGrowth(beyond size: UInt64) async -> Bool {
    guard let lease = lease.withLock({ $0 }) else { return false }
    let source = FeedSource(lease: lease, signal: signal)
    while !Task.isCancelled, !signal.isClosed {
      guard self.size <= size else { return true }
      await source.wait(beyond: size)
    }
    return false
  }

  /// Calls `body` once when the log has more than `size` events or is closed.
  ///
  /// On the writer's thread, which it must not hold up, or at once when that is so. It may be called
  /// early.
  ///
  /// - Returns: what takes the call back; `nil` when another process writes, and nobody will call.
  package func whenGrown(
    beyond size: UInt64, _ body: @escaping @Sendable () -> Void
  ) -> (@Sendable () -> Void)? {
    guard let lease = lease.withLock({ $0 }) else {
      body()
      return {}
    }
    guard lease.core.hasWriter else { return nil }
    let signal = signal
    let number = signal.call(beyond: size, body)
    return { signal.forget(number) }
  }

  /// Runs `body` on a snapshot.
  func read<Result>(
    _ body: (inout ReadTransaction, LogCore) throws(LMDBError) -> Result
  ) throws(LMDBError) -> Result {
    let lease = try open()
    return try withExtendedLifetime(lease) { () throws(LMDBError) in
      let core = lease.core
      return try core.store.environment.read { reader throws(LMDBError) in
        try body(&reader, core)
      }
    }
  }
}

extension LMDBError {
  /// The log was closed; nothing can be read through that opening.
  static var closedLog: LMDBError { LMDBError(call: .txnBegin, cause: .notFound) }
}
