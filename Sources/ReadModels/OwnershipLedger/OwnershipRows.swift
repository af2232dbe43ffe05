package import EventModel
internal import Schema

/// An interval of ownership: `ownership`.
package struct OwnershipRow: VersionedRow {
  package static let shape = TableShape("ownership", keyColumnCount: 2, indexes: [["owner_id"]])
  /// The stream's aggregate, such as `account`.
  package var recordType = ""
  package var recordID = ""
  package var owner = OwnerColumns()
  /// `assigned`, `transferred`, `released` or `claimed`.
  package var act = ""
  /// The method of an assignment, the cause of a transfer or release, `claim`.
  package var method = ""
  package var reasonCode = ""
  package var onBehalfOf = ""
  package var ruleID = ""
  package var ruleVersion: Int64 = 0
  package var transferID = ""
  /// The business transaction: the same for a transfer and its cascade.
  package var transactionID = ""
  /// The stream whose transfer took this record along.
  package var cascadedFrom = ""
  package var start = VersionStart()

  package init() {}

  package var key: TextPair { TextPair(recordType, recordID) }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
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
package struct ProtectionRow: VersionedRow {
  package static let shape = TableShape("protection", indexes: [["record_type", "record_id"]])
  package var protectionID = ""
  package var recordType = ""
  package var recordID = ""
  package var holder = OwnerColumns()
  package var until = Timestamp(microseconds: 0)
  package var basis = ""
  package var basisReference = ""
  package var start = VersionStart()

  package var key: String { protectionID }

  package init() {}

  init(_ granted: ProtectionGranted, _ event: ProjectedEvent) {
    protectionID = granted.protectionID
    recordType = event.category
    recordID = event.recordID
    holder = OwnerColumns(granted.holder)
    until = Timestamp(granted.until)
    basis = Codes.protectionBasis[granted.basis]
    basisReference = granted.basisRef
  }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
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
package struct CollaboratorRow: VersionedRow {
  package static let shape = TableShape("collaborator", keyColumnCount: 2, indexes: [["user_id"]])
  /// The record's stream.
  package var record = ""
  package var userID = ""
  /// `read` or `edit`.
  package var access = ""
  package var role = ""
  package var until: Timestamp?
  package var start = VersionStart()

  package var key: TextPair { TextPair(record, userID) }

  package static func key(_ event: ProjectedEvent, _ user: String) -> TextPair {
    TextPair("\(event.category)-\(event.recordID)", user)
  }

  package init() {}

  init(_ added: CollaboratorAdded, _ event: ProjectedEvent) {
    record = "\(event.category)-\(event.recordID)"
    userID = added.userID
    access = Codes.collaboratorAccess[added.access]
    role = added.role
    until = added.hasUntil ? Timestamp(added.until) : nil
  }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("record", &record)
    coder.code("user_id", &userID)
    coder.code("access", &access)
    coder.code("role", &role)
    coder.code("until_us", &until)
    coder.code(&start)
  }
}

/// What stands on a record besides its owner: `ownership_flag`.
package struct OwnershipFlagRow: VersionedRow {
  package static let shape = TableShape("ownership_flag", keyColumnCount: 2)
  /// The record's stream.
  package var record = ""
  /// `locked`, `frozen`, `recycleWarned` or `transferRequested`.
  package var flag = ""
  /// The reason, dispute, pool or transfer.
  package var reference = ""
  package var start = VersionStart()

  package init() {}

  package var key: TextPair { TextPair(record, flag) }

  package static func key(_ event: ProjectedEvent, _ flag: String) -> TextPair {
    TextPair("\(event.category)-\(event.recordID)", flag)
  }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("record", &record)
    coder.code("flag", &flag)
    coder.code("reference", &reference)
    coder.code(&start)
  }
}

/// A record that was merged into another: `merged_record`.
package struct MergeRow: VersionedRow {
  package static let shape = TableShape("merged_record", keyColumnCount: 2)
  package var recordType = ""
  package var recordID = ""
  package var survivorID = ""
  package var start = VersionStart()

  package init() {}

  package var key: TextPair { TextPair(recordType, recordID) }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("record_type", &recordType)
    coder.code("record_id", &recordID)
    coder.code("survivor_id", &survivorID)
    coder.code(&start)
  }
}
