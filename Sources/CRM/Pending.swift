// Stands in for the aggregates that come with the next commits: delete this file with them.
internal import EventModel
package import Schema

package struct User: Aggregate {
  package init() {}
  package static var objectType: ObjectType.Code { .user }
  package var exists: Bool { false }
  package mutating func apply(_ fact: Fact) {}
  package typealias Command = UserCommand.OneOf_Command
  package static func target(of command: Command) -> String { "" }
  package static func identify(_ command: inout Command, _ make: (String) -> String) {}
  package func needs(for command: Command, in context: DecisionContext) -> [RecordKey] { [] }
  package func decide(
    _ command: Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] { [] }
  package var status: UserStatus.Code = .active
  package var roleIDs: [String] = []
  package var departmentID = ""
  package var managerID = ""
}
package struct Opportunity: OwnedAggregate {
  package init() {}
  package static var objectType: ObjectType.Code { .opportunity }
  package var exists: Bool { false }
  package mutating func apply(_ fact: Fact) {}
  package typealias Command = OpportunityCommand.OneOf_Command
  package static func target(of command: Command) -> String { "" }
  package static func identify(_ command: inout Command, _ make: (String) -> String) {}
  package func needs(for command: Command, in context: DecisionContext) -> [RecordKey] { [] }
  package func decide(
    _ command: Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] { [] }
  package var ownership = Ownership()
  package var subject: RecordKey { .opportunity("") }
  var accountID = ""
  package var tags = RecordTags()
  var createdAt: Timestamp?
  var status: OpportunityStatus.Code = .open
}
package struct Ticket: OwnedAggregate {
  package init() {}
  package static var objectType: ObjectType.Code { .ticket }
  package var exists: Bool { false }
  package mutating func apply(_ fact: Fact) {}
  package typealias Command = TicketCommand.OneOf_Command
  package static func target(of command: Command) -> String { "" }
  package static func identify(_ command: inout Command, _ make: (String) -> String) {}
  package func needs(for command: Command, in context: DecisionContext) -> [RecordKey] { [] }
  package func decide(
    _ command: Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] { [] }
  package var ownership = Ownership()
  package var subject: RecordKey { .ticket("") }
  var accountID = ""
  var isOpen = true
  var openedAt: Timestamp?
}
package struct Team: Aggregate {
  package init() {}
  package static var objectType: ObjectType.Code { .team }
  package var exists: Bool { false }
  package mutating func apply(_ fact: Fact) {}
  package typealias Command = TeamCommand.OneOf_Command
  package static func target(of command: Command) -> String { "" }
  package static func identify(_ command: inout Command, _ make: (String) -> String) {}
  package func needs(for command: Command, in context: DecisionContext) -> [RecordKey] { [] }
  package func decide(
    _ command: Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] { [] }
  package var memberIDs: [String] = []
  package var isDissolved = false
}
package struct Organization: Aggregate {
  package init() {}
  package static var objectType: ObjectType.Code { .organization }
  package static let key = RecordKey(.organization, "org_main")
  package var settings = OrganizationSettings()
  package var exists: Bool { false }
  package mutating func apply(_ fact: Fact) {}
  package typealias Command = OrganizationCommand.OneOf_Command
  package static func target(of command: Command) -> String { "" }
  package static func identify(_ command: inout Command, _ make: (String) -> String) {}
  package func needs(for command: Command, in context: DecisionContext) -> [RecordKey] { [] }
  package func decide(
    _ command: Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] { [] }
}
package struct Pipeline: Aggregate {
  package init() {}
  package static var objectType: ObjectType.Code { .pipeline }
  package var exists: Bool { false }
  package mutating func apply(_ fact: Fact) {}
  package typealias Command = PipelineCommand.OneOf_Command
  package static func target(of command: Command) -> String { "" }
  package static func identify(_ command: inout Command, _ make: (String) -> String) {}
  package func needs(for command: Command, in context: DecisionContext) -> [RecordKey] { [] }
  package func decide(
    _ command: Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] { [] }
}
