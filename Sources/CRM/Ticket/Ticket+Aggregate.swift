internal import EventModel
package import Schema

extension Ticket {
  package static func target(of command: TicketCommand.OneOf_Command) -> String {
    switch command {
    case .openTicket(let command): command.ticketID
    case .categorizeTicket(let command): command.ticketID
    case .changeTicketPriority(let command): command.ticketID
    case .assignTicketToTeam(let command): command.ticketID
    case .startTicket(let command): command.ticketID
    case .awaitCustomer(let command): command.ticketID
    case .escalateTicket(let command): command.ticketID
    case .commentOnTicket(let command): command.ticketID
    case .resolveTicket(let command): command.ticketID
    case .reopenTicket(let command): command.ticketID
    case .closeTicket(let command): command.ticketID
    case .linkTicketToLead(let command): command.ticketID
    case .sendSatisfactionSurvey(let command): command.ticketID
    case .rateSatisfaction(let command): command.ticketID
    case .completeSatisfactionFollowUp(let command): command.ticketID
    case .changeTicketDetails(let command): command.ticketID
    case .mergeTickets(let command): command.survivorID
    case .applySla(let command): command.ticketID
    case .pauseSla(let command): command.ticketID
    case .resumeSla(let command): command.ticketID
    case .warnOfSla(let command): command.ticketID
    case .breachSla(let command): command.ticketID
    }
  }

  /// A ticket without a number gets its identifier's last characters as one.
  package static func identify(
    _ command: inout TicketCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .openTicket(var open) = command {
      if open.ticketID.isEmpty { open.ticketID = make("tkt") }
      if open.ticketNo.isEmpty {
        let characters = open.ticketID.split(separator: "_").last ?? ""
        open.ticketNo = "T-\(characters)"
      }
      command = .openTicket(open)
    } else if case .commentOnTicket(var comment) = command, comment.commentID.isEmpty {
      comment.commentID = make("cmm")
      command = .commentOnTicket(comment)
    } else if case .sendSatisfactionSurvey(var send) = command, send.surveyID.isEmpty {
      send.surveyID = make("srv")
      command = .sendSatisfactionSurvey(send)
    }
  }

  package func needs(
    for command: TicketCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] {
    switch command {
    case .mergeTickets(let command): return command.mergedIds.map { .ticket($0) }
    case .openTicket(let command): return Self.needs(toOpen: command, in: context)
    case .assignTicketToTeam(let command): return Self.present(.team(command.teamID))
    case .escalateTicket(let command):
      return Self.present(.user(command.toUserID)) + Self.present(.team(command.toTeamID))
    case .commentOnTicket, .startTicket, .awaitCustomer, .resolveTicket, .reopenTicket, .pauseSla,
      .resumeSla:
      return slaNeeds
    case .applySla(let command):
      let policy = context.records.state(SlaPolicy.self, command.slaPolicyID)
      return [.slaPolicy(command.slaPolicyID)]
        + Self.present(.businessCalendar(policy?.published.calendarID ?? ""))
    case .warnOfSla, .breachSla: return escalationNeeds(in: context)
    case .linkTicketToLead(let command): return [.lead(command.leadID)]
    case .rateSatisfaction: return Self.present(.user(ownership.ownerUserID ?? ""))
    case .completeSatisfactionFollowUp(let command):
      return Self.present(RecordKey(.activity, command.activityID))
    case .categorizeTicket, .changeTicketDetails, .changeTicketPriority, .closeTicket,
      .sendSatisfactionSurvey:
      return []
    }
  }

  private static func needs(
    toOpen command: OpenTicket, in context: DecisionContext
  ) -> [RecordKey] {
    let contact = context.records.state(Contact.self, command.contactID)
    let account = command.accountID.isEmpty ? contact?.accountID ?? "" : command.accountID
    return present(.contact(command.contactID)) + present(.account(account))
      + present(.team(command.teamID)) + present(.ticket(command.continuesTicketID))
      + context.settings.slaPolicyIDs.flatMap { id -> [RecordKey] in
        let policy = context.records.state(SlaPolicy.self, id)
        return [.slaPolicy(id)] + present(.businessCalendar(policy?.published.calendarID ?? ""))
      }
      + (command.hasOwner ? OwnerRule.needs(command.owner, isSet: true, in: context) : [])
  }

  private static func present(_ key: RecordKey) -> [RecordKey] { key.id.isEmpty ? [] : [key] }
}
