internal import EventModel
internal import Schema

/// An interval of ownership: `ownership`.
struct OwnershipRow: VersionedRow {
  static let shape = TableShape("ownership", keyColumnCount: 2, indexes: [["owner_id"]])
  /// The stream's aggregate: `account`, `lead`, …
  var recordType = ""
  var recordID = ""
  var owner = OwnerColumns()
  /// `assigned`, `transferred`, `released` or `claimed`.
  var act = ""
  /// The method of an assignment, the cause of a transfer or release, `claim`.
  var method = ""
  var reasonCode = ""
  var onBehalfOf = ""
  var ruleID = ""
  var ruleVersion: Int64 = 0
  var transferID = ""
  /// The business transaction: the same for a transfer and its cascade.
  var transactionID = ""
  /// The stream whose transfer took this record along.
  var cascadedFrom = ""
  var start = VersionStart()

  var key: TextPair { TextPair(recordType, recordID) }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("record_type", &recordType)
    coder.code("record_id", &recordID)
    coder.code(&owner)
    coder.code("act", &act)
    coder.code("method", &method)
    coder.code("reason_code", &reasonCode)
    coder.code("on_behalf_of", &onBehalfOf)
    coder.code("rule_id", &ruleID)
    coder.code("rule_version", &ruleVersion)
    coder.code("transfer_id", &transferID)
    coder.code("transaction_id", &transactionID)
    coder.code("cascaded_from", &cascadedFrom)
    coder.code(&start)
  }
}

/// A protection in force: `protection`.
struct ProtectionRow: VersionedRow {
  static let shape = TableShape("protection", indexes: [["record_type", "record_id"]])
  var protectionID = ""
  var recordType = ""
  var recordID = ""
  var holder = OwnerColumns()
  var until = Timestamp(microseconds: 0)
  var basis = ""
  var basisReference = ""
  var start = VersionStart()

  var key: String { protectionID }

  init() {}

  init(_ granted: ProtectionGranted, _ event: ProjectedEvent) {
    protectionID = granted.protectionID
    recordType = event.category
    recordID = event.recordID
    holder = OwnerColumns(granted.holder)
    until = Timestamp(granted.until)
    basis = Codes.protectionBasis[granted.basis]
    basisReference = granted.basisRef
  }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("protection_id", &protectionID)
    coder.code("record_type", &recordType)
    coder.code("record_id", &recordID)
    coder.code(&holder)
    coder.code("until_us", &until)
    coder.code("basis", &basis)
    coder.code("basis_ref", &basisReference)
    coder.code(&start)
  }
}

/// Somebody who works with the owner: `collaborator`.
struct CollaboratorRow: VersionedRow {
  static let shape = TableShape("collaborator", keyColumnCount: 2, indexes: [["user_id"]])
  /// The record's stream.
  var record = ""
  var userID = ""
  /// `read` or `edit`.
  var access = ""
  var role = ""
  var until: Timestamp?
  var start = VersionStart()

  var key: TextPair { TextPair(record, userID) }

  static func key(_ event: ProjectedEvent, _ user: String) -> TextPair {
    TextPair("\(event.category)-\(event.recordID)", user)
  }

  init() {}

  init(_ added: CollaboratorAdded, _ event: ProjectedEvent) {
    record = "\(event.category)-\(event.recordID)"
    userID = added.userID
    access = Codes.collaboratorAccess[added.access]
    role = added.role
    until = added.hasUntil ? Timestamp(added.until) : nil
  }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("record", &record)
    coder.code("user_id", &userID)
    coder.code("access", &access)
    coder.code("role", &role)
    coder.code("until_us", &until)
    coder.code(&start)
  }
}

/// What stands on a record besides its owner: `ownership_flag`.
struct OwnershipFlagRow: VersionedRow {
  static let shape = TableShape("ownership_flag", keyColumnCount: 2)
  /// The record's stream.
  var record = ""
  /// `locked`, `frozen`, `recycleWarned` or `transferRequested`.
  var flag = ""
  /// The reason, dispute, pool or transfer.
  var reference = ""
  var start = VersionStart()

  var key: TextPair { TextPair(record, flag) }

  static func key(_ event: ProjectedEvent, _ flag: String) -> TextPair {
    TextPair("\(event.category)-\(event.recordID)", flag)
  }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("record", &record)
    coder.code("flag", &flag)
    coder.code("reference", &reference)
    coder.code(&start)
  }
}

/// A record that was merged into another: `merged_record`.
struct MergeRow: VersionedRow {
  static let shape = TableShape("merged_record", keyColumnCount: 2)
  var recordType = ""
  var recordID = ""
  var survivorID = ""
  var start = VersionStart()

  var key: TextPair { TextPair(recordType, recordID) }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("record_type", &recordType)
    coder.code("record_id", &recordID)
    coder.code("survivor_id", &survivorID)
    coder.code(&start)
  }
}
