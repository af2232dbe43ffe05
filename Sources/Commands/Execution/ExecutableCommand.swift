package import CRM
internal import EventModel
package import Schema

/// A command of whatever aggregate, as its execution sees it.
protocol ExecutableCommand: Sendable {
  /// The record that it is about.
  var target: RecordKey { get }
  mutating func identify(_ make: (_ prefix: String) -> String)
  /// The other records that the decision looks at, as far as can be told by now.
  func needs(on record: any Aggregate, in context: DecisionContext) -> [RecordKey]
  /// The records whose children the decision looks at.
  func parents(on record: any Aggregate) -> [RecordKey]
  /// What the command makes or changes as it is compared with other records.
  func probe(on record: any Aggregate) throws(Refusal) -> MatchProbe?
  /// The numbers of the guards that the decision looks at.
  func counters(on record: any Aggregate, in context: DecisionContext) -> [GuardCounter]
  /// The record whose last contact the decision looks at; `nil` when it looks at none.
  func contacted(on record: any Aggregate) -> RecordKey?
  /// Whether the decision looks at the pools of the record's type and the last contact about it.
  var looksAtRecycling: Bool { get }
  /// Whether the decision looks at the pools of the record's type.
  var looksAtPools: Bool { get }
  /// The record whose participants the decision looks at; `nil` when it looks at none.
  func participants() -> RecordKey?
  /// The user whose records the decision looks at; `nil` when it looks at nobody's.
  func holder(on record: any Aggregate) -> String?
  func decide(
    on record: any Aggregate, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent]
}

extension ExecutableCommand {
  func probe(on record: any Aggregate) throws(Refusal) -> MatchProbe? { nil }
  func counters(on record: any Aggregate, in context: DecisionContext) -> [GuardCounter] { [] }
  func contacted(on record: any Aggregate) -> RecordKey? { nil }
  var looksAtRecycling: Bool { false }
  var looksAtPools: Bool { false }
  func participants() -> RecordKey? { nil }
  func holder(on record: any Aggregate) -> String? { nil }
}

/// A command of the record's own aggregate.
struct AggregateCommand<Record: Aggregate>: ExecutableCommand {
  var command: Record.Command
  /// The records, beside its own, whose children the decision looks at; `nil` for none at all.
  var otherParents: [String]?

  var target: RecordKey { RecordKey(Record.objectType, Record.target(of: command)) }

  mutating func identify(_ make: (_ prefix: String) -> String) {
    Record.identify(&command, make)
  }

  func needs(on record: any Aggregate, in context: DecisionContext) -> [RecordKey] {
    own(record).needs(for: command, in: context)
  }

  func parents(on record: any Aggregate) -> [RecordKey] {
    guard let otherParents else { return [] }
    return [target] + otherParents.map { RecordKey(Record.objectType, $0) }
  }

  func probe(on record: any Aggregate) throws(Refusal) -> MatchProbe? {
    try own(record).probe(for: command)
  }

  func counters(on record: any Aggregate, in context: DecisionContext) -> [GuardCounter] {
    own(record).counters(for: command, in: context)
  }

  func contacted(on record: any Aggregate) -> RecordKey? { own(record).contacted(by: command) }

  var looksAtPools: Bool { Record.looksAtPools(command) }

  func holder(on record: any Aggregate) -> String? { own(record).holder(for: command) }

  func decide(
    on record: any Aggregate, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try own(record).decide(command, in: context)
  }

  private func own(_ record: any Aggregate) -> Record {
    guard let record = record as? Record else {
      preconditionFailure("\(target) was loaded as another aggregate")
    }
    return record
  }
}

/// A command on a dispute, which looks at the contested record, its children and its people.
struct DisputeChange: ExecutableCommand {
  var command: Dispute.Command

  var target: RecordKey { .dispute(Dispute.target(of: command)) }

  mutating func identify(_ make: (_ prefix: String) -> String) { Dispute.identify(&command, make) }

  func needs(on record: any Aggregate, in context: DecisionContext) -> [RecordKey] {
    own(record).needs(for: command, in: context)
  }

