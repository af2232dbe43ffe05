internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// A record together with its name, for decisions that don't care of which type it is.
struct OwnedRecord {
  let key: RecordKey
  let record: any OwnedAggregate

  var ownership: Ownership { record.ownership }

  /// S-2, and that a contact of an account has no owner but its account's.
  func requireChangeable() throws(Refusal) {
    if let account = record as? Account { try account.requireActive() }
    if let lead = record as? Lead { try lead.requireOwnable() }
    if let contact = record as? Contact {
      try contact.requireActive()
      guard contact.accountID.isEmpty else {
        throw Refusal(
          .ownershipKind,
          "The contact \(contact.id) follows the owner of the account "
            + "\(contact.accountID); change that one's owner.")
      }
    }
  }

  func event(
    _ event: OwnershipEvent.OneOf_Event, _ personal: OwnershipPersonal? = nil,
    policyRefs: [PolicyRef] = []
  ) -> DecidedEvent {
    DecidedEvent(
      key, .ownership(event),
      personal: personal.map { [DecidedPersonal(record.subject, .ownership($0))] } ?? [],
      policyRefs: policyRefs)
  }

  /// O-3: nobody takes a record from someone outside their scope.
  func requireManager(_ command: String, in context: DecisionContext) throws(Refusal) {
    guard let owner = ownership.owner else { return }
    let actor = context.effectiveActorID
    guard !OwnershipRule.mayManage(owner, actor, in: context) else { return }
    if ownership.isOwned(by: actor) {
      throw Refusal(
        .ownershipTransfer,
        "\(actor) owns the \(key.typeName) \(key.id) and may only offer it; use "
          + "RequestOwnershipTransfer.")
    }
    throw Refusal(
      .permissionScope,
      "\(command) of the \(key.typeName) \(key.id) is for those above its owner "
        + "\(owner.id), and \(actor) is not one of them; ask one.")
  }

  /// The owner, or whoever stands above.
  func requireOwnerOrManager(_ command: String, in context: DecisionContext) throws(Refusal) {
    let actor = context.effectiveActorID
    guard let owner = ownership.owner, !ownership.isOwned(by: actor),
      !OwnershipRule.mayManage(owner, actor, in: context)
    else { return }
    throw Refusal(
      .ownershipNotOwner,
      "\(command) is for the owner \(owner.id) of the \(key.typeName) \(key.id) "
        + "and those above; ask one of them.")
  }
}

extension Lead {
  /// A lead's owner may change until it has become something else.
  fileprivate func requireOwnable() throws(Refusal) {
    guard status == .converted || status == .merged else { return }
    try requireOpen()
  }
}
