import CRM
import EventModel
import Schema
import SwiftProtobuf
import TestSupport

/// Commands on a handful of records, with values around their limits.
enum RandomCommand {
  /// - Returns: how many events were decided.
  static func run(
    in company: inout SmallCompany, _ generator: inout SeededGenerator
  ) throws -> Int {
    switch Int.random(in: 0..<10, using: &generator) {
    case 0: try company.run(User.self, user(&generator)).count
    case 1: try company.run(Team.self, team(&generator)).count
    case 2: try company.run(Pipeline.self, pipeline(&generator)).count
    case 3...6: try company.run(Opportunity.self, opportunity(&generator, company.now)).count
    default: try company.run(Ticket.self, ticket(&generator, company.now)).count
    }
  }

  private static func id(_ prefix: String, _ generator: inout SeededGenerator) -> String {
    "\(prefix)_\(Int.random(in: 1...3, using: &generator))"
  }

  private static func user(_ generator: inout SeededGenerator) -> UserCommand.OneOf_Command {
    let user = id("usr", &generator)
    let other = id("usr", &generator)
    let commands: [UserCommand.OneOf_Command] = [
      .suspendUser(.with { $0.userID = user }), .resumeUser(.with { $0.userID = user }),
      .resumeUser(.with { $0.userID = user }), .reactivateUser(.with { $0.userID = user }),
      .deactivateUser(.with { $0.userID = user }),
      .changeUserManager(.with { ($0.userID, $0.managerID) = (user, other) }),
      .grantUserRole(.with { ($0.userID, $0.roleID) = (user, "sales") }),
      .revokeUserRole(.with { ($0.userID, $0.roleID) = (user, "sales") }),
      .changeUserDetails(.with { ($0.userID, $0.email) = (user, "\(other)@example.org") }),
      .moveUserToDepartment(.with { ($0.userID, $0.departmentID) = (user, "dep_\(other)") }),
    ]
    return commands[Int.random(in: 0..<commands.count, using: &generator)]
  }

  private static func team(_ generator: inout SeededGenerator) -> TeamCommand.OneOf_Command {
    let user = id("usr", &generator)
    let team = id("tea", &generator)
    let commands: [TeamCommand.OneOf_Command] = [
      .createTeam(.with { ($0.teamID, $0.name) = (team, "Team") }),
      .changeTeamMembers(.with { ($0.teamID, $0.added) = (team, [user]) }),
      .changeTeamMembers(.with { ($0.teamID, $0.removed) = (team, [user]) }),
    ]
    return commands[Int.random(in: 0..<commands.count, using: &generator)]
  }

  private static func pipeline(
    _ generator: inout SeededGenerator
  ) -> PipelineCommand.OneOf_Command {
    var stages = DefaultPipeline.stages
    let index = Int.random(in: 0..<4, using: &generator)
    stages[index].defaultProbabilityPct = String(Int.random(in: 0...100, using: &generator))
    if Bool.random(using: &generator) {
      stages[index].requiredDeliverables = ["paper"]
      stages[index].exitCriteria = [
        .with {
          ($0.criterionID, $0.text, $0.kind) = ("c", "sized", .predicate)
          $0.expression = "amount > 50"
        }
      ]
    }
    return .publishPipelineVersion(
      .with { ($0.pipelineID, $0.stages) = ("pip_default", stages) })
  }

  private static func money(_ generator: inout SeededGenerator) -> Money {
    .with { ($0.amountMinor, $0.currency) = (.random(in: -1...200, using: &generator), "CNY") }
  }