  func parents(on record: any Aggregate) -> [RecordKey] {
    own(record).parent(for: command).map { [$0] } ?? []
  }

  func participants() -> RecordKey? { Dispute.participants(for: command) }

  func decide(
    on record: any Aggregate, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try own(record).decide(command, in: context)
  }

  private func own(_ record: any Aggregate) -> Dispute { record as? Dispute ?? Dispute() }
}

/// A command on a handover, which looks at all that a person owns.
struct HandoverChange: ExecutableCommand {
  var command: Handover.Command

  var target: RecordKey { .handover(Handover.target(of: command)) }

  mutating func identify(_ make: (_ prefix: String) -> String) { Handover.identify(&command, make) }

  func needs(on record: any Aggregate, in context: DecisionContext) -> [RecordKey] {
    own(record).needs(for: command, in: context)
  }

  func parents(on record: any Aggregate) -> [RecordKey] {
    own(record).parent(for: command).map { [$0] } ?? []
  }

  func holder(on record: any Aggregate) -> String? { own(record).holder(for: command) }

  func decide(
    on record: any Aggregate, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try own(record).decide(command, in: context)
  }

  private func own(_ record: any Aggregate) -> Handover { record as? Handover ?? Handover() }
}

/// A command on who owns a record.
struct OwnershipChange: ExecutableCommand {
  var command: OwnershipDecision.Command

  var target: RecordKey { OwnershipDecision.target(of: command) }

  mutating func identify(_ make: (_ prefix: String) -> String) {
    OwnershipDecision.identify(&command, make)
  }

  func needs(on record: any Aggregate, in context: DecisionContext) -> [RecordKey] {
    guard let owned = record as? any OwnedAggregate else { return [] }
    return OwnershipDecision.needs(for: command, on: owned, in: context)
  }

  func parents(on record: any Aggregate) -> [RecordKey] {
    guard let owned = record as? any OwnedAggregate,
      let parent = OwnershipDecision.parent(of: command, on: owned)
    else { return [] }
    return [parent]
  }

  func counters(on record: any Aggregate, in context: DecisionContext) -> [GuardCounter] {
    guard let owned = record as? any OwnedAggregate else { return [] }
    return OwnershipDecision.counters(for: command, on: owned, in: context)
  }

  var looksAtRecycling: Bool { OwnershipDecision.looksAtRecycling(command) }

  var looksAtPools: Bool { OwnershipDecision.looksAtPools(command) }

  func decide(
    on record: any Aggregate, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard let owned = record as? any OwnedAggregate else {
      throw Refusal(
        .ownershipKind,
        "A \(target.typeName) has no owner; name a lead, an account, a contact, an "
          + "opportunity or a ticket.", field: "record")
    }
    return try OwnershipDecision.decide(command, on: owned, in: context)
  }
}

/// A command on to whom else a record is open.
struct ShareChange: ExecutableCommand {
  var command: PermissionCommand.OneOf_Command
  let target: RecordKey

  mutating func identify(_ make: (_ prefix: String) -> String) {
    ShareDecision.identify(&command, make)
  }

  func needs(on record: any Aggregate, in context: DecisionContext) -> [RecordKey] { [] }

  func parents(on record: any Aggregate) -> [RecordKey] { [] }

  func decide(
    on record: any Aggregate, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard let owned = record as? any OwnedAggregate else {
      throw Refusal(
        .ownershipKind,
        "A \(target.typeName) can't be shared; name a lead, an account, a contact, an "
          + "opportunity or a ticket.", field: "record")
    }
    return try ShareDecision.decide(command, on: owned, target, in: context)
  }
}

/// A command on a record's tags.
struct TagChange: ExecutableCommand {
  let command: TagDecision.Command

  var target: RecordKey { TagDecision.target(of: command) }

  mutating func identify(_ make: (_ prefix: String) -> String) {}

  func needs(on record: any Aggregate, in context: DecisionContext) -> [RecordKey] { [] }

  func parents(on record: any Aggregate) -> [RecordKey] { [] }

