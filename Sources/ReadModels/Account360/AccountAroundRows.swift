internal import EventModel
internal import Schema

/// A contact of an account: `account_contact`.
struct AccountContactRow: VersionedRow {
  static let shape = TableShape("account_contact", indexes: [["account_id"]])
  var contactID = ""
  var accountID = ""
  var role = ""
  /// 0 to 5.
  var influence: Int64 = 0
  var reportsTo = ""
  var status = ""
  var sealed = SealedReference()
  var start = VersionStart()

  var key: String { contactID }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("contact_id", &contactID)
    coder.code("account_id", &accountID)
    coder.code("role", &role)
    coder.code("influence", &influence)
    coder.code("reports_to", &reportsTo)
    coder.code("status", &status)
    coder.code(&sealed)
    coder.code(&start)
  }
}

/// An opportunity of an account: `account_opportunity`.
struct AccountOpportunityRow: VersionedRow {
  static let shape = TableShape("account_opportunity", indexes: [["account_id"]])
  var opportunityID = ""
  var accountID = ""
  var name = ""
  var stageID = ""
  var status = ""
  var amount = MoneyColumns()
  var expectedCloseDate = ""
  var owner = OwnerColumns()
  var start = VersionStart()

  var key: String { opportunityID }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("opportunity_id", &opportunityID)
    coder.code("account_id", &accountID)
    coder.code("name", &name)
    coder.code("stage_id", &stageID)
    coder.code("status", &status)
    coder.code(&amount)
    coder.code("expected_close_date", &expectedCloseDate)
    coder.code(&owner)
    coder.code(&start)
  }
}

/// A ticket of an account: `account_ticket`.
struct AccountTicketRow: VersionedRow {
  static let shape = TableShape("account_ticket", indexes: [["account_id"]])
  var ticketID = ""
  var accountID = ""
  var ticketNo = ""
  var status = ""
  var priority = ""
  var categoryCode = ""
  var owner = OwnerColumns()
  var start = VersionStart()

  var key: String { ticketID }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("ticket_id", &ticketID)
    coder.code("account_id", &accountID)
    coder.code("ticket_no", &ticketNo)
    coder.code("status", &status)
    coder.code("priority", &priority)
    coder.code("category_code", &categoryCode)
    coder.code(&owner)
    coder.code(&start)
  }
}

/// A tag on an account, contact, lead or opportunity: `record_tag`.
struct RecordTagRow: VersionedRow {
  static let shape = TableShape("record_tag", keyColumnCount: 2, indexes: [["tag_id"]])
  /// The record's stream.
  var record = ""
  var tagID = ""
  var start = VersionStart()

  var key: TextPair { TextPair(record, tagID) }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("record", &record)
    coder.code("tag_id", &tagID)
    coder.code(&start)
  }
}

/// A need of an account, or a commitment to it: `account_promise`.
struct AccountPromiseRow: VersionedRow {
  static let shape = TableShape("account_promise", keyColumnCount: 2)
  var accountID = ""
  var promiseID = ""
  /// `need` or `commitment`.
  var kind = ""
  /// `open`; `closed` for a need, `fulfilled` or `broken` for a commitment.
  var status = ""
  var dueAt: Timestamp?
  var promisedBy = ""
  var sealed = SealedReference()
  var start = VersionStart()

  var key: TextPair { TextPair(accountID, promiseID) }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("account_id", &accountID)
    coder.code("promise_id", &promiseID)
    coder.code("kind", &kind)
    coder.code("status", &status)
    coder.code("due_us", &dueAt)
    coder.code("promised_by", &promisedBy)
    coder.code(&sealed)
    coder.code(&start)
  }
}

/// A consent in force: `contact_consent`.
struct ContactConsentRow: VersionedRow {
  static let shape = TableShape("contact_consent", keyColumnCount: 3)
  var contactID = ""
  var purpose = ""
  var channel = ""
  var basis = ""
  var validUntil: Timestamp?
  var start = VersionStart()

  struct Key: RowKey {
    let contactID: String
    let purpose: String
    let channel: String

    func code<Coder: RowCoder>(_ coder: inout Coder) {
      contactID.code(&coder)
      purpose.code(&coder)
      channel.code(&coder)
    }

    static func < (a: Self, b: Self) -> Bool {
      (a.contactID, a.purpose, a.channel) < (b.contactID, b.purpose, b.channel)
    }
  }

  var key: Key { Key(contactID: contactID, purpose: purpose, channel: channel) }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("contact_id", &contactID)
    coder.code("purpose", &purpose)
    coder.code("channel", &channel)
    coder.code("basis", &basis)
    coder.code("valid_until_us", &validUntil)
    coder.code(&start)
  }
}

/// An activity with an account, its contacts, opportunities or tickets: `account_activity`.
struct AccountActivityRow: CodedRow {
  static let shape = TableShape("account_activity", indexes: [["account_id", "position"]])
  var accountID = ""
  var position = Position(0)
  var recordedAt = Timestamp(microseconds: 0)
  var occurredAt = Timestamp(microseconds: 0)
  var activityID = ""
  var kind = ""
  var direction = ""
  var outcome = ""
  var performedBy = ""
  var nextStepOwner = ""
  var nextStepDueAt: Timestamp?
  var isCrossOwner = false
  var sealed = SealedReference()

  init() {}

  init(_ account: String, _ logged: ActivityLogged, _ event: ProjectedEvent) {
    accountID = account
    position = event.position
    recordedAt = event.recordedAt
    occurredAt = event.occurredAt
    activityID = event.recordID
    kind = Codes.activityKind[logged.kind]
    direction = Codes.activityDirection[logged.direction]
    outcome = logged.outcome
    performedBy = logged.performedBy.isEmpty ? event.actor : logged.performedBy
    if logged.hasNextStep {
      nextStepOwner = logged.nextStep.ownerID
      nextStepDueAt = logged.nextStep.hasDueAt ? Timestamp(logged.nextStep.dueAt) : nil
    }
    isCrossOwner = logged.crossOwner
    sealed = SealedReference(event)
  }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("account_id", &accountID)
    coder.code("position", &position)
    coder.code("recorded_us", &recordedAt)
    coder.code("occurred_us", &occurredAt)
    coder.code("activity_id", &activityID)
    coder.code("kind", &kind)
    coder.code("direction", &direction)
    coder.code("outcome", &outcome)
    coder.code("performed_by", &performedBy)
    coder.code("next_step_owner", &nextStepOwner)
    coder.code("next_step_due_us", &nextStepDueAt)
    coder.code("is_cross_owner", &isCrossOwner)
    coder.code(&sealed)
  }
}
