package import Schema

/// A record as its events make it, and what may be done with it.
///
/// Everything here is pure: no clock, no identifiers, no I/O.
package protocol Aggregate: Equatable, Sendable {
  /// The generated oneof of the aggregate's command message.
  associatedtype Command: Sendable

  static var objectType: ObjectType.Code { get }

  /// The record before its first event.
  init()

  /// Whether the record was created.
  var exists: Bool { get }

  /// Applies one event of the record's stream, in its order.
  ///
  /// It can't be refused: what is recorded has happened, and imported histories follow no rule
  /// but their own. Events of other messages that stand in the stream are ignored or used.
  mutating func apply(_ fact: Fact)

  /// The identifier of the record that `command` is about.
  static func target(of command: Command) -> String

  /// Gives the identifiers that the caller left empty for new things.
  ///
  /// - Parameters:
  ///   - command: the command as the caller gave it.
  ///   - make: makes an identifier from a prefix such as `tkt`.
  static func identify(_ command: inout Command, _ make: (_ prefix: String) -> String)

  /// The other records whose states the decision looks at.
  ///
  /// Asked again when these are loaded, until it names none that isn't, so that it may follow a
  /// reference in a record just loaded.
  func needs(for command: Command, in context: DecisionContext) -> [RecordKey]

  /// What `command` makes or changes as it is compared with other records; `nil` for commands
  /// after which the record is recognised as before.
  func probe(for command: Command) throws(Refusal) -> MatchProbe?

  /// The numbers of the guards that the decision looks at.
  func counters(for command: Command, in context: DecisionContext) -> [GuardCounter]

  /// The user whose records the decision looks at; `nil` when it looks at nobody's.
  func holder(for command: Command) -> String?

  /// The record whose last contact the decision looks at; `nil` when it looks at none.
  func contacted(by command: Command) -> RecordKey?

  /// Whether the decision looks at the pools of the record's type.
  static func looksAtPools(_ command: Command) -> Bool

  /// Decides what `command` brings about: no event when nothing changes (S-6).
  ///
  /// - Throws: ``Refusal``, with which nothing is appended.
  func decide(
    _ command: Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent]
}

extension Aggregate {
  package func probe(for command: Command) throws(Refusal) -> MatchProbe? { nil }

  package func counters(for command: Command, in context: DecisionContext) -> [GuardCounter] { [] }

  package func holder(for command: Command) -> String? { nil }

  package func contacted(by command: Command) -> RecordKey? { nil }

  package static func looksAtPools(_ command: Command) -> Bool { false }
}

/// A record that somebody owns.
package protocol OwnedAggregate: Aggregate {
  var ownership: Ownership { get }
  /// The record whose subject seals this one's personal sections.
  var subject: RecordKey { get }
}

/// The aggregates by their types.
package enum Aggregates {
  /// The record of `type` before its first event; `nil` when this version has no such aggregate.
  package static func empty(_ type: ObjectType.Code) -> (any Aggregate)? {
    switch type {
    case .user: User()
    case .team: Team()
    case .organization: Organization()
    case .pipeline: Pipeline()
    case .opportunity: Opportunity()
    case .ticket: Ticket()
    case .lead: Lead()
    case .account: Account()
    case .contact: Contact()
    case .activity: Activity()
    case .task: TaskRecord()
    case .duplicateCase: DuplicateCase()
    case .permissions: Permissions()
    case .export: DataExport()
    case .pool: Pool()
    case .registration: Registration()
    case .dispute: Dispute()
    case .disputeRuleBook: DisputeRuleBook()
    case .handover: Handover()
    case .slaPolicy: SlaPolicy()
    case .businessCalendar: BusinessCalendar()
    case .campaign, .contract, .import, .objectTypeUnspecified, .order, .partner, .payment, .quote,
      .subscription, .UNRECOGNIZED:
      nil
    }
  }
}
