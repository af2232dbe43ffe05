/// Numbers as sources write them, read exactly.
enum NumberText {
  /// The integer that `text` is in canonical decimal: no sign but `-`, no zeros before.
  static func integer(_ text: String) -> Int64? {
    guard let value = Int64(text), String(value) == text else { return nil }
    return value
  }

  /// `text` as a decimal with at most one point: digits, an optional `-` before.
  static func decimal(_ text: String) -> String? {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), text.utf8.count <= 40,
      parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39) ~= $0 } })
    else { return nil }
    return text
  }

  /// An amount such as `$22,700.00`, `-12.5`, `(1,000.00)` or `$342.09K` in units of
  /// 10^-`fractionDigits`; `nil` when it is none, or not a whole number of units.
  ///
  /// A symbol or code of a currency may stand before or behind; `,` groups three digits, `K`, `M`
  /// and `B` stand for thousands, millions and thousand millions.
  static func minorUnits(_ text: String, fractionDigits: Int) -> Int64? {
    var rest = Array(text.unicodeScalars).filter { $0 != " " && $0 != "\u{a0}" }[...]
    var isNegative = false
    if rest.first == "(", rest.last == ")" {
      isNegative = true
      rest = rest.dropFirst().dropLast()
    }
    if rest.first == "-" {
      isNegative.toggle()
      rest = rest.dropFirst()
    }
    rest = rest.drop(while: isCurrencySign)
    if rest.first == "-" {
      isNegative.toggle()
      rest = rest.dropFirst()
    }
    rest = withoutCurrency(behind: rest)
    var exponent = fractionDigits
    if let last = rest.last, let thousands = Self.exponent(of: last) {
      exponent += thousands
      rest = rest.dropLast()
    }
    guard let value = scaled(rest, exponent: exponent) else { return nil }
    return isNegative ? -value : value
  }

  /// `amount` without the currency behind it: a sign, perhaps with letters before it such as `US$`,
  /// a code of three letters as in ISO 4217, or an abbreviation of one or two, such as `R` and `TL`.
  ///
  /// A code goes as a whole: its last letter is no `K`, `M` or `B` of the number. Where a shorter one
  /// has such a letter that may be the number's own, such as in `5KR$` and `5RM`, it stays, and the
  /// amount is none.
  private static func withoutCurrency(
    behind amount: ArraySlice<Unicode.Scalar>
  ) -> ArraySlice<Unicode.Scalar> {
    guard let last = amount.last else { return amount }
    let isSign = last.properties.generalCategory == .currencySymbol
    let rest = isSign ? amount.dropLast() : amount
    let letters = Array(rest.reversed().prefix(while: isCapital).reversed())
    switch letters.count {
    // One more may be the number's own: `1.5MUSD`.
    case 3 where !isSign, 4 where !isSign: return rest.dropLast(3)
    case 1...3 where isSign: return isExponent(letters[0]) ? rest : rest.dropLast(letters.count)
    case 1, 2:
      let mayBeNumber = isExponent(letters[0]) || letters.last.map(isExponent) ?? false
      return mayBeNumber ? rest : rest.dropLast(letters.count)
    default: return rest
    }
  }

  private static func isExponent(_ scalar: Unicode.Scalar) -> Bool { exponent(of: scalar) != nil }

  private static func isCapital(_ scalar: Unicode.Scalar) -> Bool {
    (UnicodeScalar("A")...UnicodeScalar("Z")).contains(scalar)
  }

  private static func isCurrencySign(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .currencySymbol
      || isCapital(scalar)
  }

  private static func exponent(of scalar: Unicode.Scalar) -> Int? {
    switch scalar {
    case "K", "k": 3
    case "M", "m": 6
    case "B", "b": 9
    default: nil
    }
  }

  /// `digits` (with grouping commas and one point) times 10^`exponent`, when that is whole.
  private static func scaled(_ digits: ArraySlice<Unicode.Scalar>, exponent: Int) -> Int64? {
    let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let whole = ungrouped(first) else { return nil }
    var fraction = parts.count > 1 ? Array(parts[1]) : []
    guard parts.count == 1 || !fraction.isEmpty else { return nil }
    while fraction.count > exponent {
      guard fraction.last == "0" else { return nil }
      fraction.removeLast()
    }
    fraction += Array(repeating: "0", count: exponent - fraction.count)
    var value: Int64 = 0
    for digit in whole + fraction {
      guard (0x30...0x39) ~= digit.value else { return nil }
      let (product, isOver) = value.multipliedReportingOverflow(by: 10)
      let (sum, isOverAgain) = product.addingReportingOverflow(Int64(digit.value - 0x30))
      guard !isOver, !isOverAgain else { return nil }
      value = sum
    }
    return value
  }

  private static func ungrouped(_ digits: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar]? {
    let groups = digits.split(separator: ",", omittingEmptySubsequences: false)
    guard let first = groups.first, !first.isEmpty else { return nil }
    if groups.count > 1 {
      guard first.count <= 3, groups.dropFirst().allSatisfy({ $0.count == 3 }) else { return nil }
    }
    return groups.flatMap { Array($0) }
  }
}
