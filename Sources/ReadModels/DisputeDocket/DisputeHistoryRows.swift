package import EventModel
internal import Schema

/// A sealed evidence pack: `dispute_pack`.
package struct DisputePackRow: CodedRow {
  package static let shape = TableShape("dispute_pack", indexes: [["dispute_id"]])
  package var disputeID = ""
  package var packID = ""
  package var position = Position(0)
  package var sealedAt = Timestamp(microseconds: 0)
  /// The positions [0, `toPosition`) were replayed.
  package var toPosition: Int64 = 0
  package var queryVersion: Int64 = 0
  package var itemCount: Int64 = 0
  package var sha256 = ""
  package var merkleRoot = ""

  package init() {}

  init(_ sealed: DisputeEvidencePackSealed, _ event: ProjectedEvent) {
    disputeID = event.recordID
    packID = sealed.packID
    position = event.position
    sealedAt = event.recordedAt
    toPosition = Int64(clamping: sealed.toPosition)
    queryVersion = Int64(sealed.queryVersion)
    itemCount = Int64(clamping: sealed.itemCount)
    sha256 = Array(sealed.sha256).hex
    merkleRoot = Array(sealed.merkleRoot).hex
  }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("dispute_id", &disputeID)
    coder.code("pack_id", &packID)
    coder.code("position", &position)
    coder.code("sealed_us", &sealedAt)
    coder.code("to_position", &toPosition)
    coder.code("query_version", &queryVersion)
    coder.code("item_count", &itemCount)
    coder.code("sha256", &sha256)
    coder.code("merkle_root", &merkleRoot)
  }
}

/// A ruling: `dispute_ruling`.
package struct DisputeRulingRow: CodedRow {
  package static let shape = TableShape("dispute_ruling", indexes: [["dispute_id"]])
  package var disputeID = ""
  package var position = Position(0)
  package var ruledAt = Timestamp(microseconds: 0)
  package var rulingNo: Int64 = 0
  package var arbitratorID = ""
  package var outcome = ""
  package var ownerAfter = OwnerColumns()
  /// The rules cited, joined by commas.
  package var rules = ""
  package var ruleBookVersion: Int64 = 0
  /// `user=share` in the order of the ruling, joined by commas.
  package var awards = ""
  package var appealUntil: Timestamp?

  package init() {}

  init(_ ruled: DisputeRuled, _ event: ProjectedEvent) {
    disputeID = event.recordID
    position = event.position
    ruledAt = event.recordedAt
    rulingNo = Int64(ruled.rulingNo)
    arbitratorID = event.actor
    outcome = Codes.disputeOutcome[ruled.outcome]
    if ruled.hasOwnerAfter { ownerAfter = OwnerColumns(ruled.ownerAfter) }
    rules = ruled.rulesCited.joined(separator: ",")
    ruleBookVersion = Int64(ruled.ruleBookVersion)
    awards = ruled.awards.map { "\($0.userID)=\($0.pct)" }.joined(separator: ",")
    appealUntil = ruled.hasAppealUntil ? Timestamp(ruled.appealUntil) : nil
  }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("dispute_id", &disputeID)
    coder.code("position", &position)
    coder.code("ruled_us", &ruledAt)
    coder.code("ruling_no", &rulingNo)
    coder.code("arbitrator_id", &arbitratorID)
    coder.code("outcome", &outcome)
    coder.code(&ownerAfter)
    coder.code("rules", &rules)
    coder.code("rule_book_version", &ruleBookVersion)
    coder.code("awards", &awards)
    coder.code("appeal_until_us", &appealUntil)
  }
}
