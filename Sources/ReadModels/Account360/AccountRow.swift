internal import EventModel
internal import Schema

/// An account: `account`.
struct AccountRow: VersionedRow {
  static let shape = TableShape("account", indexes: [["owner_id"], ["name"]])
  var accountID = ""
  /// `organization` or `individual`.
  var accountType = ""
  /// An organisation's; an individual's stands sealed.
  var name = ""
  var legalName = ""
  var creditCode = ""
  var industryCode = ""
  var sizeBand = ""
  var website = ""
  var domain = ""
  var grade = ""
  var tier = ""
  var lifecycleStage = ""
  /// `active`, `archived` or `merged`.
  var status = ""
  var owner = OwnerColumns()
  /// The position of the event that made the owner the owner.
  var ownedSince: Position?
  var protectedUntil: Timestamp?
  var protectionBasis = ""
  /// The dispute that freezes it.
  var frozenBy = ""
  var parentAccountID = ""
  var primaryContactID = ""
  var partnerID = ""
  var sourceChannel = ""
  var sourceLeadID = ""
  var mergedInto = ""
  var createdPosition = Position(0)
  var createdAt = Timestamp(microseconds: 0)
  /// The last event with personal fields.
  var sealed = SealedReference()
  var start = VersionStart()

  var key: String { accountID }

  init() {}

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

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
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
