package import EventModel
internal import Schema

/// A contact of an account: `account_contact`.
package struct AccountContactRow: VersionedRow {
  package static let shape = TableShape("account_contact", indexes: [["account_id"]])
  package var contactID = ""
  package var accountID = ""
  package var role = ""
  /// 0 to 5.
  package var influence: Int64 = 0
  package var reportsTo = ""
  package var status = ""
  package var sealed = SealedReference()
  package var start = VersionStart()

  package init() {}

  package var key: String { contactID }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
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
package struct AccountOpportunityRow: VersionedRow {
  package static let shape = TableShape("account_opportunity", indexes: [["account_id"]])
  package var opportunityID = ""
  package var accountID = ""
  package var name = ""
  package var stageID = ""
  package var status = ""
  package var amount = MoneyColumns()
  package var expectedCloseDate = ""
  package var owner = OwnerColumns()
  package var start = VersionStart()

  package init() {}

  package var key: String { opportunityID }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
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
package struct AccountTicketRow: VersionedRow {
  package static let shape = TableShape("account_ticket", indexes: [["account_id"]])
  package var ticketID = ""
  package var accountID = ""
  package var ticketNo = ""
  package var status = ""
  package var priority = ""
  package var categoryCode = ""
  package var owner = OwnerColumns()
  package var start = VersionStart()

  package init() {}

  package var key: String { ticketID }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
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
package struct RecordTagRow: VersionedRow {
  package static let shape = TableShape("record_tag", keyColumnCount: 2, indexes: [["tag_id"]])
  /// The record's stream.
  package var record = ""
  package var tagID = ""
  package var start = VersionStart()

  package init() {}

  package var key: TextPair { TextPair(record, tagID) }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("record", &record)
    coder.code("tag_id", &tagID)
    coder.code(&start)
  }
}

/// A need of an account, or a commitment to it: `account_promise`.
package struct AccountPromiseRow: VersionedRow {
  package static let shape = TableShape("account_promise", keyColumnCount: 2)
  package var accountID = ""
  package var promiseID = ""
  /// `need` or `commitment`.
  package var kind = ""
  /// `open`; `closed` for a need, `fulfilled` or `broken` for a commitment.
  package var status = ""
  package var dueAt: Timestamp?
  package var promisedBy = ""
  package var sealed = SealedReference()
  package var start = VersionStart()

  package init() {}

  package var key: TextPair { TextPair(accountID, promiseID) }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
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
package struct ContactConsentRow: VersionedRow {
  package static let shape = TableShape("contact_consent", keyColumnCount: 3)
  package var contactID = ""
  package var purpose = ""
  package var channel = ""
  package var basis = ""
  package var validUntil: Timestamp?
  package var start = VersionStart()

  package struct Key: RowKey {
    package let contactID: String
    package let purpose: String
    package let channel: String

    package func isSame(as other: Key) -> Bool {
      contactID.isSame(as: other.contactID) && purpose.isSame(as: other.purpose)
        && channel.isSame(as: other.channel)
    }

    package func code<Coder: RowCoder>(_ coder: inout Coder) {
      contactID.code(&coder)
      purpose.code(&coder)
      channel.code(&coder)
    }

    package static func < (a: Self, b: Self) -> Bool {
      (a.contactID, a.purpose, a.channel) < (b.contactID, b.purpose, b.channel)
    }
  }

  package init() {}

  package var key: Key { Key(contactID: contactID, purpose: purpose, channel: channel) }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("contact_id", &contactID)
    coder.code("purpose", &purpose)
    coder.code("channel", &channel)
    coder.code("basis", &basis)
    coder.code("valid_until_us", &validUntil)
    coder.code(&start)
  }
}

/// An activity with an account, its contacts, opportunities or tickets: `account_activity`.
package struct AccountActivityRow: CodedRow {
  package static let shape = TableShape("account_activity", indexes: [["account_id", "position"]])
  package var accountID = ""
  package var position = Position(0)
  package var recordedAt = Timestamp(microseconds: 0)
  package var occurredAt = Timestamp(microseconds: 0)
  package var activityID = ""
  package var kind = ""
  package var direction = ""
  package var outcome = ""
  package var performedBy = ""
  package var nextStepOwner = ""
  package var nextStepDueAt: Timestamp?
  package var isCrossOwner = false
  package var sealed = SealedReference()

  package init() {}

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

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
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
