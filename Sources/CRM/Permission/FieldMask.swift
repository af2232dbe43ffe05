package import Schema

/// What is left of a value that may be known of but not read.
package enum FieldMask {
  /// The text of a masked field: enough to recognise it, too little to use it.
  ///
  /// A phone keeps three digits and the last four, an e-mail address its first letter and domain,
  /// a name its first character, an amount its order of magnitude; anything else becomes `***`.
  package static func masked(
    _ text: String, field: String, _ sensitivity: Sensitivity.Code
  ) -> String {
    switch sensitivity {
    case .contactData: contact(text, field)
    case .personName: name(text)
    case .money: band(text)
    case .freeText, .internal, .sensitivityUnspecified, .UNRECOGNIZED: "***"
    }
  }

  private static func contact(_ text: String, _ field: String) -> String {
    let parts = field.split(separator: ".")
    guard parts.contains("phones") || parts.contains("phone") else {
      return parts.contains("emails") || parts.contains("email") ? email(text) : "***"
    }
    return phone(text)
  }

  /// Such as `138****1234`; no digit of what has less than eight.
  private static func phone(_ text: String) -> String {
    let digits = text.filter { $0.isASCII && $0.isNumber }
    // Of several numbers, or of one with words around it, only that there is one is shown.
    guard (8...15).contains(digits.count) else { return "****" }
    return "\(digits.prefix(3))****\(digits.suffix(4))"
  }

  /// Such as `z***@d.com`.
  private static func email(_ text: String) -> String {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, let first = parts[0].first,
      parts[1].allSatisfy({ $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" })
    else { return "***" }
    return "\(first)***@\(parts[1])"
  }

  /// The family name as far as one character tells it: the first of a Chinese name, the initial of
  /// another.
  private static func name(_ text: String) -> String {
    text.first.map { "\($0)*" } ?? "*"
  }

  /// Such as `10000–99999 CNY`, in minor units as amounts stand in fields.
  private static func band(_ text: String) -> String {
    let parts = text.split(separator: " ")
    guard let amount = parts.first.flatMap({ Int64($0) }), amount > 0 else { return "***" }
    let digits = String(amount).count
    let low = "1" + String(repeating: "0", count: digits - 1)
    let high = String(repeating: "9", count: digits)
    let currency = parts.count == 2 ? " \(parts[1])" : ""
    return "\(low)–\(high)\(currency)"
  }
}
