package import Schema

extension Sensitivity.Code {
  /// What kind of thing the field `name` of a record says.
  ///
  /// - Parameters:
  ///   - name: as `deed show` names it; of a part of a part, such as `nurture.reason`, the whole.
  ///   - type: of the record, for names that say one thing here and another there.
  package init(ofField name: String, in type: ObjectType.Code) {
    let parts = name.split(separator: ".").map(String.init)
    let last = parts.last ?? name
    if parts.contains(where: { Self.contactFields.contains($0) }) {
      self = .contactData
    } else if parts.contains(where: { Self.moneyFields.contains($0) }) {
      self = .money
    } else if parts.contains(where: { Self.textFields.contains($0) }) {
      self = .freeText
    } else if Self.nameFields.contains(last) || (last == "name" && Self.persons.contains(type)) {
      self = .personName
    } else {
      self = .internal
    }
  }

  private static let persons: Set<ObjectType.Code> = [.contact, .lead, .user]
  private static let contactFields: Set<String> = [
    "phones", "phone", "emails", "email", "ims", "im", "address", "birthday", "checkIn",
    "identityKeys", "personal",
  ]
  private static let moneyFields: Set<String> = [
    "amount", "price", "unitPrice", "total", "lines", "discountPct", "wonAmount",
    "amountAtChange", "budget", "recurringAmount",
  ]
  private static let nameFields: Set<String> = ["personName", "fullName"]
  private static let textFields: Set<String> = [
    "note", "need", "needs", "promise", "commitments", "evidence", "consentEvidence", "comment",
    "raw", "description", "subject", "text", "resolution", "summary", "needsChange", "concerns",
    "star", "nextStepAction", "signals", "attachments", "attachment", "attestationNotes",
    "lockReason", "reasonText", "title", "action", "originalActorText", "majorChanges",
  ]
}
