package import Commands
package import EventLog
package import EventModel
internal import Foundation
internal import LMDB
package import Policies
package import ReadModels
internal import Transparency
internal import Vault

/// A workspace that is open: everything that can be asked of it or done in it.
///
/// Whoever opens it first in all processes writes; a second one reads beside it, and sees
/// personal fields as hidden, for openings are recorded by the writer. So does one whose clock is far
/// from the last event, or whose access log is lost.
public final class Workspace: Sendable {
  /// Where it lies.
  public let folder: DataFolder
  /// Whether this opening may write; else another process does, or ``refusal`` says why.
  public let isWriter: Bool
  /// Why nothing may be written now, though nobody else does.
  ///
  /// The clock is far from the last event, or the access log is lost; it can be read.
  let refusal: ServiceError?
  /// What it is for: an event store has no customers.
  public let kind: WorkspaceKind
  package let log: EventLog
  package let keys: WorkspaceKeys
  package let executor: CommandExecutor
  package let runner: ModelRunner
  package let clock: @Sendable () -> Timestamp
  /// That somebody said that it is right, if so.
  package let acceptedClock: AcceptedClock?
  package let random: RandomSource
  /// Who acts or asks, as given; the administrator when `nil`.
  package let givenActor: ActorID?
  /// Who asks, as whoever let them in knows them.
  package let principal: Principal
  /// Writes the access log; `nil` beside a process that does.
  let recorder: AccessRecorder?
  /// The access log for reading beside that process; `nil` where there is none.
  private let foreignAccessLog: AccessLog?
  /// Whether another workspace opened what this one uses.
  let isShared: Bool
  /// Opened when timers are needed first.
  package let timerShelf: TimerShelf
  let readers: ReaderShelf
  package let shownRecords: ShownRecords
  package let streamShelf: StreamShelf
  /// Opened when durable consumers are needed first.
  let consumerShelf: ConsumerShelf
  /// What was asked of the past.
  let pastModels: PastModels

  /// Opens the workspace in `folder`.
  ///
  /// - Parameters:
  ///   - folder: where it lies.
  ///   - actor: a user's identifier; the administrator made at first when `nil`.
  /// - Throws: ``ServiceError`` when there is none, or it can't be opened safely.
  public convenience init(opening folder: DataFolder, actor: String? = nil) throws(ServiceError) {
    try self.init(
      opening: folder, actor: actor, clock: SystemClock.now, random: .system,
      clockJumpLimit: EventLog.usualClockJumpMicroseconds)
  }

  package init(
    opening folder: DataFolder, actor: String?, clock: @escaping @Sendable () -> Timestamp,
    random: RandomSource, clockJumpLimit: Int64? = nil
  ) throws(ServiceError) {
    try Self.requireWorkspace(in: folder)
    Self.settleRedactions(in: folder)
    givenActor = try actor.map { text throws(ServiceError) in try Self.actor(text) }
    principal = Principal(actor ?? "")
    isShared = false
    let keys = try WorkspaceKeys.open(folder, random: random)
    let options = try Self.logOptions(folder, keys, clock, clockJumpLimit)
    acceptedClock = options.accepted
    let opened = try OpenedLogs.opening(folder, keys, options, random)
    log = opened.main
    isWriter = opened.isWriter
    refusal = opened.refusal
    kind = opened.kind
    self.keys = opened.isWriter ? keys : WorkspaceKeys(signer: nil, vault: .absent())
    recorder =
      opened.isWriter
      ? opened.access.map { AccessRecorder($0, main: opened.main, clock: clock, random: random) }
      : nil
    foreignAccessLog = opened.isWriter ? nil : opened.access
    executor = CommandExecutor(log: log, vault: self.keys.vault, clock: clock, random: random)
    do throws(ModelError) {
      let log = log
      var options = ModelRunner.Options(folder: folder.modelsFolder, clock: clock)
      options.skips = { () throws(ModelError) in try Self.skips(in: log) }
      options.isBeside = !isWriter
      runner = try ModelRunner(ModelKind.standard, source: log, options: options)
    } catch { throw ServiceError(error) }
    readers = ReaderShelf(folder: folder.modelsFolder)
    shownRecords = ShownRecords()
    streamShelf = StreamShelf()
    timerShelf = TimerShelf(
      folder: folder.timersFolder, origin: log.origin, isReadOnly: !isWriter)
    consumerShelf = ConsumerShelf(
      folder: folder.consumersFolder, log: log, isReadOnly: !isWriter, clock: clock)
    pastModels = PastModels()
    self.folder = folder
    self.clock = clock
    self.random = random
    guard isWriter else { return }
    do throws(ServiceError) {
      try Self.registerSchema(in: log)
      try replayDestructions()
      try replayRedactions()
    } catch {
      abandon()
      throw error
    }
  }

