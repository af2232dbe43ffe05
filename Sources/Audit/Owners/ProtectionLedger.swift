package import CRM
package import EventModel
internal import Schema

/// That a record was protected for somebody, and on what that rested.
package struct ProtectionInterval: Hashable, Sendable {
  package let id: String
  /// Such as `user:usr_1`.
  package let holder: String
  /// Such as `claim` or `registration`.
  package let basis: String
  package let basisRef: String
  package let granted: EventSummary
  /// As it was set last.
  package fileprivate(set) var until: Timestamp
  /// The event that ended it; `nil` while none did.
  package fileprivate(set) var ended: EventSummary?
  /// Why it ended: `expired`, `revoked`, `ruling` or `converted`; empty while it lasts.
  package fileprivate(set) var cause: String
}

extension Auditor {
  /// Every protection that the record had, in the order of granting, as recorded by `limit`.
  package func protections(
    of key: RecordKey, asOf limit: Moment? = nil
  ) throws(AuditError) -> [ProtectionInterval] {
    var found: [ProtectionInterval] = []
    try visitStream(of: key, Period(through: limit)) { decoded throws(AuditError) in
      guard case .ownership(let event) = decoded.payload else { return }
      if case .protectionGranted(let granted) = event {
        found.append(
          ProtectionInterval(
            id: granted.protectionID, holder: FieldText.text(granted.holder) ?? "",
            basis: FieldText.code(granted.basis) ?? "", basisRef: granted.basisRef,
            granted: EventSummary(decoded), until: Timestamp(granted.until), ended: nil, cause: ""))
      } else if case .protectionExtended(let extended) = event {
        guard let index = found.lastIndex(where: { $0.id == extended.protectionID }) else { return }
        found[index].until = Timestamp(extended.until)
      } else if case .protectionEnded(let ended) = event {
        guard let index = found.lastIndex(where: { $0.id == ended.protectionID }) else { return }
        found[index].ended = EventSummary(decoded)
        found[index].cause = FieldText.code(ended.cause) ?? ""
      }
    }
    return found
  }
}
