package import EventModel
internal import Schema

/// A dispute as it stands: `dispute`.
package struct DisputeRow: TableRow {
  package static let shape = TableShape(
    "dispute",
    indexes: [["status"], ["subject_type", "subject_id"], ["claimant_id"], ["respondent_id"]])
  package var disputeID = ""
  package var subjectType = ""
  package var subjectID = ""
  package var kind = ""
  /// `open`, `responding`, `underReview`, `applied`, `closed` or `withdrawn`.
  package var status = ""
  package var claimantID = ""
  package var respondentID = ""
  package var arbitratorID = ""
  package var contestedPosition: Int64?
  package var openedPosition = Position(0)
  package var openedAt = Timestamp(microseconds: 0)
  package var responseDueAt = Timestamp(microseconds: 0)
  package var respondedAt: Timestamp?
  /// Empty before the first ruling.
  package var outcome = ""
  package var ruledAt: Timestamp?
  /// Who ruled last; empty before the first ruling.
  package var ruledBy = ""
  package var appealUntil: Timestamp?
  package var appellantID = ""
  package var evidenceCount: Int64 = 0
  package var endedAt: Timestamp?

  package var key: String { disputeID }

  package init() {}

  init(_ opened: DisputeOpened, _ event: ProjectedEvent) {
    disputeID = event.recordID
    subjectType = Codes.objectType[opened.subject.objectType]
    subjectID = opened.subject.id
    kind = Codes.disputeKind[opened.kind]
    status = "open"
    claimantID = opened.claimantID
    respondentID = opened.respondentID
    contestedPosition =
      opened.hasContestedPosition ? Int64(clamping: opened.contestedPosition) : nil
    openedPosition = event.position
    openedAt = event.recordedAt
    responseDueAt = Timestamp(opened.responseDueAt)
  }

  mutating func apply(_ change: DisputeEvent.OneOf_Event, _ event: ProjectedEvent) {
    switch change {
    case .disputeOpened: return
    case .disputeEvidencePackSealed: if status == "open" { status = "responding" }
    case .disputeEvidenceAttached: evidenceCount += 1
    case .disputeResponseFiled:
      respondedAt = respondedAt ?? event.recordedAt
      status = "underReview"
    case .disputeArbitratorAssigned(let assigned): arbitratorID = assigned.arbitratorID
    case .disputeRuled(let ruled):
      outcome = Codes.disputeOutcome[ruled.outcome]
      (ruledAt, ruledBy) = (event.recordedAt, event.actor)
      appealUntil = ruled.hasAppealUntil ? Timestamp(ruled.appealUntil) : nil
    case .disputeRulingApplied: status = "applied"
    case .disputeAppealed(let appealed):
      (appellantID, arbitratorID, status) = (appealed.by, "", "underReview")
    case .disputeWithdrawn(let withdrawn):
      guard withdrawn.isAppeal else {
        (status, endedAt) = ("withdrawn", event.recordedAt)
        return
      }
      (status, appellantID, arbitratorID) = ("applied", "", ruledBy)
    case .disputeClosed: (status, endedAt) = ("closed", event.recordedAt)
    // Until when an answer is due stands in the row; that the time passed changes no status.
    case .disputeResponseOverdue: return
    }
  }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("dispute_id", &disputeID)
    coder.code("subject_type", &subjectType)
    coder.code("subject_id", &subjectID)
    coder.code("kind", &kind)
    coder.code("status", &status)
    coder.code("claimant_id", &claimantID)
    coder.code("respondent_id", &respondentID)
    coder.code("arbitrator_id", &arbitratorID)
    coder.code("contested_position", &contestedPosition)
    coder.code("opened_position", &openedPosition)
    coder.code("opened_us", &openedAt)
    coder.code("response_due_us", &responseDueAt)
    coder.code("responded_us", &respondedAt)
    coder.code("outcome", &outcome)
    coder.code("ruled_us", &ruledAt)
    coder.code("ruled_by", &ruledBy)
    coder.code("appeal_until_us", &appealUntil)
    coder.code("appellant_id", &appellantID)
    coder.code("evidence_count", &evidenceCount)
    coder.code("ended_us", &endedAt)
  }
}
