internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Who may be an owner (O-1, O-2).
package enum OwnerRule {
  /// The user whose state the choice of an owner needs.
  static func needs(_ owner: OwnerRef, isSet: Bool, in context: DecisionContext) -> [RecordKey] {
    let chosen = chosen(owner, isSet: isSet, in: context)
    return [chosen].compactMap { $0 }.filter { $0.kind == .user || $0.kind == .pool }
      .compactMap(\.key)
  }

  /// The owner that a command names, or else the actor when it is a user.
  static func chosen(_ owner: OwnerRef, isSet: Bool, in context: DecisionContext) -> OwnerRef? {
    if isSet { return owner }
    guard context.actorKind == .user else { return nil }
    return .user(context.effectiveActorID)
  }

  /// The owner of a new record.
  static func ofNew(
    _ owner: OwnerRef, isSet: Bool, in context: DecisionContext, mayBePooled: RecordKey? = nil
  ) throws(Refusal) -> OwnerRef {
    guard let chosen = chosen(owner, isSet: isSet, in: context) else {
      throw .required("owner", of: "The record")
    }
    try check(chosen, field: "owner", in: context, mayBePooled: mayBePooled)
    return chosen
  }

  /// Refuses what can't own a record now; a pool only where `mayBePooled` names the record.
  static func check(
    _ owner: OwnerRef, field: String, in context: DecisionContext,
    mayBePooled record: RecordKey? = nil
  ) throws(Refusal) {
    switch owner.kind {
    case .user:
      let user = try context.require(User.self, owner.id, field: field)
      guard user.status == .active else {
        throw Refusal(
          .ownershipInactive,
          "\(field) names the user \(owner.id), who is not active; name an "
            + "active user.", field: field)
      }
    case .pool:
      guard let record else {
        throw Refusal(
          .ownershipKind,
          "\(field) names the pool \(owner.id); use ReleaseToPool for a lead, an account or a "
            + "ticket, and a user for anything else.", field: field)
      }
      try context.require(Pool.self, owner.id, field: field).requireUsable(for: record)
    case .partner:
      throw Refusal(
        .ownershipKind, "\(field) names a partner; a partner owns registrations and no records.",
        field: field)
    case .ownerKindUnspecified, .UNRECOGNIZED: throw .required("\(field).kind", of: "The command")
    }
  }

  /// The event that gives a new record its owner.
  static func assigned(
    _ record: RecordKey, to owner: OwnerRef, method: AssignmentMethod.Code = .creation
  ) -> DecidedEvent {
    DecidedEvent(
      record, .ownership(.ownershipAssigned(.with { ($0.to, $0.method) = (owner, method) })))
  }
}