  func decide(
    on record: any Aggregate, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard let tagged = record as? any TaggedAggregate else {
      throw Refusal(
        .inconsistent,
        "A \(target.typeName) takes no tags; name an account, a contact, a lead or an "
          + "opportunity.", field: "record")
    }
    return try TagDecision.decide(command, on: tagged)
  }
}

extension CommandPayload {
  /// The record that the command is about; without identifier where it makes one.
  package var target: RecordKey { executable.target }

  var executable: any ExecutableCommand {
    switch self {
    case .account(let command):
      var others: [String]?
      if case .archiveAccount = command { others = [] }
      if case .mergeAccounts(let merge) = command { others = merge.mergedIds }
      if case .unmergeAccount(let unmerge) = command { others = [unmerge.mergedID] }
      return AggregateCommand<Account>(command: command, otherParents: others)
    case .activity(let command): return AggregateCommand<Activity>(command: command)
    case .contact(let command):
      var others: [String]?
      if case .mergeContacts(let merge) = command { others = merge.mergedIds }
      if case .unmergeContact(let unmerge) = command { others = [unmerge.mergedID] }
      return AggregateCommand<Contact>(command: command, otherParents: others)
    case .duplicateCase(let command): return AggregateCommand<DuplicateCase>(command: command)
    case .businessCalendar(let command): return AggregateCommand<BusinessCalendar>(command: command)
    case .dispute(let command): return DisputeChange(command: command)
    case .disputeRuleBook(let command): return AggregateCommand<DisputeRuleBook>(command: command)
    case .handover(let command): return HandoverChange(command: command)
    case .lead(let command):
      var others: [String]?
      if case .mergeLeads(let merge) = command { others = merge.mergedIds }
      if case .unmergeLead(let unmerge) = command { others = [unmerge.mergedID] }
      return AggregateCommand<Lead>(command: command, otherParents: others)
    case .opportunity(let command): return AggregateCommand<Opportunity>(command: command)
    case .permission(let command):
      guard let record = ShareDecision.target(of: command) else {
        return AggregateCommand<Permissions>(command: command)
      }
      return ShareChange(command: command, target: record)
    case .export(let command): return AggregateCommand<DataExport>(command: command)
    case .organization(let command): return AggregateCommand<Organization>(command: command)
    case .ownership(let command): return OwnershipChange(command: command)
    case .pipeline(let command): return AggregateCommand<Pipeline>(command: command)
    case .pool(let command): return AggregateCommand<Pool>(command: command)
    case .registration(let command): return AggregateCommand<Registration>(command: command)
    case .slaPolicy(let command): return AggregateCommand<SlaPolicy>(command: command)
    case .tag(let command): return TagChange(command: command)
    case .task(let command): return AggregateCommand<TaskRecord>(command: command)
    case .team(let command): return AggregateCommand<Team>(command: command)
    case .ticket(let command): return AggregateCommand<Ticket>(command: command)
    case .user(let command): return AggregateCommand<User>(command: command)
    }
  }

  /// The command's own message, as its digest takes it.
  func serialized() -> [UInt8] {
    switch self {
    case .account(let command): command.serialized()
    case .activity(let command): command.serialized()
    case .businessCalendar(let command): command.serialized()
    case .contact(let command): command.serialized()
    case .duplicateCase(let command): command.serialized()
    case .dispute(let command): command.serialized()
    case .disputeRuleBook(let command): command.serialized()
    case .handover(let command): command.serialized()
    case .lead(let command): command.serialized()
    case .opportunity(let command): command.serialized()
    case .permission(let command): command.serialized()
    case .export(let command): command.serialized()
    case .organization(let command): command.serialized()
    case .ownership(let command): command.serialized()
    case .pipeline(let command): command.serialized()
    case .pool(let command): command.serialized()
    case .registration(let command): command.serialized()
    case .slaPolicy(let command): command.serialized()
    case .tag(let command): command.serialized()
    case .task(let command): command.serialized()
    case .team(let command): command.serialized()
    case .ticket(let command): command.serialized()
    case .user(let command): command.serialized()
    }
  }
}
