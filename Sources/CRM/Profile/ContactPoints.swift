internal import Schema
internal import SwiftProtobuf

/// Brings contact points into the form they are stored in, or says which one is none.
enum ContactPoints {
  /// The most phones, e-mail addresses or other identities one record may have of a kind.
  static let limit = 50

  static func phones(_ phones: [Phone], field: String = "phones") throws(Refusal) -> [Phone] {
    try checkCount(phones.count, field)
    var result: [Phone] = []
    for phone in phones {
      let text = phone.raw.isEmpty ? phone.e164 : phone.raw
      guard let number = PhoneNumber(text) ?? PhoneNumber(phone.e164) else {
        throw Refusal(
          .format,
          "\(field) holds a text that is no telephone number; give digits, such as "
            + "+86 138 0013 8000.", field: field)
      }
      var stored = phone
      stored.raw = text.trimmed
      if stored.e164.isEmpty {
        stored.e164 = number.e164 ?? ""
      } else {
        guard let given = PhoneNumber(stored.e164)?.e164 else {
          throw Refusal(
            .format, "\(field).e164 is not of the form +8613800138000; correct it or leave it out.",
            field: field)
        }
        stored.e164 = given
      }
      result.append(stored)
    }
    return result
  }

  static func emails(_ emails: [Email], field: String = "emails") throws(Refusal) -> [Email] {
    try checkCount(emails.count, field)
    var result: [Email] = []
    for email in emails {
      guard let address = EmailAddress(email.address) else {
        throw Refusal(
          .format,
          "\(field) holds a text that is no e-mail address; give one such as "
            + "ada@example.com.", field: field)
      }
      var stored = email
      stored.address = address.address
      stored.normalized = address.normalized
      result.append(stored)
    }
    return result
  }

  static func ims(_ ims: [ImIdentity], field: String = "ims") throws(Refusal) -> [ImIdentity] {
    try checkCount(ims.count, field)
    for im in ims {
      guard im.kind != .imKindUnspecified else {
        throw .required("kind", of: "An entry of \(field)")
      }
      guard !im.externalUserID.isEmpty || !im.unionID.isEmpty else {
        throw .required("externalUserId", of: "An entry of \(field)")
      }
    }
    return ims
  }

  private static func checkCount(_ count: Int, _ field: String) throws(Refusal) {
    guard count <= limit else {
      throw Refusal(
        .tooLong, "\(field) has \(count) entries; give \(limit) at the most.", field: field)
    }
  }

  /// What a person is recognised by (crm-domain.md 3.6).
  static func keys(
    phones: [Phone], emails: [Email], ims: [ImIdentity]
  ) -> [IdentityKey] {
    phones.filter { !$0.e164.isEmpty }.map { key(.phone, $0.e164) }
      + emails.map { key(.email, $0.normalized) }
      + ims.map { im in
        key(.im, "\(im.kind):\(im.unionID.isEmpty ? im.externalUserID : im.unionID)")
      }
  }

  /// What an organisation is recognised by, as far as it may stand in clear.
  static func keys(
    unifiedSocialCreditCode: String, domain: String, externalIDs: [ExternalId]
  ) -> [IdentityKey] {
    (unifiedSocialCreditCode.isEmpty ? [] : [key(.uscc, unifiedSocialCreditCode)])
      + (domain.isEmpty ? [] : [key(.domain, domain.lowercased())])
      + externalIDs.map { key(.extID, "\($0.system):\($0.id)") }
  }

  private static func key(_ kind: IdentityKeyKind.Code, _ value: String) -> IdentityKey {
    .with { ($0.kind, $0.value) = (kind, value) }
  }
}
