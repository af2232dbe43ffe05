internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// A record that is made under an approved registration: `registrationId` of CreateAccount and
/// CreateOpportunity.
extension Registration {
  /// The registration `id`, which must be in force for the owner of what is made.
  static func required(
    _ id: String, for owner: OwnerRef, in context: DecisionContext
  ) throws(Refusal) -> Registration {
    let registration = try context.require(Registration.self, id, field: "registrationId")
    guard registration.inForce(at: context.now) != nil else {
      throw Refusal(
        .status,
        "The registration \(id) is \(registration.word) and protects nothing; submit a new one, or "
          + "leave registrationId out.", field: "registrationId")
    }
    guard registration.claimant.kind == .partner || registration.claimant == owner else {
      throw Refusal(
        .ownershipNotOwner,
        "The registration \(id) is \(registration.claimant.id)'s and the record would be "
          + "\(owner.id)'s; make \(registration.claimant.id) its owner.", field: "registrationId")
    }
    return registration
  }

  /// As sentences say how it stands.
  var word: String {
    status == .approved ? "approved until \(until.map { "\($0)" } ?? "its end")" : "\(status)"
  }

  /// The account that was registered is there now: what protects the claim protects it.
  func made(_ account: RecordKey, in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    guard kind == .account else { return [] }
    if let other = Self.key(of: protectedRecord) {
      throw Refusal(
        .inconsistent,
        "The registration \(id) is about the \(other.typeName) \(other.id) already; use that one.",
        field: "registrationId")
    }
    guard let until = inForce(at: context.now) else { return [] }
    let protectionID = "registration-\(id)"
    let linked = RegistrationLinked.with {
      ($0.registrationID, $0.record, $0.protectionID) = (id, account.reference, protectionID)
    }
    return [event(.registrationLinked(linked)), granted(account, protectionID, until)]
  }

  /// Who claims a customer by a registration in force that is another's.
  static func isForeign(
    _ finding: MatchFinding, to claimant: OwnerRef?, besides own: String,
    in context: DecisionContext
  ) -> Bool {
    guard let registration = context.records.anyState(finding.record) as? Registration else {
      return false
    }
    return finding.isStrong && registration.id != own && registration.claimant != claimant
      && registration.inForce(at: context.now) != nil
  }
}
