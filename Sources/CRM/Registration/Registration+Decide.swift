internal import EventModel
package import Schema

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
  ) -> [RecordKey] { [] }

  package func decide(
    _ command: RegistrationCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    throw .notAvailable("A command on a registration", needs: "registrations")
  }
}
