package import EventModel
internal import Schema

/// A customer, a contact or a lead as far as its quality goes: `quality_record`.
package struct QualityRecordRow: TableRow {
  package static let shape = TableShape(
    "quality_record", indexes: [["owner_id", "record_type"], ["account_id"]])
  /// `<record type>:<record id>`.
  package var recordKey = ""
  package var recordType = ""
  package var recordID = ""
  /// `user` or `pool`; empty for nobody, and for a contact that follows its account.
  package var ownerKind = ""
  package var ownerID = ""
  /// Of a contact; empty for none.
  package var accountID = ""
  /// Not archived, ended or merged.
  package var isActive = true
  package var requiredCount: Int64 = 0
  package var filledCount: Int64 = 0
  /// Names of required fields that are empty, in their order, with commas.
  package var missing = ""
  package var createdAt = Timestamp(microseconds: 0)
  /// When its details changed or were verified last.
  package var changedAt = Timestamp(microseconds: 0)
  package var verifiedAt: Timestamp?
  /// Of an account; empty for none.
  package var primaryContactID = ""
  /// When the last activity about it happened.
  package var lastActivityAt: Timestamp?
  /// Open cases of one owner's duplicates, and those that different people claim.
  package var duplicateCases: Int64 = 0
  package var contestedCases: Int64 = 0

  package var key: String { recordKey }

  package init() {}

  init(_ event: ProjectedEvent, required: [(String, Bool)]) {
    recordKey = "\(event.category):\(event.recordID)"
    (recordType, recordID) = (event.category, event.recordID)
    (createdAt, changedAt) = (event.recordedAt, event.recordedAt)
    requiredCount = Int64(required.count)
    filledCount = Int64(required.count { $0.1 })
    missing = required.filter { !$0.1 }.map(\.0).joined(separator: ",")
  }

  /// Takes note that a field is filled or empty from here on; `required` are all in their order.
  mutating func set(_ field: String, isFilled: Bool, required: [String]) {
    guard required.contains(field) else { return }
    var empty = Set(missing.split(separator: ",").map(String.init))
    if isFilled { empty.remove(field) } else { empty.insert(field) }
    missing = required.filter { empty.contains($0) }.joined(separator: ",")
    filledCount = Int64(required.count - empty.count)
  }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("record_key", &recordKey)
    coder.code("record_type", &recordType)
    coder.code("record_id", &recordID)
    coder.code("owner_kind", &ownerKind)
    coder.code("owner_id", &ownerID)
    coder.code("account_id", &accountID)
    coder.code("is_active", &isActive)
    coder.code("required_count", &requiredCount)
    coder.code("filled_count", &filledCount)
    coder.code("missing", &missing)
    coder.code("created_us", &createdAt)
    coder.code("changed_us", &changedAt)
    coder.code("verified_us", &verifiedAt)
    coder.code("primary_contact_id", &primaryContactID)
    coder.code("last_activity_us", &lastActivityAt)
    coder.code("duplicate_cases", &duplicateCases)
    coder.code("contested_cases", &contestedCases)
  }
}

/// A case of duplicates and what it is about: `quality_case`.
package struct QualityCaseRow: TableRow {
  package static let shape = TableShape("quality_case")
  package var caseID = ""
  package var isContested = false
  package var isOpen = true
  /// `<record type>:<record id>` each, with commas.
  package var records = ""

  package var key: String { caseID }

  package init() {}

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("case_id", &caseID)
    coder.code("is_contested", &isContested)
    coder.code("is_open", &isOpen)
    coder.code("records", &records)
  }
}

/// What somebody wrote down on a day: `quality_logging`.
package struct QualityLoggingRow: TableRow {
  package static let shape = TableShape("quality_logging")
  /// `<user>:<day>`.
  package var loggingKey = ""
  package var userID = ""
  /// Days since 1970 in UTC.
  package var day: Int64 = 0
  package var activities: Int64 = 0
  /// Written down within a quarter of an hour.
  package var timely: Int64 = 0
  package var withNextStep: Int64 = 0

  package var key: String { loggingKey }

  package init() {}

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("logging_key", &loggingKey)
    coder.code("user_id", &userID)
    coder.code("day", &day)
    coder.code("activities", &activities)
    coder.code("timely", &timely)
    coder.code("with_next_step", &withNextStep)
  }
}
