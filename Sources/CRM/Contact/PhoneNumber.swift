/// A telephone number as it is stored: as given, and by ITU-T E.164 where that can be told.
package struct PhoneNumber: Hashable, Sendable {
  /// As given, without white space around it.
  package let raw: String
  /// `+` and at most 15 digits; `nil` when `raw` names no country and none was assumed.
  package let e164: String?

  /// `nil` unless `text` has 3 to 40 characters of a telephone number and a digit among them.
  ///
  /// - Parameters:
  ///   - text: such as `+86 138 0013 8000`, `tel:+49-30-901820`, `010-6552 9988 转 12`.
  ///   - region: the country assumed for a number without a country's code, such as `CN`.
  package init?(_ text: String, region: String? = nil) {
    let raw = text.trimmed
    guard (3...40).contains(raw.count) else { return nil }
    guard let digits = Self.digits(of: raw.narrowed) else { return nil }
    self.raw = raw
    e164 = Self.e164(digits, region: region)
  }

  /// The number's digits, with `+` before them when they begin with a country's code; `nil` when
  /// there is a character that no number has.
  private static func digits(of text: String) -> String? {
    var rest = Substring(text.lowercased())
    if rest.hasPrefix("tel:") { rest = rest.dropFirst(4) }
    for mark in [" ext", ";ext=", ",", "转", "x", "#"] {
      if let range = rest.firstRange(of: mark) { rest = rest[..<range.lowerBound] }
    }
    var digits = ""
    for character in String(rest).replacing("(0)", with: "") {
      switch character {
      case "0"..."9": digits.append(character)
      case "+" where digits.isEmpty: digits.append(character)
      case " ", "-", ".", "(", ")", "/", "\u{2010}", "\u{2011}", "\u{2013}", "\u{a0}": continue
      default: return nil
      }
    }
    return digits.contains(where: \.isNumber) ? digits : nil
  }

  private static func e164(_ digits: String, region: String?) -> String? {
    if digits.hasPrefix("+") { return international(digits.dropFirst()) }
    guard let plan = region.flatMap({ NumberingPlan.all[$0.uppercased()] }) else { return nil }
    if digits.hasPrefix(plan.exitPrefix) {
      return international(digits.dropFirst(plan.exitPrefix.count))
    }
    var national = Substring(digits)
    if !plan.trunkPrefix.isEmpty, national.hasPrefix(plan.trunkPrefix) {
      national = national.dropFirst(plan.trunkPrefix.count)
    }
    guard plan.digitCounts.contains(national.count) else { return nil }
    return "+\(plan.callingCode)\(national)"
  }

  /// The shortest number in use has a country's code and four digits.
  private static func international(_ digits: Substring) -> String? {
    guard (7...15).contains(digits.count), digits.first != "0" else { return nil }
    return "+\(digits)"
  }
}

/// How numbers are dialled within a country, as far as storing them needs it.
private struct NumberingPlan: Sendable {
  let callingCode: String
  /// What is dialled before an area's code within the country.
  let trunkPrefix: String
  /// How many digits follow the trunk prefix.
  let digitCounts: ClosedRange<Int>
  let exitPrefix: String

  init(
    _ callingCode: String, trunk trunkPrefix: String, _ digitCounts: ClosedRange<Int>,
    exit exitPrefix: String = "00"
  ) {
    self.callingCode = callingCode
    self.trunkPrefix = trunkPrefix
    self.digitCounts = digitCounts
    self.exitPrefix = exitPrefix
  }

  /// Source: ITU-T E.164 national numbering plans; countries that are not here keep their
  /// numbers as given unless they are written with the country's code.
  static let all: [String: NumberingPlan] = [
    "AT": .init("43", trunk: "0", 4...13), "AU": .init("61", trunk: "0", 9...9, exit: "0011"),
    "BE": .init("32", trunk: "0", 8...9), "CA": .init("1", trunk: "1", 10...10, exit: "011"),
    "CH": .init("41", trunk: "0", 9...9), "CN": .init("86", trunk: "0", 9...11),
    "DE": .init("49", trunk: "0", 5...13), "DK": .init("45", trunk: "", 8...8),
    "ES": .init("34", trunk: "", 9...9), "FI": .init("358", trunk: "0", 5...12),
    "FR": .init("33", trunk: "0", 9...9), "GB": .init("44", trunk: "0", 9...10),
    "HK": .init("852", trunk: "", 8...8, exit: "001"), "IE": .init("353", trunk: "0", 7...9),
    "IN": .init("91", trunk: "0", 10...10), "IT": .init("39", trunk: "", 6...11),
    "JP": .init("81", trunk: "0", 9...10, exit: "010"),
    "KR": .init("82", trunk: "0", 8...10, exit: "001"), "MO": .init("853", trunk: "", 8...8),
    "NL": .init("31", trunk: "0", 9...9), "NO": .init("47", trunk: "", 8...8),
    "NZ": .init("64", trunk: "0", 8...10), "PL": .init("48", trunk: "", 9...9),
    "PT": .init("351", trunk: "", 9...9), "SE": .init("46", trunk: "0", 7...9),
    "SG": .init("65", trunk: "", 8...8, exit: "000"),
    "TW": .init("886", trunk: "0", 8...9, exit: "002"),
    "US": .init("1", trunk: "1", 10...10, exit: "011"),
  ]
}
