/// A telephone number by ITU-T E.164, read as libphonenumber reads it.
package struct TelephoneNumber: Hashable, Sendable {
  /// `+`, the country's code and the national number, at most 17 digits of it.
  package let e164: String

  /// - Parameters:
  ///   - digits: ASCII digits, with a `+` before them where they begin with a country's code.
  ///   - region: the country assumed for a number without one, such as `CN`.
  package init?(digits: String, region: String?) {
    let plan = region.flatMap { NumberingPlan.byRegion[$0.uppercased()] }
    guard let (code, national, isLocal) = Self.split(digits, plan) else { return nil }
    let shared = NumberingPlan.byCode[code]
    let used = plan?.callingCode == code ? plan : shared
    guard let used, let number = Self.national(national, used) else { return nil }
    // What is dialled without a country's code may lack its area's as well: that is no number.
    if isLocal {
      guard PhonePattern.isWhole(number, used.form) else { return nil }
      if let within = Self.withinArea[used.region], PhonePattern.isWhole(national, within) {
        return nil
      }
    }
    e164 = "+\(code)\(number)"
  }

  /// Subscribers' numbers as they are dialled within their area, which have the form of a whole
  /// number and are none: thousands of subscribers share each.
  ///
  /// China's areas have two or three digits, and their numbers seven or eight.
  private static let withinArea = ["CN": #"[2-8]\d{6,7}"#]

  /// The country's code, what follows it as it was dialled, and whether the code was assumed.
  private static func split(
    _ digits: String, _ plan: NumberingPlan?
  ) -> (code: String, national: String, isLocal: Bool)? {
    if digits.hasPrefix("+") { return international(String(digits.dropFirst())) }
    guard let plan else { return nil }
    if let exit = PhonePattern.prefix(of: digits, plan.exitPrefix) {
      let rest = String(digits.dropFirst(exit.length))
      // No country's code begins with 0: then it was no exit prefix.
      if rest.first != "0", let found = international(rest) { return found }
    }
    // A number that only fits once the country's code is taken away was dialled with it.
    if digits.hasPrefix(plan.callingCode) {
      let rest = String(digits.dropFirst(plan.callingCode.count))
      let stripped = withoutPrefix(rest, plan)
      if !PhonePattern.isWhole(digits, plan.form), PhonePattern.isWhole(stripped, plan.form) {
        return (plan.callingCode, rest, true)
      }
    }
    return (plan.callingCode, digits, true)
  }

  private static func international(_ digits: String) -> (String, String, Bool)? {
    guard digits.first != "0" else { return nil }
    for length in 1...3 where digits.count > length {
      let code = String(digits.prefix(length))
      guard NumberingPlan.byCode[code] != nil else { continue }
      return (code, String(digits.dropFirst(length)), false)
    }
    return nil
  }

  private static func national(_ digits: String, _ plan: NumberingPlan) -> String? {
    let stripped = withoutPrefix(digits, plan)
    let number = stripped.count >= 2 ? stripped : digits
    return (2...17).contains(number.count) ? number : nil
  }

  /// The number without what is dialled before it within the country, if it is a number then.
  private static func withoutPrefix(_ digits: String, _ plan: NumberingPlan) -> String {
    guard let prefix = PhonePattern.prefix(of: digits, plan.nationalPrefix), prefix.length > 0
    else { return digits }
    let isWhole = PhonePattern.isWhole(digits, plan.form)
    var number = String(digits.dropFirst(prefix.length))
    if !plan.replacement.isEmpty, let last = prefix.groups.last, last != nil {
      var replaced = plan.replacement
      for (index, group) in prefix.groups.enumerated() {
        replaced = replaced.replacing("$\(index + 1)", with: group ?? "")
      }
      number = replaced + number
    }
    if isWhole, !PhonePattern.isWhole(number, plan.form) { return digits }
    return number
  }
}
