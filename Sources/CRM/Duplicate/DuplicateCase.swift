package import EventModel
package import Schema

/// Records that may be one customer, or claims that collide: the sum of its stream's events.
package struct DuplicateCase: Equatable, Sendable {
  package internal(set) var id = ""
  /// The records; one alone when the other was refused.
  package internal(set) var records: [RecordKey] = []
  /// Decimal, 0 to 1.
  package internal(set) var score = ""
  package internal(set) var keys: [IdentityKeyKind.Code] = []
  package internal(set) var modelVersion: UInt32 = 0
  package internal(set) var trigger = DuplicateTrigger.Code.duplicateTriggerUnspecified
  package internal(set) var status = DuplicateCaseStatus.Code.duplicateCaseStatusUnspecified
  /// Whether different people claim the customer.
  package internal(set) var isContested = false
  /// Who claims it: the claimant first, then the owner.
  package internal(set) var parties: [OwnerRef] = []
  package internal(set) var refusedType = ObjectType.Code.objectTypeUnspecified
  /// Whether somebody made the record in spite of the resemblance.
  package internal(set) var wasOverridden = false
  package internal(set) var survivor: RecordKey?
  package internal(set) var disputeID = ""
  package internal(set) var openedAt: Timestamp?
  /// Whether whoever stands above the parties was told that nobody settled it in time.
  package internal(set) var isOverdue = false

  package init() {}
}

extension DuplicateCase: Aggregate {
  package static var objectType: ObjectType.Code { .duplicateCase }
  package var exists: Bool { !id.isEmpty }
  package var key: RecordKey { .duplicateCase(id) }

  /// Whether it still waits for somebody's decision.
  package var isOpen: Bool { status == .open }

  package mutating func apply(_ fact: Fact) {
    guard case .duplicateCase(let event) = fact.payload else { return }
    switch event {
    case .duplicateSuspected(let suspected):
      open(suspected.caseID, suspected.refs, suspected.score, suspected.keys)
      (modelVersion, trigger) = (suspected.modelVersion, suspected.trigger)
      openedAt = fact.recordedAt
    case .collisionDetected(let collision):
      open(collision.caseID, collision.refs, collision.score, collision.keys)
      (modelVersion, trigger) = (collision.modelVersion, collision.trigger)
      (isContested, parties) = (true, collision.parties)
      refusedType = collision.refusedType
      openedAt = fact.recordedAt
    case .duplicateDismissed: status = .dismissed
    case .duplicateOverrideConfirmed:
      wasOverridden = true
      // A contested case stays open until it is settled (ACC-5).
      if !isContested { status = .overridden }
    case .duplicateMergeRequested(let requested):
      status = .merged
      survivor = RecordKey(requested.survivor)
    case .collisionSettled: status = .settled
    case .collisionEscalated(let escalated):
      status = .escalated
      disputeID = escalated.disputeID
    case .collisionOverdue: isOverdue = true
    }
  }

  private mutating func open(
    _ id: String, _ refs: [RecordRef], _ score: String, _ keys: [IdentityKeyKind.Code]
  ) {
    self.id = id
    records = refs.map { RecordKey($0) }
    self.score = score
    self.keys = keys
    status = .open
  }

  package static func target(of command: DuplicateCaseCommand.OneOf_Command) -> String {
    switch command {
    case .openDuplicateCase(let command): command.caseID
    case .dismissDuplicate(let command): command.caseID
    case .settleCollision(let command): command.caseID
    case .escalateCollision(let command): command.caseID
    case .noteOverdueCollision(let command): command.caseID
    }
  }

  package static func identify(
    _ command: inout DuplicateCaseCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .openDuplicateCase(var open) = command, open.caseID.isEmpty {
      open.caseID = make("dup")
      command = .openDuplicateCase(open)
    }
  }

  package func needs(
    for command: DuplicateCaseCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] {
    switch command {
    case .openDuplicateCase(let open): open.refs.map { RecordKey($0) }
    case .dismissDuplicate, .settleCollision, .escalateCollision: []
    case .noteOverdueCollision: context.calendarNeeds + lines(in: context)
    }
  }
}
