internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Evidence
internal import LMDB
internal import Schema
internal import Transparency

/// Plain sections that should not have been plain: two people agree, and the bytes are gone.
extension Workspace {
  /// Asks that a plain section be blanked; another administrator's same command carries it out.
  ///
  /// The leaf stays, so every proof made before still verifies. The log is compacted and the read
  /// models are made anew, so that no page of theirs holds what was there.
  ///
  /// - Parameters:
  ///   - folder: the workspace, which nobody may have open.
  ///   - position: of the event.
  ///   - section: which of its sections; 1 is what the event says.
  ///   - reason: a code, recorded for ever.
  ///   - actor: who asks or agrees.
  /// - Returns: where it stands.
  /// - Throws: ``ServiceError``; nothing is blanked then.
  public static func redact(
    _ folder: DataFolder, position: UInt64, section: Int, reason: String, actor: String? = nil
  ) throws(ServiceError) -> Answer {
    let place = RedactedPlace(position: position, section: section)
    let answer: Answer
    let isBlanked: Bool
    let workspace = try Workspace(opening: folder, actor: actor)
    do throws(ServiceError) {
      (answer, isBlanked) = try workspace.decideRedaction(place, reason)
    } catch {
      workspace.abandon()
      throw error
    }
    try workspace.close()
    guard isBlanked else { return answer }
    do throws(ServiceError) { try OwedCompaction.settle(folder) } catch {
      throw ServiceError(
        .failed, code: error.code,
        "\(place) is blanked, and older pages of files still hold it: \(error.sentence) Then repeat "
          + "the command.")
    }
    return answer
  }
}

/// A section of an event.
struct RedactedPlace: Hashable, CustomStringConvertible {
  let position: UInt64
  let section: Int

  init(position: UInt64, section: Int) {
    self.position = position
    self.section = section
  }

  init?(_ event: RecordedEvent) {
    do throws(EvidenceError) {
      let said = try JSONText(parsing: event.plain(0)?.content ?? [])
      guard let position = said["position"]?.number, let section = said["section"]?.number else {
        return nil
      }
      self.init(position: position, section: Int(clamping: section))
    } catch { return nil }
  }

  var description: String { "Section \(section) of the event at \(position)" }

  fileprivate var members: [JSONText.Member] {
    [
      .init("position", .integer(position)), .init("section", .integer(UInt64(max(0, section)))),
    ]
  }
}

extension Workspace {
  private static let redactions = StreamName(category: "system", id: "redaction")

  /// Records the request, or the agreement with the redaction itself.
  private func decideRedaction(
    _ place: RedactedPlace, _ reason: String
  ) throws(ServiceError) -> (Answer, isBlanked: Bool) {
    try requireKeeper()
    let code = try Self.code(reason, "reason")
    if let position = try redaction(of: place) {
      // A process that was cut off may have left older pages behind.
      try OwedCompaction.owe(folder)
      return (Self.answer("blanked", place, position), true)
    }
    try checkRedactable(place)
    let events = try readEvents(.stream(Self.redactions), limit: 100_000)
    let oldest = clock().advanced(byMicroseconds: -SubjectCase.lifetimeMicroseconds)
    let open = events.last { event in
      event.type == SystemEventType.sectionRedactionRequested.rawValue
        && event.recordedAt >= oldest && RedactedPlace(event) == place
    }
    let condition = AppendCondition.stream(
      Self.redactions, events.last.map { .exactly($0.revision) } ?? .none)
    guard let open else {
      let position = try recordSystem(
        .sectionRedactionRequested, in: Self.redactions,
        place.members + [.init("reason", .text(code))], conditions: [condition])
      return (Self.answer("waiting for another administrator", place, position), false)
    }
    guard try open.actor != actingUser().text else {
      throw ServiceError(
        .refused, code: "PERMISSION.SELF",
        "\(open.actor) asked for this redaction and can't agree to it: let another.")
    }
    let approval = try recordSystem(
      .sectionRedactionApproved, in: Self.redactions,
      place.members + [
        .init("request_position", .integer(open.position.rawValue)),
        .init("request_leaf", .text(open.leafHash.base64)),
      ], conditions: [condition])
    try OwedCompaction.owe(folder)
    let position = try recordSystem(
      .sectionRedacted, in: Self.redactions,
      place.members + [
        .init("reason", .text(code)),
        .init("approvals", .list([.integer(approval.rawValue)])),
      ], by: ActorID(system: "privacy"))
    try OwedCompaction.blank(place, in: log)
    forgetShown()
    return (Self.answer("blanked", place, position), true)
  }

