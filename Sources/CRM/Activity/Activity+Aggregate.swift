internal import EventModel
package import Schema

extension Activity: Aggregate {
  package static var objectType: ObjectType.Code { .activity }
  package var exists: Bool { !id.isEmpty }
  var key: RecordKey { RecordKey(.activity, id) }

  package mutating func apply(_ fact: Fact) {
    switch fact.payload {
    case .activity(let event):
      let personal = fact.sealedPart { part in
        if case .activity(let message) = part { message } else { nil }
      }
      apply(event, personal: personal)
    case .account, .businessCalendar, .contact, .dispute, .disputeRuleBook, .duplicateCase,
      .export, .handover, .import, .lead, .opportunity, .organization, .ownership, .permission,
      .pipeline, .pool, .registration, .slaPolicy, .tag, .task, .team, .ticket, .user:
      break
    }
  }

  package static func target(of command: ActivityCommand.OneOf_Command) -> String {
    switch command {
    case .logActivity(let command): command.activityID
    case .correctActivity(let command): command.activityID
    case .retractActivity(let command): command.activityID
    case .addComment(let command): command.activityID
    }
  }

  package static func identify(
    _ command: inout ActivityCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .logActivity(var log) = command {
      if log.activityID.isEmpty { log.activityID = make("act") }
      if log.hasNextStep, log.nextStep.taskID.isEmpty { log.nextStep.taskID = make("tsk") }
      command = .logActivity(log)
    } else if case .addComment(var add) = command, add.commentID.isEmpty {
      add.commentID = make("com")
      command = .addComment(add)
    }
  }

  /// The subjects, the records above them that say who owns them, and whoever is to do what.
  package func needs(
    for command: ActivityCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] {
    switch command {
    case .logActivity(let log):
      let subjects = log.subjectRefs.map { RecordKey($0) } + log.contactIds.map { .contact($0) }
      var keys = subjects
      for subject in subjects {
        if let account = Self.accountID(of: subject, in: context) { keys.append(.account(account)) }
        if subject.type == .ticket, let ticket = context.records.state(Ticket.self, subject.id) {
          keys += ticket.slaNeeds
        }
      }
      if log.hasNextStep { keys.append(.user(Self.stepOwner(log.nextStep, in: context))) }
      if !log.performedBy.isEmpty { keys.append(.user(log.performedBy)) }
      return keys
    case .addComment(let add): return add.mentions.map { .user($0) }
    case .correctActivity, .retractActivity: return []
    }
  }

  /// The account that `record` belongs to, when it is loaded and belongs to one.
  static func accountID(of record: RecordKey, in context: DecisionContext) -> String? {
    let id: String? =
      if let contact = context.records.state(Contact.self, record.id), record.type == .contact {
        contact.accountID
      } else if let deal = context.records.state(Opportunity.self, record.id),
        record.type == .opportunity
      {
        deal.accountID
      } else if let ticket = context.records.state(Ticket.self, record.id), record.type == .ticket {
        ticket.accountID
      } else {
        nil
      }
    return id.flatMap { $0.isEmpty ? nil : $0 }
  }

  static func stepOwner(_ step: NextStepInput, in context: DecisionContext) -> String {
    step.ownerID.isEmpty ? context.actor.text : step.ownerID
  }
}
