/// Weights and thresholds; a version never changes, so that a recorded score can be explained.
///
/// Source: crm-domain.md 3.6.
package struct MatchModel: Hashable, Sendable {
  package let version: UInt32
  /// A pair above it is suspected.
  package let suspectAbove: MatchScore
  /// A pair at or above it is listed as possible.
  package let possibleFrom: MatchScore
  /// The part of a company's name, in hundredths; the region has the rest.
  package let nameWeight: Int
  /// How many bits of evidence make a pair suspected.
  package let evidenceBits: Double

  /// The model that new records are checked with.
  package static let current = MatchModel(
    version: 1, suspectAbove: MatchScore(8000), possibleFrom: MatchScore(7000), nameWeight: 85,
    evidenceBits: 14)
}

/// What a key says when it agrees.
package enum KeyStrength: Int, Comparable, Sendable {
  case weak, medium, strong, certain

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// Of two records that agree in such a key and say nothing else.
  package var score: MatchScore {
    switch self {
    case .weak: MatchScore(6000)
    case .medium: MatchScore(8500)
    case .strong: MatchScore(9500)
    case .certain: .one
    }
  }
}

/// A kind of identity key (crm-domain.md 3.6).
package enum MatchKeyKind: Int, CaseIterable, Sendable {
  case unifiedSocialCreditCode, externalID, phone, email, im, domain, name
}

/// One identity key, normalised by who makes it.
package struct MatchKey: Hashable, Sendable {
  package let kind: MatchKeyKind
  package let value: String

  package init(_ kind: MatchKeyKind, _ value: String) {
    self.kind = kind
    self.value = value
  }

  /// A role's address says little of who it belongs to, a free-mail domain nothing.
  package var strength: KeyStrength {
    switch kind {
    case .unifiedSocialCreditCode, .externalID: .certain
    case .phone, .im: .strong
    case .email: EmailRule.isRoleAddress(value) ? .weak : .strong
    case .domain: EmailRule.isFreeMail(value) ? .weak : .medium
    case .name: .weak
    }
  }
}

/// Addresses that many share.
package enum EmailRule {
  private static let roles: Set<String> = [
    "admin", "billing", "contact", "hello", "help", "hr", "info", "jobs", "kefu", "mail",
    "marketing", "no-reply", "noreply", "office", "postmaster", "sales", "service", "support",
    "webmaster",
  ]
  private static let freeMail: Set<String> = [
    "126.com", "139.com", "163.com", "189.cn", "21cn.com", "aliyun.com", "aol.com", "foxmail.com",
    "gmail.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com", "live.com",
    "mail.ru", "me.com", "msn.com", "outlook.com", "proton.me", "protonmail.com", "qq.com",
    "sina.cn", "sina.com", "sohu.com", "tom.com", "vip.qq.com", "web.de", "yahoo.co.jp",
    "yahoo.com", "yandex.ru", "yeah.net",
  ]

  package static func isRoleAddress(_ address: String) -> Bool {
    roles.contains(String(address.lowercased().prefix { $0 != "@" }))
  }

  package static func isFreeMail(_ domain: String) -> Bool {
    freeMail.contains(domain.lowercased())
  }

  /// The part of a host's name that somebody registers: `example.com.cn` of `www.example.com.cn`.
  ///
  /// A second label such as `com` or `co` before a country's counts as part of the ending.
  package static func registrableDomain(_ text: String) -> String {
    var host = Substring(text.lowercased())
    if let range = host.firstRange(of: "://") { host = host[range.upperBound...] }
    if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
    host = host.prefix { !"/:?#".contains($0) }
    let labels = host.split(separator: ".")
    guard labels.count > 2 else { return labels.joined(separator: ".") }
    let last = labels[labels.count - 1]
    let second = labels[labels.count - 2]
    let isCountry = last.utf8.count == 2 && Self.endings.contains(String(second))
    return labels.suffix(isCountry ? 3 : 2).joined(separator: ".")
  }

  private static let endings: Set<String> = [
    "ac", "co", "com", "edu", "gov", "ne", "net", "or", "org",
  ]
}