  /// Where the log says that the section was redacted; `nil` where it still says something.
  private func redaction(of place: RedactedPlace) throws(ServiceError) -> Position? {
    guard let event = try event(at: place.position), event.sectionCount > place.section,
      place.section > 0, event.blob(place.section).allSatisfy({ $0 == 0 })
    else { return nil }
    do throws(LMDBError) { return try log.redaction(of: place.section, at: event.position) } catch {
      throw ServiceError(storage: error)
    }
  }

  /// Refuses what is not plain, what is not of people's making, and what more than a description
  /// rests on.
  private func checkRedactable(_ place: RedactedPlace) throws(ServiceError) {
    guard let event = try event(at: place.position) else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND", "The log has no event at \(place.position).")
    }
    guard let stream = StreamName(event.stream), let record = RecordKey(stream),
      (1..<max(1, event.sectionCount)).contains(place.section)
    else {
      throw Self.notRedactable(
        "\(place) stays: the log's own events and the envelope of others hold nothing personal.")
    }
    let kind = event.section(place.section).kind
    guard kind == .plain || kind == .sealed else {
      throw Self.notRedactable("\(place) stays: it is somebody's signature.")
    }
    guard kind == .plain else {
      throw Self.notRedactable("\(place) is sealed: erase the person with `deed erase request`.")
    }
    guard place.section == 1 else { return }
    guard event.revision.rawValue > 0 else {
      throw Self.notRedactable(
        "\(place) stays: \(record) begins with it, and would cease to exist; change the value by a "
          + "command, redact the events behind it, and erase a person with `deed erase request`.")
    }
    do throws(PayloadError) {
      guard let payload = try event.payload() else { return }
      guard payload.isDescriptive, !GuardDefinitions.rest(on: payload, record: record) else {
        throw .malformed(message: payload.messageName, reason: "")
      }
    } catch {
      throw Self.notRedactable(
        "\(place) stays: \(event.type) says more than a description, and rights, owners or rules "
          + "would change with it. Erase a person's data with `deed erase request`.")
    }
  }

  private static func notRedactable(_ sentence: String) -> ServiceError {
    ServiceError(.refused, code: "STATE.NOT_REDACTABLE", sentence)
  }

  private func event(at position: UInt64) throws(ServiceError) -> RecordedEvent? {
    guard position < log.size else { return nil }
    do throws(LMDBError) {
      return try log.events(
        EventSelection(from: Position(position), through: Position(position))
      ).first
    } catch { throw ServiceError(storage: error) }
  }

  private static func answer(
    _ state: String, _ place: RedactedPlace, _ position: Position
  ) -> Answer {
    Answer(
      state == "blanked" ? "The section is gone" : "The section is to go",
      facts: [
        .init("state", "State", .text(state)),
        .init("eventPosition", "Event", .integer(Int64(place.position))),
        .init("section", "Section", .integer(Int64(place.section))),
        .init("position", "Recorded at", .integer(Int64(position.rawValue))),
      ],
      notes: state == "blanked"
        ? [
          "Backups of the log and exports from before still hold it: replace the ones, and tell "
            + "whoever got the others. The read models are made anew when they are first asked."
        ]
        : [
          "Another administrator carries it out with the same command within 72 hours; nobody may "
            + "have the workspace open then."
        ])
  }
}