  private static func opportunity(
    _ generator: inout SeededGenerator, _ now: Timestamp
  ) -> OpportunityCommand.OneOf_Command {
    let id = id("opp", &generator)
    let amount = money(&generator)
    let stage = ["contact", "needs", "offer", "negotiation"].randomElement(using: &generator) ?? ""
    let number = Int.random(in: 0...9, using: &generator)
    let line = OpportunityLine.with {
      ($0.lineID, $0.productID, $0.quantity) = ("lin_\(number % 3)", "prd_1", "\(number)")
      $0.unitPrice = amount
    }
    let commands: [OpportunityCommand.OneOf_Command] = [
      .createOpportunity(
        .with {
          ($0.opportunityID, $0.accountID, $0.name) = (id, "acc_\(number % 2 + 1)", "Deal")
          $0.source.channel = .phone
        }),
      .changeStage(.with { ($0.opportunityID, $0.toStageID) = (id, stage) }),
      .changeStage(.with { ($0.opportunityID, $0.toStageID) = (id, stage) }),
      .changeAmount(.with { ($0.opportunityID, $0.amount) = (id, amount) }),
      .setExpectedCloseDate(
        .with { ($0.opportunityID, $0.expectedCloseDate) = (id, "2026-03-0\(number)") }),
      .overrideProbability(
        .with { ($0.opportunityID, $0.probabilityPct) = (id, "\(number * 12)") }),
      .removeProbabilityOverride(.with { $0.opportunityID = id }),
      .addOpportunityLine(.with { ($0.opportunityID, $0.line) = (id, line) }),
      .changeOpportunityLine(.with { ($0.opportunityID, $0.line) = (id, line) }),
      .removeOpportunityLine(.with { ($0.opportunityID, $0.lineID) = (id, line.lineID) }),
      .setAmountMode(
        .with { ($0.opportunityID, $0.mode) = (id, number < 5 ? .lines : .manual) }),
      .submitDeliverable(
        .with {
          ($0.opportunityID, $0.deliverableCode) = (id, "paper")
          $0.attachment.attachmentID = "att_\(number)"
        }),
      .winOpportunity(.with { $0.opportunityID = id }),
      .loseOpportunity(
        .with { ($0.opportunityID, $0.reasonCode) = (id, "price") }),
      .reopenOpportunity(.with { $0.opportunityID = id }),
      .moveOpportunityToAccount(
        .with { ($0.opportunityID, $0.accountID) = (id, "acc_\(number % 3)") }),
      .changeOpportunityDetails(.with { ($0.opportunityID, $0.name) = (id, "Deal \(number)") }),
      .rateFit(.with { ($0.opportunityID, $0.fit) = (id, UInt32(number)) }),
    ]
    return commands[Int.random(in: 0..<commands.count, using: &generator)]
  }

  private static func ticket(
    _ generator: inout SeededGenerator, _ now: Timestamp
  ) -> TicketCommand.OneOf_Command {
    let id = id("tkt", &generator)
    let user = Self.id("usr", &generator)
    let number = Int.random(in: 0...11, using: &generator)
    let commands: [TicketCommand.OneOf_Command] = [
      .openTicket(
        .with {
          ($0.ticketID, $0.ticketNo, $0.subject) = (id, id, "Help")
          ($0.channel, $0.accountID) = (.phone, "acc_\(number % 2 + 1)")
          if number < 6 { $0.owner = .user(user) }
        }),
      .startTicket(.with { $0.ticketID = id }), .awaitCustomer(.with { $0.ticketID = id }),
      .startTicket(.with { $0.ticketID = id }),
      .escalateTicket(.with { ($0.ticketID, $0.toUserID) = (id, user) }),
      .assignTicketToTeam(.with { ($0.ticketID, $0.teamID) = (id, "tea_\(number % 3)") }),
      .commentOnTicket(
        .with {
          ($0.ticketID, $0.text, $0.visibility) = (id, "Text", number < 6 ? .public : .internal)
          $0.byCustomer = number % 2 == 0
        }),
      .resolveTicket(.with { ($0.ticketID, $0.resolutionCode) = (id, "fixed") }),
      .closeTicket(.with { $0.ticketID = id }), .reopenTicket(.with { $0.ticketID = id }),
      .sendSatisfactionSurvey(
        .with {
          ($0.ticketID, $0.surveyID, $0.channel) = (id, "srv_\(number % 4)", "email")
          $0.expiresAt = now.advanced(byMicroseconds: Int64(number) * 86_400_000_000).message
        }),
      .rateSatisfaction(
        .with {
          ($0.ticketID, $0.surveyID, $0.score) = (id, "srv_\(number % 4)", UInt32(number))
        }),
      .completeSatisfactionFollowUp(.with { ($0.ticketID, $0.outcome) = (id, "called") }),
      .changeTicketDetails(.with { ($0.ticketID, $0.subject) = (id, "Help \(number)") }),
      .changeTicketPriority(
        .with { ($0.ticketID, $0.priority) = (id, number < 6 ? .high : .low) }),
    ]
    return commands[Int.random(in: 0..<commands.count, using: &generator)]
  }
}
