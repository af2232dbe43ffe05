package import CRM
internal import EventModel
internal import Matching
package import Schema
internal import SwiftProtobuf

extension CommandExecutor {
  /// Looks for what resembles the record that the command makes or changes, and loads it.
  ///
  /// - Returns: the generation to wait for when a command on its way resembles this one.
  func match(
    _ command: AskedCommand, _ record: any Aggregate, _ decision: inout DecisionContext,
    _ looked: inout LookedAt
  ) throws(CommandFailure) -> UInt64? {
    guard decision.settings.duplicateCheck else { return nil }
    let probe: MatchProbe?
    do {
      probe = try command.body.probe(on: record)
    } catch {
      // The decision refuses the same, in the order of its own rules.
      return nil
    }
    guard let probe, !probe.profile.isEmpty else { return nil }
    switch try identity.enter(command.id, probe) {
    case .busy(let generation): return generation
    case .found(let findings):
      decision.matches = findings.all
      for finding in findings.all {
        try load(finding.record, &decision, &looked)
        try loadOwner(of: finding.record, &decision, &looked)
      }
      return nil
    }
  }

  /// Who owns what was found: of a contact, its account's owner; of an account, a user.
  private func loadOwner(
    of record: RecordKey, _ decision: inout DecisionContext, _ looked: inout LookedAt
  ) throws(CommandFailure) {
    guard let owned = decision.records.anyState(record) as? any OwnedAggregate else { return }
    if let contact = owned as? Contact, !contact.accountID.isEmpty {
      try load(.account(contact.accountID), &decision, &looked)
    }
    if let owner = owned.ownership.owner, owner.kind == .user {
      try load(.user(owner.id), &decision, &looked)
    }
  }

  private func load(
    _ key: RecordKey, _ decision: inout DecisionContext, _ looked: inout LookedAt
  ) throws(CommandFailure) {
    guard !decision.records.isLoaded(key) else { return }
    let state = try looked.load(key)?.state
    decision.records.insert(state.flatMap { $0.exists ? $0 : nil }, for: key)
  }

  /// Puts a refused claim on record: a contested case, once for one claimant and one customer.
  func record(
    _ open: OpenDuplicateCase, refusedTo context: CommandContext, _ command: CommandID
  ) async throws(CommandFailure) {
    guard let claimed = open.refs.first, let claimant = open.parties.first,
      try !identity.hasOpenClaim(on: RecordKey(claimed), by: claimant)
    else { return }
    var automatic = CommandContext(
      actor: Self.systemActor, actorKind: .system, channel: .automation,
      idempotencyKey: "collision-\(command.uuidText)")
    automatic.transactionID = context.transactionID ?? command.uuidText
    _ = try await execute(.duplicateCase(.openDuplicateCase(open)), automatic)
  }

  /// Who acts when a policy does.
  private static let systemActor = ActorID(system: "identity")
}

/// Looking without a command.
extension CommandExecutor {
  /// What resembles a record that nobody has made yet.
  package func findings(of probe: MatchProbe) throws(CommandFailure) -> MatchFindings {
    try identity.findings(of: probe)
  }

  /// Compares every record of `type` with those that resemble it, and opens a case for each pair
  /// above the threshold that nobody raised before.
  ///
  /// - Returns: the identifiers of the cases that were opened.
  /// - Complexity: O(records · candidates).
  package func sweepDuplicates(
    _ type: ObjectType.Code
  ) async throws(CommandFailure) -> [String] {
    var opened: [String] = []
    for probe in try identity.profiles(of: type) {
      for finding in try identity.findings(of: probe).all
      where finding.score > MatchModel.current.suspectAbove && !finding.isKnown {
        let open = try sweepCase(probe.record, finding)
        var context = CommandContext(
          actor: Self.systemActor, actorKind: .system, channel: .automation,
          idempotencyKey: "sweep-\(identifiers.eventID(at: clock()))")
        context.batchID = "duplicate-sweep"
        let result = try await execute(.duplicateCase(.openDuplicateCase(open)), context)
        opened.append(result.targetID)
      }
    }
    return opened
  }

  private func sweepCase(
    _ record: RecordKey, _ finding: MatchFinding
  ) throws(CommandFailure) -> OpenDuplicateCase {
    var owners: [OwnerRef] = []
    for key in [record, finding.record] {
      let owned = try reader.load(key)?.state as? any OwnedAggregate
      if let owner = owned?.ownership.owner, !owners.contains(owner) { owners.append(owner) }
    }
    let parties = owners.count > 1 && owners.allSatisfy { $0.kind == .user } ? owners : []
    return .with {
      $0.refs = [record.reference, finding.record.reference]
      $0.score = "\(finding.score)"
      $0.keys = finding.kinds.map(\.code)
      $0.modelVersion = MatchModel.current.version
      $0.trigger = .batch
      $0.parties = parties
    }
  }
}

/// What a look at the directory found.
package struct MatchFindings: Sendable {
  /// The most alike first.
  package let all: [MatchFinding]
  /// More records share the name or a key than one look reads, so that others may be as much alike.
  package let isCut: Bool
}
