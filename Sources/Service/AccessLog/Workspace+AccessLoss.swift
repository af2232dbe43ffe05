internal import Commands
internal import EventLog
package import EventModel
internal import Evidence
internal import LMDB
internal import Transparency

/// An access log that is lost for good: said in the log itself, which goes on with a new one.
extension Workspace {
  /// Records that the access log is lost, and lets the next opening begin a new one.
  ///
  /// - Parameters:
  ///   - folder: a workspace that is open for reading alone, since its access log is gone, or another.
  ///   - reason: a code.
  ///   - actor: an administrator; the one made at first when `nil`.
  /// - Returns: what is recorded, and where what was left of it is put aside.
  /// - Throws: ``ServiceError``; nothing is changed then.
  public static func acceptAccessLoss(
    _ folder: DataFolder, reason: String, actor: String? = nil
  ) throws(ServiceError) -> Answer {
    try acceptAccessLoss(
      folder, reason: reason, actor: actor, clock: SystemClock.now, random: .system,
      clockJumpLimit: EventLog.usualClockJumpMicroseconds)
  }

  package static func acceptAccessLoss(
    _ folder: DataFolder, reason: String, actor: String?,
    clock: @escaping @Sendable () -> Timestamp, random: RandomSource,
    clockJumpLimit: Int64? = nil
  ) throws(ServiceError) -> Answer {
    let reason = try code(reason, "reason")
    let author = try administratorOfLoss(folder, actor, clock, random, clockJumpLimit)
    let keys = try WorkspaceKeys.open(folder, random: random)
    let options = try logOptions(folder, keys, clock, clockJumpLimit)
    let log: EventLog
    do throws(OpenError) { log = try EventLog(writing: folder.folder, options: options) } catch {
      throw ServiceError(error)
    }
    defer { _ = log.close() }
    let loss = try AccessLoss(in: log, reason: reason)
    let aside = "\(folder.accessFolder).lost-\(loss.anchor.position)"
    let isThere = DurableFile.exists(folder.accessFolder)
    if isThere { try move(folder.accessFolder, to: aside) }
    do throws(ServiceError) {
      return try loss.answer(
        recordedAt: loss.record(in: log, by: author, at: clock(), random),
        aside: isThere ? aside : nil)
    } catch {
      if isThere { try move(aside, to: folder.accessFolder) }
      throw error
    }
  }

  /// Who says so, where there is something to say.
  private static func administratorOfLoss(
    _ folder: DataFolder, _ actor: String?, _ clock: @escaping @Sendable () -> Timestamp,
    _ random: RandomSource, _ clockJumpLimit: Int64?
  ) throws(ServiceError) -> ActorID {
    let workspace = try Workspace(
      opening: folder, actor: actor, clock: clock, random: random, clockJumpLimit: clockJumpLimit)
    defer { workspace.abandon() }
    guard !workspace.isWriter else {
      throw ServiceError(
        .refused, code: "LOG.NOTHING_LOST",
        "The access log is the one that the log speaks of: there is no loss to accept.")
    }
    do throws(ServiceError) { try workspace.requireWriter() } catch {
      guard error.code == AccessLog.lostCode else { throw error }
    }
    try workspace.requireConfigurer("log accept-access-loss")
    return workspace.kind == .crm ? try workspace.actingUser() : ActorID(system: "log")
  }

  private static func move(_ source: String, to target: String) throws(ServiceError) {
    do throws(FileError) { try DurableFile.move(source, over: target) } catch {
      throw ServiceError(
        .failed, code: "LOG.STORAGE", "“\(source)” can't be put aside: \(error).")
    }
  }
}

/// What is recorded of a loss.
private struct AccessLoss {
  let anchor: RecordedEvent
  let reason: String
  let next: AccessOrigin

  init(in main: EventLog, reason: String) throws(ServiceError) {
    self.reason = reason
    guard let anchor = try AccessLogSaid(in: main).anchor else {
      throw ServiceError(
        .refused, code: "LOG.NOTHING_LOST",
        "The log speaks of no access log now: move the folder “access” to another place, and open the "
          + "workspace again.")
    }
    self.anchor = anchor
    do throws(LMDBError) {
      let losses = try main.events(
        EventSelection(.types([SystemEventType.accessLossAccepted.eventType])))
      next = AccessOrigin(number: UInt64(losses.count) + 2, of: main.origin)
    } catch { throw ServiceError(storage: error) }
  }

  func record(
    in main: EventLog, by author: ActorID, at now: Timestamp, _ random: RandomSource
  ) throws(ServiceError) -> Position {
    var members: [JSONText.Member] = [
      .init("reason", .text(reason)), .init("anchor", .integer(anchor.position.rawValue)),
    ]
    if let lost = VerifiedAccess.anchored(anchor.plain(0)?.content ?? []) {
      members += [
        .init("origin", .text(lost.origin)), .init("size", .integer(lost.size)),
        .init("root", .text(lost.root.base64)),
      ]
    }
    members.append(.init("next_origin", .text(next.text)))
    let maker = SystemEventMaker(random: random)
    let event = maker.event(
      .accessLossAccepted, in: .systemAccess, by: author, members, at: now)
    let condition = AppendCondition.stream(.systemAccess, .exactly(anchor.revision))
    do throws(AppendError) {
      return try main.appendAndWait(
        maker.request([event], at: now, conditions: [condition])
      ).first
    } catch { throw ServiceError(append: error) }
  }

  func answer(recordedAt position: Position, aside: String?) -> Answer {
    Answer(
      "The loss of the access log is recorded",
      facts: [
        .init("position", "Recorded at", .integer(Int64(position.rawValue))),
        .init("anchor", "Its newest checkpoint at", .integer(Int64(anchor.position.rawValue))),
        .init("reason", "Reason", .text(reason)),
        .init("nextOrigin", "The next one's name", .text(next.text)),
        .init("folder", "What was there", aside.map { .text($0) } ?? .none),
      ],
      notes: [
        "Who looked before is proven by nothing any more; from the next opening on it is recorded again."
      ])
  }
}
