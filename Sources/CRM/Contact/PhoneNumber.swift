internal import Matching

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
    TelephoneNumber(digits: digits, region: region)?.e164
  }
}
