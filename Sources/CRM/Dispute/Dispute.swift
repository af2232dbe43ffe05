package import EventModel
package import Schema

/// Two people claim one record: the sum of its stream's events.
///
/// It is open, responding, under review, applied and closed, in this order; a claim that is taken
/// back ends it, and an appeal puts it under review once more.
package struct Dispute: Aggregate {
  /// What was sealed as evidence: the same question to the same positions gives the same bytes.
  package struct Pack: Hashable, Sendable {
    package let id: String
    package let toPosition: UInt64
    package let queryVersion: UInt32
    package let sha256: [UInt8]
    /// How far the access log was read; `nil` where none was.
    package let accessSize: UInt64?
  }

  package struct Evidence: Hashable, Sendable {
    package let id: String
    package let kind: DisputeEvidenceKind.Code
    package let by: String
    package let eventPositions: [UInt64]
  }

  package struct Ruling: Equatable, Sendable {
    package let ruled: DisputeRuled
    package let by: String
    package let at: Timestamp

    /// Until when it may be appealed; `nil` for the last one.
    package var appealUntil: Timestamp? {
      ruled.hasAppealUntil ? Timestamp(ruled.appealUntil) : nil
    }
  }

  package private(set) var opened = DisputeOpened()
  package private(set) var status = DisputeStatus.Code.disputeStatusUnspecified
  package private(set) var packs: [Pack] = []
  package private(set) var evidence: [Evidence] = []
  package private(set) var respondedAt: Timestamp?
  /// Whether the time for an answer passed without one.
  package private(set) var isResponseOverdue = false
  /// Empty for nobody.
  package private(set) var arbitratorID = ""
  package private(set) var rulings: [Ruling] = []
  /// Who appealed; empty for nobody.
  package private(set) var appellantID = ""
  /// Where the appeal stands in the log; `nil` without one.
  package private(set) var appealedPosition: UInt64?
  /// Who appealed and took it back.
  package private(set) var formerAppellantIDs: Set<String> = []
  /// How many packs there were before the appeal.
  private var earlierPackCount = 0
  /// When the present status began.
  package private(set) var since: Timestamp?

  package init() {}

  package static var objectType: ObjectType.Code { .dispute }
  package var exists: Bool { !id.isEmpty }
  package var id: String { opened.disputeID }
  package var key: RecordKey { .dispute(id) }
  /// The contested record.
  package var subject: RecordKey { RecordKey(opened.subject) }
  package var responseDueAt: Timestamp { Timestamp(opened.responseDueAt) }
  package var isAppealed: Bool { !appellantID.isEmpty }
  /// Claimant and respondent.
  package var partyIDs: [String] { [opened.claimantID, opened.respondentID] }

  /// Whether the respondent has not answered yet, and may.
  package var awaitsResponse: Bool {
    (status == .open || status == .responding) && respondedAt == nil && !isResponseOverdue
  }

  /// Whether the contested record is frozen by it.
  package var freezes: Bool {
    switch status {
    case .open, .responding, .underReview: true
    case .applied, .closed, .withdrawn, .disputeStatusUnspecified, .UNRECOGNIZED: false
    }
  }

  /// Whether a pack is missing that must be sealed before a ruling: one, and one more after an
  /// appeal.
  package var needsPack: Bool {
    freezes && (isAppealed ? packs.count == earlierPackCount : packs.isEmpty)
  }

  /// How many of the log's events the next pack covers: those before the claim, or before the
  /// appeal.
  package var nextPackSize: UInt64 {
    packs.isEmpty ? opened.asOfSize : appealedPosition ?? opened.asOfSize
  }

  package mutating func apply(_ fact: Fact) {
    guard case .dispute(let event) = fact.payload else { return }
    let before = status
    apply(event, by: fact)
    if status != before { since = fact.recordedAt }
  }

  private mutating func apply(_ event: DisputeEvent.OneOf_Event, by fact: Fact) {
    switch event {
    case .disputeOpened(let opened): (self.opened, status) = (opened, .open)
    case .disputeEvidencePackSealed(let sealed):
      packs.append(
        Pack(
          id: sealed.packID, toPosition: sealed.toPosition, queryVersion: sealed.queryVersion,
          sha256: Array(sealed.sha256),
          accessSize: sealed.hasAccessSize ? sealed.accessSize : nil))
      if status == .open { status = .responding }
    case .disputeEvidenceAttached(let attached):
      evidence.append(
        Evidence(
          id: attached.evidenceID, kind: attached.kind, by: attached.by,
          eventPositions: attached.eventPositions))
    case .disputeResponseFiled:
      respondedAt = respondedAt ?? fact.recordedAt
      status = .underReview
    case .disputeArbitratorAssigned(let assigned): arbitratorID = assigned.arbitratorID
    case .disputeRuled(let ruled):
      rulings.append(Ruling(ruled: ruled, by: fact.actor.text, at: fact.recordedAt))
    case .disputeRulingApplied: status = .applied
    case .disputeAppealed(let appealed):
      // Another arbitrator rules on an appeal.
      (appellantID, arbitratorID, status) = (appealed.by, "", .underReview)
      (appealedPosition, earlierPackCount) = (fact.position.rawValue, packs.count)
    case .disputeWithdrawn(let withdrawn):
      guard withdrawn.isAppeal else {
        status = .withdrawn
        return
      }
      // The ruling stands as it stood before the appeal.
      formerAppellantIDs.insert(appellantID)
      (appellantID, appealedPosition, status) = ("", nil, .applied)
      arbitratorID = rulings.last?.by ?? ""
    case .disputeClosed: status = .closed
    case .disputeResponseOverdue: isResponseOverdue = true
    }
  }
}
