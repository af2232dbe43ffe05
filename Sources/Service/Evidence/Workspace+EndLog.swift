internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Evidence
internal import Schema
internal import Transparency

/// Ending a log: it stays checkable for ever, and another goes on from it.
extension Workspace {
  /// Ends the log: one administrator asks, and another's same request ends it.
  ///
  /// - Parameters:
  ///   - reason: a code.
  ///   - nextOrigin: the name of the log that goes on.
  /// - Returns: where it stands; of a log that ended its last checkpoint, with which the next begins.
  /// - Throws: ``ServiceError``; nothing is recorded then.
  public func endLog(reason: String, nextOrigin: String) throws(ServiceError) -> Answer {
    try requireWriter()
    guard kind == .crm else {
      throw ServiceError(
        .refused, code: "WORKSPACE.KIND",
        "An event store's log is ended by nobody: it has no users who could agree to that. Stop "
          + "serving it, and keep its last checkpoint.")
    }
    let actor = try actingUser()
    try requireAdministrator(actor)
    let members: [JSONText.Member] = [
      .init("reason", .text(try Self.code(reason, "reason"))),
      .init("next_origin", .text(try Self.code(nextOrigin, "next log's name"))),
    ]
    let events = try readEvents(.stream(.systemLog), limit: 10_000)
    let condition = AppendCondition.stream(
      .systemLog, events.last.map { .exactly($0.revision) } ?? .none)
    let oldest = clock().advanced(byMicroseconds: -SubjectCase.lifetimeMicroseconds)
    let request = events.last { event in
      event.type == SystemEventType.logClosureRequested.rawValue && event.recordedAt >= oldest
    }
    guard let request else {
      let position = try recordSystem(
        .logClosureRequested, in: .systemLog, members, conditions: [condition])
      return Self.ending("waiting for another administrator", position, note: nil)
    }
    try Self.check(request, says: members, by: actor)
    try anchorAccessLog()
    let position = try recordSystem(
      .logClosed, in: .systemLog,
      members + [.init("approvals", .list([.integer(request.position.rawValue)]))],
      conditions: [condition])
    _ = try checkpoint()
    do throws(CheckpointError) {
      return Self.ending("ended", position, note: try log.newestCheckpoint()?.note)
    } catch { throw ServiceError(error) }
  }

  private static func ending(_ state: String, _ position: Position, note: String?) -> Answer {
    Answer(
      note == nil ? "The log is to end" : "The log has ended",
      facts: [
        .init("state", "State", .text(state)),
        .init("position", "Recorded at", .integer(Int64(position.rawValue))),
        .init("note", "Last checkpoint", note.map { .text($0) } ?? .none),
      ],
      notes: note == nil
        ? ["Another administrator ends it with the same command within 72 hours."]
        : [
          "`deed log checkpoint > last.txt` keeps the last checkpoint; begin the next log with "
            + "`deed init --origin … --continues last.txt`."
        ])
  }

  /// Whoever agrees is another, and agrees to just what was asked.
  private static func check(
    _ request: RecordedEvent, says members: [JSONText.Member], by actor: ActorID
  ) throws(ServiceError) {
    guard request.actor != actor.text else {
      throw ServiceError(
        .refused, code: "PERMISSION.SELF",
        "\(actor.text) asked that the log be ended and can't agree to it: let another.")
    }
    let said: JSONText
    do throws(EvidenceError) {
      said = try JSONText(parsing: request.plain(0)?.content ?? [])
    } catch {
      throw ServiceError(
        .failed, code: "LOG.UNREADABLE",
        "The request at position \(request.position) can't be read (\(error)).")
    }
    guard said == .object(members) else {
      throw ServiceError(
        .refused, code: "CONFLICT.VERSION",
        "At position \(request.position) something else was asked: \(said.written); agree to just "
          + "that, or wait until it is void.")
    }
  }

  private func requireAdministrator(_ actor: ActorID) throws(ServiceError) {
    let state: (any Aggregate)?
    do throws(CommandFailure) {
      state = try executor.record(.user(actor.text))?.state
    } catch { throw ServiceError(error) }
    guard let user = state as? User, user.isAdministrator, user.status == .active else {
      throw ServiceError(
        .refused, code: "PERMISSION.SCOPE",
        "\(actor.text) is no active administrator: those alone end a log.")
    }
  }
}
