package import Schema

/// Why a command was refused: the caller's to mend, never a fault of the store.
package struct Refusal: Error, Hashable, Sendable {
  package let code: RefusalCode
  /// One sentence that names the thing, the place and the remedy.
  package let message: String
  /// The command's field at fault, as it is named in JSON; `nil` when it is no field's.
  package let field: String?
  /// The contested case that the refused claim goes on record with; `nil` for none.
  package let opens: OpenDuplicateCase?

  package init(
    _ code: RefusalCode, _ message: String, field: String? = nil, opens: OpenDuplicateCase? = nil
  ) {
    self.code = code
    self.message = message
    self.field = field
    self.opens = opens
  }
}

extension Refusal: CustomStringConvertible {
  /// Code and sentence, such as `STATE.STATUS: The ticket tkt_1 is closed; reopen it first`.
  package var description: String { "\(code.rawValue): \(message)" }
}

/// Stable codes that programs may rely on: added to, never changed.
package enum RefusalCode: String, Hashable, Sendable, CaseIterable {
  case required = "VALIDATION.REQUIRED"
  case format = "VALIDATION.FORMAT"
  case range = "VALIDATION.RANGE"
  case tooLong = "VALIDATION.TOO_LONG"
  /// A code that its list doesn't have, or has no more (S-5).
  case unknownCode = "VALIDATION.UNKNOWN_CODE"
  /// A reference to a record that doesn't exist (S-7).
  case reference = "VALIDATION.REFERENCE"
  /// Fields that contradict each other.
  case inconsistent = "VALIDATION.INCONSISTENT"
  case reasonRequired = "VALIDATION.REASON_REQUIRED"
  case currency = "VALIDATION.CURRENCY"

  case notFound = "STATE.NOT_FOUND"
  case alreadyExists = "STATE.ALREADY_EXISTS"
  /// The record's status doesn't allow it.
  case status = "STATE.STATUS"
  case archived = "STATE.ARCHIVED"
  case merged = "STATE.MERGED"
  /// The command needs a part that isn't built yet (docs/not-yet.md).
  case notAvailable = "STATE.NOT_AVAILABLE"
  case criteria = "STATE.CRITERIA"
  case deliverables = "STATE.DELIVERABLES"
  case tooLate = "STATE.TOO_LATE"
  /// The key of the data subject was destroyed.
  case erased = "STATE.ERASED"
  case hasOpenRecords = "STATE.HAS_OPEN_RECORDS"
  case ownsRecords = "STATE.OWNS_RECORDS"
  case lastAdministrator = "STATE.LAST_ADMINISTRATOR"
  case cycle = "STATE.CYCLE"

  case version = "CONFLICT.VERSION"
  /// The idempotency key was used for another command.
  case idempotency = "CONFLICT.IDEMPOTENCY"
  /// The records changed again and again while the command was decided.
  case contention = "CONFLICT.CONTENTION"
  case duplicate = "CONFLICT.DUPLICATE"
  case collision = "CONFLICT.COLLISION"

  case ownershipNotOwner = "OWNERSHIP.NOT_OWNER"
  case ownershipNotPooled = "OWNERSHIP.NOT_POOLED"
  case ownershipInactive = "OWNERSHIP.INACTIVE_OWNER"
  case ownershipKind = "OWNERSHIP.KIND"
  case ownershipLocked = "OWNERSHIP.LOCKED"
  case ownershipProtected = "OWNERSHIP.PROTECTED"
  case ownershipSame = "OWNERSHIP.SAME_OWNER"
  case ownershipTransfer = "OWNERSHIP.TRANSFER"
  /// O-8: an earlier owner claims too soon.
  case ownershipCooldown = "OWNERSHIP.COOLDOWN"
  /// O-5: the record came into its pool too lately.
  case ownershipNewEntryLock = "OWNERSHIP.NEW_ENTRY_LOCK"

  case permissionGrant = "PERMISSION.GRANT"
  case permissionSelf = "PERMISSION.SELF"
  /// The command needs its actor's signature, or the one given is not of it.
  case signature = "PERMISSION.SIGNATURE"
  case permissionScope = "PERMISSION.SCOPE"
  /// No role, share or delegation of the actor allows it.
  case permissionDenied = "PERMISSION.DENIED"
  /// The actor is no active user.
  case permissionInactive = "PERMISSION.INACTIVE"
  case permissionConsent = "PERMISSION.CONSENT"

  case quota = "QUOTA.EXCEEDED"
  case frozen = "LOCKED.DISPUTE"
  case legalHold = "LOCKED.LEGAL_HOLD"
}

/// The sentences that many commands share.
extension Refusal {
  package static func required(_ field: String, of thing: String) -> Refusal {
    Refusal(.required, "\(thing) has no \(field); give one.", field: field)
  }

  package static func notFound(_ record: RecordKey) -> Refusal {
    Refusal(.notFound, "There is no \(record.typeName) \(record.id); check the identifier.")
  }

  package static func alreadyExists(_ record: RecordKey) -> Refusal {
    Refusal(
      .alreadyExists,
      "The \(record.typeName) \(record.id) exists already; use another identifier.")
  }

  package static func missing(_ record: RecordKey, field: String) -> Refusal {
    Refusal(
      .reference,
      "\(field) names the \(record.typeName) \(record.id), which doesn't exist; "
        + "create it first, or correct the identifier.", field: field)
  }

  package static func notAvailable(_ command: String, needs part: String) -> Refusal {
    Refusal(
      .notAvailable,
      "\(command) needs \(part), which this version doesn't have; see docs/not-yet.md.")
  }

  package static func reasonRequired(_ command: String) -> Refusal {
    Refusal(.reasonRequired, "\(command) has no reason; give a reason code.", field: "reason")
  }

  package static func unknownCode(_ value: String, field: String) -> Refusal {
    Refusal(
      .unknownCode, "\(field) has the unknown value \(value); use one of its codes.", field: field)
  }
}
