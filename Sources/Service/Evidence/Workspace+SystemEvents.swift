internal import CRM
package import Commands
package import EventLog
package import EventModel
package import Evidence

/// Appending the log's own events.
extension Workspace {
  /// Appends one event with a JSON section; says where it stands.
  package func recordSystem(
    _ type: SystemEventType, in stream: StreamName, _ members: [JSONText.Member],
    by actor: ActorID? = nil, conditions: [AppendCondition] = [], guards: [GuardChange] = [],
    sections: [NewSection] = [], command: CommandID? = nil
  ) throws(ServiceError) -> Position {
    let maker = SystemEventMaker(random: random)
    let now = clock()
    let author: ActorID
    if let actor { author = actor } else { author = try actingUser() }
    let event = maker.event(type, in: stream, by: author, members, at: now, sections: sections)
    return try append(
      maker.request(
        [event], at: now, conditions: conditions, guards: guards, command: command))
  }

  func append(_ request: AppendRequest) throws(ServiceError) -> Position {
    do throws(AppendError) {
      return try log.appendAndWait(request).first
    } catch { throw ServiceError(append: error) }
  }
}

extension ServiceError {
  init(append error: AppendError) {
    switch error {
    case .conflict, .matched, .guardRefused:
      self.init(
        .refused, code: "CONFLICT.VERSION",
        "Another change came first, so nothing was recorded: look again, and ask again.")
    case .subjectDestroyed:
      self.init(.refused, code: "ERASURE.ERASED", error.description)
    case .full: self.init(.failed, code: "STORAGE.FULL", error.description)
    case .closed, .clock:
      self.init(.failed, code: "STORAGE.CLOSED", error.description)
    case .commandReused:
      self.init(.refused, code: RefusalCode.idempotency.rawValue, error.description)
    case .eventIDReused, .personalInPlainSection, .overLimit, .malformed, .storage:
      self.init(.failed, code: "STORAGE.FAILED", error.description)
    }
  }
}