  static func requireWorkspace(in folder: DataFolder) throws(ServiceError) {
    guard folder.exists else {
      throw ServiceError(
        .refused, code: "WORKSPACE.NOT_FOUND",
        "There is no workspace “\(folder.workspace)” in “\(folder.path)”: make it with "
          + "`deed init`, or name its folder with --data.")
    }
  }

  /// The workspace that `other` opened, as somebody else uses it.
  init(sharing other: Workspace, as principal: Principal, actor: ActorID) {
    folder = other.folder
    isWriter = other.isWriter
    refusal = other.refusal
    kind = other.kind
    log = other.log
    keys = other.keys
    executor = other.executor
    runner = other.runner
    clock = other.clock
    acceptedClock = other.acceptedClock
    random = other.random
    readers = other.readers
    shownRecords = other.shownRecords
    streamShelf = other.streamShelf
    timerShelf = other.timerShelf
    consumerShelf = other.consumerShelf
    pastModels = other.pastModels
    recorder = other.recorder
    foreignAccessLog = other.foreignAccessLog
    givenActor = actor
    self.principal = principal
    isShared = true
  }

  /// The access log as it may be read here; `nil` when there is none yet.
  var accessLog: AccessLog? { recorder?.access ?? foreignAccessLog }

  /// Refuses what only the process that writes the workspace can do.
  package func requireWriter() throws(ServiceError) {
    if let refusal { throw refusal }
    guard isWriter else {
      throw ServiceError(
        .refused, code: "LOG.LOCKED",
        "Another process writes this workspace: end it, then try again, or, when it is a server, ask "
          + "it over HTTP (see its /openapi.json); reading goes on meanwhile.")
    }
  }

  /// Publishes a checkpoint when there is news, and closes the files.
  public func close() throws(ServiceError) {
    guard !isShared else { return }
    readers.clear()
    timerShelf.close()
    consumerShelf.abandon()
    pastModels.close()
    do throws(ServiceError) { try recorder?.close() } catch {
      // What is written stays; the files are let go of all the same.
      abandon()
      throw error
    }
    do throws(ModelError) { try runner.close() } catch { throw ServiceError(error) }
    guard let error = log.close() else { return }
    if case .noSigner = error { return }
    throw ServiceError(.failed, code: "LOG.CHECKPOINT", error.description)
  }

  /// Closes the files without a checkpoint, when nothing was done.
  public func letGo() {
    log.bar("it was let go of")
    abandon()
  }

  /// Closes the files after a failure that is told already.
  public func abandon() {
    guard !isShared else { return }
    readers.clear()
    timerShelf.close()
    consumerShelf.abandon()
    pastModels.close()
    recorder?.abandon()
    _ = log.close()
  }
}

/// The machine's clock: read at the edge, passed in below.
package enum SystemClock {
  package static func now() -> Timestamp {
    // Exact to a microsecond for some two centuries: 53 bits hold it.
    Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded()))
  }
}

extension ServiceError {
  package init(_ error: OpenError) {
    switch error {
    case .forked: self.init(.failed, code: "LOG.FORKED", error.description)
    case .damaged: self.init(.failed, code: "LOG.DAMAGED", error.description)
    case .locked, .busy, .inUse:
      self.init(.refused, code: "LOG.LOCKED", error.description)
    case .alreadyExists: self.init(.refused, code: "LOG.EXISTS", error.description)
    case .notFound: self.init(.refused, code: "LOG.NOT_FOUND", error.description)
    case .invalid: self.init(.usage, code: "VALIDATION.LOG", error.description)
    case .unknownFormat: self.init(.failed, code: "LOG.FORMAT", error.description)
    case .clockBehind, .clockAhead:
      self.init(
        .failed, code: "LOG.CLOCK",
        error.description + " Where the clock is right, say so with `deed log accept-clock`.")
    case .storage(let storage) where storage.cause == .cutOff:
      self.init(.failed, code: "LOG.DAMAGED", error.description)
    case .file, .storage: self.init(.failed, code: "LOG.STORAGE", error.description)
    }
  }

  package init(_ error: CheckpointError) {
    switch error {
    case .noSigner:
      self.init(
        .refused, code: "LOG.NO_KEY",
        "This opening can't sign: another process writes the log, or its keys folder is absent.")
    case .unknownSize: self.init(.refused, code: "LOG.UNKNOWN_SIZE", error.description)
    case .damaged: self.init(.notVerified, code: "LOG.DAMAGED", error.description)
    case .note, .file, .storage, .closed:
      self.init(.failed, code: "LOG.CHECKPOINT", error.description)
    }
  }
}
