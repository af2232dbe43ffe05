package import Schema
internal import SwiftProtobuf

/// The rules that rulings cite, in versions; there is one book.
///
/// Before the organisation publishes its own, it holds the rules that the product brings along.
package struct DisputeRuleBook: Aggregate {
  package static let id = "rbk_main"
  package static let key = RecordKey(.disputeRuleBook, id)
  /// How many rules it may have.
  static let ruleLimit = 100

  /// 0 before the first one was published.
  package private(set) var version: UInt32 = 0
  package private(set) var rules = builtIn

  package init() {}

  package static var objectType: ObjectType.Code { .disputeRuleBook }
  package var exists: Bool { version > 0 }

  package mutating func apply(_ fact: Fact) {
    guard case .disputeRuleBook(.disputeRuleBookPublished(let published)) = fact.payload else {
      return
    }
    (version, rules) = (published.version, published.rules)
  }

  /// Source: crm-domain.md 3.4.6, "Rule catalogue".
  private static let builtIn: [DisputeRule] = [
    rule("R1", "The earliest strong registration in force wins."),
    rule("R2", "Lapsed protection gives no priority."),
    rule(
      "R3",
      "A registration without valid follow-up in time is void; a connected call, a visit with "
        + "check-in and a two-way message are valid."),
    rule("R4", "The customer's written choice prevails where both kept following."),
    rule("R5", "Credit is split by dated contributions."),
    rule("R6", "Forged, back-dated or incomplete data voids the claim."),
    rule("R7", "Access to another's record shortly before registering reverses priority."),
    rule("R8", "Own sales go before a partner where they had direct contact in time."),
  ]

  private static func rule(_ code: String, _ text: String) -> DisputeRule {
    .with { ($0.code, $0.text) = (code, text) }
  }
}

extension DisputeRuleBook {
  package static func target(of command: DisputeRuleBookCommand.OneOf_Command) -> String {
    switch command {
    case .publishDisputeRuleBook(let command): command.ruleBookID
    }
  }

  package static func identify(
    _ command: inout DisputeRuleBookCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    switch command {
    case .publishDisputeRuleBook(var publish):
      if publish.ruleBookID.isEmpty { publish.ruleBookID = id }
      command = .publishDisputeRuleBook(publish)
    }
  }

  package func needs(
    for command: DisputeRuleBookCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] { context.isSystem ? [] : [.user(context.effectiveActorID)] }

  package func decide(
    _ command: DisputeRuleBookCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    switch command {
    case .publishDisputeRuleBook(let publish): try self.publish(publish, in: context)
    }
  }

  private func publish(
    _ command: PublishDisputeRuleBook, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard command.ruleBookID == Self.id else {
      throw Refusal(
        .reference,
        "ruleBookId is \(command.ruleBookID), but there is the one rule book \(Self.id); leave it "
          + "out.", field: "ruleBookId")
    }
    let actor = context.effectiveActorID
    guard context.isSystem || context.records.state(User.self, actor)?.isAdministrator == true
    else {
      throw Refusal(
        .permissionScope,
        "PublishDisputeRuleBook is for administrators, and \(actor) is none; ask one.")
    }
    guard (1...Self.ruleLimit).contains(command.rules.count) else {
      throw Refusal(
        .range, "rules has \(command.rules.count) rules; give 1 to \(Self.ruleLimit).",
        field: "rules")
    }
    for rule in command.rules {
      try FieldRule.required(rule.code, "rules.code", of: "The rule")
      try FieldRule.text(rule.code, "rules.code", limit: 80)
      try FieldRule.required(rule.text, "rules.text", of: "The rule")
      try FieldRule.text(rule.text, "rules.text", limit: 5000)
    }
    guard Set(command.rules.map(\.code)).count == command.rules.count else {
      throw Refusal(.inconsistent, "rules has a code twice; keep one.", field: "rules.code")
    }
    guard command.rules != rules else { return [] }
    let published = DisputeRuleBookPublished.with {
      ($0.ruleBookID, $0.version, $0.rules) = (Self.id, version + 1, command.rules)
    }
    return [DecidedEvent(Self.key, .disputeRuleBook(.disputeRuleBookPublished(published)))]
  }
}
