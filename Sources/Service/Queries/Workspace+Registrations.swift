internal import Audit
internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Foundation
internal import Schema

/// Who declared which customer.
extension Workspace {
  /// The registrations, the newest last.
  ///
  /// - Parameter onlyOpen: those that wait for an answer or protect.
  /// - Returns: a row a registration.
  /// - Throws: ``ServiceError`` when the actor may not ask, or nothing can be read.
  public func registrations(onlyOpen: Bool) throws(ServiceError) -> Answer {
    let gate = try gate()
    try gate.require(.list, .registration, path: "registration list")
    let zone = try timeZone()
    let types = ["RegistrationSubmitted"].compactMap(EventType.init)
    var rows: [[Value]] = []
    for event in try readEvents(.types(types), limit: 100_000) {
      guard let id = StreamName(event.stream)?.id else { continue }
      let registration = try registration(id)
      guard !onlyOpen || registration.isOpen, try gate.may(.list, .registration(id)) else {
        continue
      }
      rows.append([
        .text(id), .text("\(registration.kind)"), .text("\(registration.status)"),
        .text(Self.text(registration.claimant)), .text(registration.submitted.legalName),
        .moment(event.recordedAt), .integer(Int64(event.position.rawValue)),
        .moment(registration.until), .integer(Int64(registration.collisions.count)),
      ])
    }
    return Answer(
      "Registrations",
      tables: [
        .init(
          "registrations", "",
          columns: [
            .init("registration", "Registration"), .init("kind", "Of"), .init("status", "Status"),
            .init("claimant", "Claimant"), .init("legalName", "Customer"),
            .init("submittedAt", "Submitted"), .init("position", "Position"),
            .init("until", "Until"), .init("collisions", "Collisions"),
          ], rows: rows)
      ], timeZone: zone.identifier)
  }

  /// A registration with what it collided with.
  ///
  /// - Parameter id: the registration's identifier.
  /// - Returns: its facts, and the table `collisions`.
  /// - Throws: ``ServiceError`` when there is none, or the actor may not ask.
  public func registration(show id: String) throws(ServiceError) -> Answer {
    let gate = try gate()
    _ = try gate.readable(.registration(id), path: .show)
    let zone = try timeZone()
    let found = try registration(id)
    guard found.exists else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "There is no registration “\(id)”: `deed registration list` names them.")
    }
    try gate.viewed(.registration(id), fields: [], path: "registration show")
    let submitted = found.submitted
    return Answer(
      "Registration \(id)",
      facts: [
        .init("status", "Status", .text("\(found.status)")),
        .init("kind", "Of", .text("\(found.kind)")),
        .init("claimant", "Claimant", .text(Self.text(found.claimant))),
        .init("legalName", "Customer", .text(submitted.legalName)),
        .init("projectName", "Project", .named(submitted.projectName)),
        .init("submittedAt", "Submitted", .moment(found.submittedAt)),
        .init("record", "Record", .named(Self.text(found.approved?.record ?? submitted.record))),
        .init("approver", "Approved by", .named(found.approved?.approverID ?? "")),
        .init("until", "Until", .moment(found.until)),
        .init("extensions", "Extended", .integer(Int64(found.extensionCount))),
        .init("endedAt", "Ended", .moment(found.endedAt)),
      ],
      tables: [
        .init(
          "collisions", "Collisions",
          columns: [
            .init("against", "Against"), .init("keys", "By"), .init("score", "Score"),
            .init("owner", "Owner then"), .init("protectedUntil", "Protected until"),
          ],
          rows: found.collisions.map { collision in
            [
              .text(Self.text(collision.against)),
              .list(collision.keys.map { .text("\($0)") }), .decimal(collision.score),
              .named(Self.text(collision.owner)),
              collision.hasProtectedUntil ? .moment(Timestamp(collision.protectedUntil)) : .none,
            ]
          })
      ], timeZone: zone.identifier)
  }
}

extension Workspace {
  func registration(_ id: String) throws(ServiceError) -> Registration {
    let state = try auditing { auditor throws(AuditError) in
      try auditor.record(.registration(id))
    }.state
    return state as? Registration ?? Registration()
  }

  static func text(_ owner: OwnerRef) -> String {
    owner.key.map { "\($0)" } ?? ""
  }

  static func text(_ reference: RecordRef) -> String {
    reference.id.isEmpty ? "" : "\(RecordKey(reference))"
  }
}
