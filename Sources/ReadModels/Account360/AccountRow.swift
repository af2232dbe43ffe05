package import EventModel
internal import Schema

/// An account: `account`.
package struct AccountRow: VersionedRow {
  package static let shape = TableShape("account", indexes: [["owner_id"], ["name"]])
  package var accountID = ""
  /// `organization` or `individual`.
  package var accountType = ""
  /// An organisation's; an individual's stands sealed.
  package var name = ""
  package var legalName = ""
  package var creditCode = ""
  package var industryCode = ""
  package var sizeBand = ""
  package var website = ""
  package var domain = ""
  package var grade = ""
  package var tier = ""
  package var lifecycleStage = ""
  /// `active`, `archived` or `merged`.
  package var status = ""
  package var owner = OwnerColumns()
  /// The position of the event that made the owner the owner.
  package var ownedSince: Position?
  package var protectedUntil: Timestamp?
  package var protectionBasis = ""
  /// The dispute that freezes it.
  package var frozenBy = ""
  package var parentAccountID = ""
  package var primaryContactID = ""
  package var partnerID = ""
  package var sourceChannel = ""
  package var sourceLeadID = ""
  package var mergedInto = ""
  package var createdPosition = Position(0)
  package var createdAt = Timestamp(microseconds: 0)
  /// The last event with personal fields.
  package var sealed = SealedReference()
  package var start = VersionStart()

  package var key: String { accountID }

  package init() {}

  init(_ created: AccountCreated, _ event: ProjectedEvent) {
    accountID = event.recordID
    accountType = Codes.accountType[created.accountType]
    name = created.name
    legalName = created.legalName
    creditCode = created.unifiedSocialCreditCode
    industryCode = created.industryCode
    sizeBand = created.sizeBand
    website = created.website
    domain = created.domain
    status = "active"
    parentAccountID = created.parentAccountID
    partnerID = created.partnerID
    sourceChannel = Codes.sourceChannel[created.source.channel]
    sourceLeadID = created.sourceLeadID
    createdPosition = event.position
    createdAt = event.occurredAt
    sealed = SealedReference(event)
  }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("account_id", &accountID)
    coder.code("account_type", &accountType)
    coder.code("name", &name)
    coder.code("legal_name", &legalName)
    coder.code("unified_social_credit_code", &creditCode)
    coder.code("industry_code", &industryCode)
    coder.code("size_band", &sizeBand)
    coder.code("website", &website)
    coder.code("domain", &domain)
    coder.code("grade", &grade)
    coder.code("tier", &tier)
    coder.code("lifecycle_stage", &lifecycleStage)
    coder.code("status", &status)
    coder.code(&owner)
    coder.code("owned_since_position", &ownedSince)
    coder.code("protected_until_us", &protectedUntil)
    coder.code("protection_basis", &protectionBasis)
    coder.code("frozen_by", &frozenBy)
    coder.code("parent_account_id", &parentAccountID)
    coder.code("primary_contact_id", &primaryContactID)
    coder.code("partner_id", &partnerID)
    coder.code("source_channel", &sourceChannel)
    coder.code("source_lead_id", &sourceLeadID)
    coder.code("merged_into", &mergedInto)
    coder.code("created_position", &createdPosition)
    coder.code("created_us", &createdAt)
    coder.code(&sealed)
    coder.code(&start)
  }
}
