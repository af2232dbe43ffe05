internal import EventModel
package import Schema
internal import SwiftProtobuf

extension Registration: Aggregate {
  package static var objectType: ObjectType.Code { .registration }

  package static func target(of command: RegistrationCommand.OneOf_Command) -> String {
    switch command {
    case .submitRegistration(let command): command.registrationID
    case .approveRegistration(let command): command.registrationID
    case .rejectRegistration(let command): command.registrationID
    case .extendRegistration(let command): command.registrationID
    case .revokeRegistration(let command): command.registrationID
    case .convertRegistration(let command): command.registrationID
    case .warnOfRegistrationExpiry(let command): command.registrationID
    case .expireRegistration(let command): command.registrationID
    }
  }

  package static func identify(
    _ command: inout RegistrationCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .submitRegistration(var submit) = command, submit.registrationID.isEmpty {
      submit.registrationID = make("reg")
      command = .submitRegistration(submit)
    }
  }

  package func needs(
    for command: RegistrationCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] {
    let actor = [RecordKey.user(context.effectiveActorID)]
    switch command {
    case .submitRegistration(let command):
      let claimant = Self.claimant(of: command, in: context)
      return actor + [claimant?.key, Self.key(of: command.record)].compactMap(\.self)
    case .approveRegistration(let command):
      let record = Self.key(of: command.hasRecord ? command.record : submitted.record)
      return approvers(in: context) + [record].compactMap(\.self)
    case .rejectRegistration(let command):
      return approvers(in: context) + [Self.key(of: command.collidesWith)].compactMap(\.self)
    case .extendRegistration, .revokeRegistration:
      return approvers(in: context) + [Self.key(of: protectedRecord)].compactMap(\.self)
    case .convertRegistration(let command):
      return approvers(in: context)
        + [Self.key(of: protectedRecord), Self.key(of: command.into)].compactMap(\.self)
    case .expireRegistration: return [Self.key(of: protectedRecord)].compactMap(\.self)
    case .warnOfRegistrationExpiry: return []
    }
  }

  /// Who acts, and the line above the claimant.
  private func approvers(in context: DecisionContext) -> [RecordKey] {
    OwnershipRule.needs(claimant, context.effectiveActorID, in: context)
  }

  /// The record that the approval protects, or the one that was declared.
  package var protectedRecord: RecordRef { approved?.record ?? submitted.record }

  static func key(of reference: RecordRef) -> RecordKey? {
    reference.id.isEmpty ? nil : RecordKey(reference)
  }

  package func decide(
    _ command: RegistrationCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if case .submitRegistration(let command) = command { return try submit(command, in: context) }
    guard exists else { throw .notFound(.registration(Self.target(of: command))) }
    switch command {
    case .submitRegistration: return []
    case .approveRegistration(let command): return try approve(command, in: context)
    case .rejectRegistration(let command): return try reject(command, in: context)
    case .extendRegistration(let command): return try extend(command, in: context)
    case .revokeRegistration(let command): return try revoke(command, in: context)
    case .convertRegistration(let command): return try convert(command, in: context)
    case .warnOfRegistrationExpiry: return warn(in: context)
    case .expireRegistration: return try expire(in: context)
    }
  }

  /// The numbers that the decision looks at.
  package func counters(
    for command: RegistrationCommand.OneOf_Command, in context: DecisionContext
  ) -> [GuardCounter] {
    guard case .submitRegistration(let command) = command,
      let claimant = Self.claimant(of: command, in: context)
    else { return [] }
    return [.openRegistrations(claimant: claimant.id)]
  }

  package func contacted(by command: RegistrationCommand.OneOf_Command) -> RecordKey? {
    guard case .approveRegistration(let command) = command else { return nil }
    return Self.key(of: command.hasRecord ? command.record : submitted.record)
  }

  func event(
    _ event: RegistrationEvent.OneOf_Event, _ personal: RegistrationPersonal? = nil
  ) -> DecidedEvent {
    DecidedEvent(
      key, .registration(event),
      personal: personal.map { [DecidedPersonal(key, .registration($0))] } ?? [])
  }
}
