internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Evidence

/// Reasons in law against erasing.
extension Workspace {
  /// Forbids the erasure of `subject` until the hold is released.
  public func hold(_ subject: String, reason: String) throws(ServiceError) -> Answer {
    try requireKeeper()
    let (_, keyID) = try subjectKey(subject)
    let standing = try subjectCase(keyID)
    try refusing { () throws(Refusal) in try standing.requireLiving() }
    let id = "hold-\(standing.revision.map { $0.rawValue + 1 } ?? 0)"
    _ = try recordSystem(
      .legalHoldPlaced, in: standing.stream,
      [
        .init("kid", .text(keyID.hex)), .init("hold", .text(id)),
        .init("reason", .text(try Self.code(reason, "reason"))),
      ], conditions: [Self.condition(standing)])
    return try howItStands(subject)
  }

  /// Asks that a hold be released, or agrees to it when another asked.
  public func releaseHold(_ id: String, on subject: String) throws(ServiceError) -> Answer {
    try requireKeeper()
    let actor = try actingUser()
    let (_, keyID) = try subjectKey(subject)
    let standing = try subjectCase(keyID)
    let hold = try refusing { () throws(Refusal) in
      try standing.checkRelease(of: id, by: actor.text)
    }
    var members: [JSONText.Member] = [
      .init("kid", .text(keyID.hex)), .init("hold", .text(hold.id)),
    ]
    let type: SystemEventType
    if let asked = hold.release {
      type = .legalHoldReleased
      members.append(.init("approvals", .list([.integer(asked.position.rawValue)])))
    } else {
      type = .legalHoldReleaseRequested
    }
    _ = try recordSystem(
      type, in: standing.stream, members, conditions: [Self.condition(standing)])
    return try howItStands(subject)
  }
}
