internal import EventModel
internal import Matching
internal import Schema
internal import SwiftProtobuf

/// What a decision makes of the records that resemble the one in hand.
struct MatchOutcome {
  /// For the record's own event; `nil` when nothing resembles it.
  var check: MatchCheck?
  /// The case that is opened, if one is.
  var events: [DecidedEvent] = []
  /// Not empty when the record stands under reserve until the case is settled (ACC-5).
  var provisionalCaseID = ""
}

/// ACC-2 to ACC-5: when a resemblance is refused, when it must be confirmed, when it is noted.
struct MatchRule {
  let record: RecordKey
  /// Who is to own the record; `nil` for nobody.
  let owner: OwnerRef?
  let isConfirmed: Bool
  let trigger: DuplicateTrigger.Code
  private(set) var context: DecisionContext
  /// The registration under which the record is made; empty for none.
  var registrationID = ""

  /// The same rule, asked of these findings alone.
  func about(_ findings: [MatchFinding]) -> MatchRule {
    var rule = self
    rule.context.matches = findings
    return rule
  }

  /// Findings of an import are noted, for a file can't answer questions.
  private var onlyNotes: Bool {
    context.isSystem || context.channel == .import || context.channel == .migration
  }

  private var suspects: [MatchFinding] { findings.filter { $0.isSuspect && !$0.isKnown } }

  /// A registration stands in the way while it is in force for somebody else, and never otherwise.
  private var findings: [MatchFinding] {
    context.matches.filter { finding in
      finding.record.type != .registration
        || Registration.isForeign(
          finding, to: claimant, besides: registrationID, in: context)
    }
  }

  /// Refuses, asks for confirmation, or lets the record be made with a case beside it.
  func check() throws(Refusal) -> MatchOutcome {
    guard !suspects.isEmpty else { return MatchOutcome(check: matchCheck) }
    let foreign = suspects.filter(isForeign)
    guard !onlyNotes else { return noted(foreign) }
    try refuseCertain(foreign)
    if let collision = foreign.first(where: { $0.isStrong }) { throw self.collision(collision) }
    let pooled = suspects.first { $0.isStrong && ownerOf($0)?.kind == .pool }
    if let pooled {
      throw Refusal(
        .duplicate,
        "\(sentence(pooled)) It stands in the pool \(ownerOf(pooled)?.id ?? ""); claim it there.")
    }
    guard isConfirmed else { throw unconfirmed(suspects[0]) }
    try context.requireReason(for: "confirmNotDuplicate")
    var outcome = noted(foreign)
    outcome.events.append(
      DecidedEvent(
        .duplicateCase(caseID),
        .duplicateCase(
          .duplicateOverrideConfirmed(.with { $0.candidates = suspects.map(\.candidate) }))))
    if !foreign.isEmpty { outcome.provisionalCaseID = caseID }
    return outcome
  }

  /// Opens a case and refuses nothing: what comes from outside must not get lost.
  func note() -> MatchOutcome {
    guard !suspects.isEmpty else { return MatchOutcome(check: matchCheck) }
    return noted(suspects.filter(isForeign))
  }

  /// `nil` when nothing was found.
  var matchCheck: MatchCheck? {
    guard !findings.isEmpty else { return nil }
    return .with {
      $0.modelVersion = MatchModel.current.version
      $0.candidates = findings.map(\.candidate)
    }
  }

  private func noted(_ foreign: [MatchFinding]) -> MatchOutcome {
    let finding = CaseFinding(
      caseID: caseID, records: [record] + suspects.prefix(20).map(\.record),
      score: "\(suspects[0].score)", keys: suspects[0].kinds.map(\.code),
      modelVersion: MatchModel.current.version, trigger: trigger)
    return MatchOutcome(check: matchCheck, events: [finding.event(parties: parties(foreign))])
  }

  private func parties(_ foreign: [MatchFinding]) -> [OwnerRef] {
    guard !foreign.isEmpty, let claimant else { return [] }
    var parties = [claimant]
    for owner in foreign.compactMap(ownerOf) where !parties.contains(owner) {
      parties.append(owner)
    }
    return parties
  }

  /// Who claims the customer: who is to own the record, else the user who acts.
  private var claimant: OwnerRef? {
    if let owner { return owner }
    return context.actorKind == .user ? .user(context.effectiveActorID) : nil
  }

  /// One case for one record made; later ones are told apart by their time.
  private var caseID: String {
    let own = record.id.drop { $0 != "_" }.dropFirst()
    guard trigger != .create else { return "dup_\(own)" }
    return "dup_\(own)-\(String(context.now.microseconds, radix: 32))"
  }

  private func ownerOf(_ finding: MatchFinding) -> OwnerRef? {
    if let registration = context.records.anyState(finding.record) as? Registration {
      return registration.claimant
    }
    guard let owned = context.records.anyState(finding.record) as? any OwnedAggregate else {
      return nil
    }
    if let contact = owned as? Contact, !contact.accountID.isEmpty {
      return context.records.state(Account.self, contact.accountID)?.ownership.owner
    }
    return owned.ownership.owner
  }

  private func isForeign(_ finding: MatchFinding) -> Bool {
    guard let theirs = ownerOf(finding) else { return false }
    if theirs.kind == .pool { return isLocked(finding) }
    return theirs != claimant
  }

  private func isLocked(_ finding: MatchFinding) -> Bool {
    guard let owned = context.records.anyState(finding.record) as? any OwnedAggregate else {
      return false
    }
    return owned.ownership.lockReasonCode != nil
      || owned.ownership.protections.contains { $0.until > context.now && $0.holder != claimant }
  }

  /// ACC-2: what is certainly the same customer can't be made again, confirmed or not.
  private func refuseCertain(_ foreign: [MatchFinding]) throws(Refusal) {
    guard let finding = suspects.first(where: { $0.strength == .certain }) else { return }
    guard foreign.contains(finding) else {
      throw Refusal(
        .duplicate, "\(sentence(finding)) Use that \(finding.record.typeName), or correct the key.")
    }
    throw collision(finding)
  }

  /// ACC-4: refused, and the claim is on record as a contested case.
  private func collision(_ finding: MatchFinding) -> Refusal {
    let open = OpenDuplicateCase.with {
      $0.refs = [finding.record.reference]
      $0.score = "\(finding.score)"
      $0.keys = finding.kinds.map(\.code)
      $0.modelVersion = MatchModel.current.version
      $0.trigger = trigger
      $0.parties = parties([finding])
      $0.refusedType = record.type
    }
    return Refusal(
      .collision,
      "\(sentence(finding)) It is somebody else's; the claim was noted as a contested case: "
        + "settle it with the owner, or open a dispute.", opens: open)
  }

  private func unconfirmed(_ finding: MatchFinding) -> Refusal {
    Refusal(
      .duplicate,
      "\(sentence(finding)) Use that one, or confirm with a reason that it is another customer "
        + "(confirmNotDuplicate).", field: "confirmNotDuplicate")
  }

  private func sentence(_ finding: MatchFinding) -> String {
    let keys = finding.kinds.map(\.noun).joined(separator: ", ")
    let why = keys.isEmpty ? "" : ", by \(keys)"
    return "The \(record.typeName) resembles the \(finding.record.typeName) \(finding.record.id) "
      + "with a score of \(finding.score)\(why)."
  }
}
