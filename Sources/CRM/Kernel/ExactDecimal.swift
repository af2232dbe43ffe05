/// A decimal number with at most six digits behind the point, exact: `-12.50`.
package struct ExactDecimal: Hashable, Comparable, Sendable {
  package let millionths: Int64

  package init(millionths: Int64) { self.millionths = millionths }

  package init(_ whole: Int32) { millionths = Int64(whole) * 1_000_000 }

  /// Reads an optional `-`, 1 to 12 digits and, behind a point, 1 to 6 more; `nil` for anything
  /// else.
  package init?(_ text: String) {
    var bytes = Array(text.utf8)[...]
    let isNegative = bytes.first == UInt8(ascii: "-")
    if isNegative { bytes = bytes.dropFirst() }
    let parts = bytes.split(
      separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, (1...12).contains(whole.count) else { return nil }
    let fraction = parts.count > 1 ? parts[1] : []
    guard parts.count == 1 || (1...6).contains(fraction.count) else { return nil }
    var value: Int64 = 0
    for digit in whole + fraction {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= digit else { return nil }
      value = value * 10 + Int64(digit - UInt8(ascii: "0"))
    }
    for _ in fraction.count..<6 { value *= 10 }
    millionths = isNegative ? -value : value
  }

  package static func < (a: Self, b: Self) -> Bool { a.millionths < b.millionths }
}

extension ExactDecimal: CustomStringConvertible {
  /// The shortest text that reads back as this number.
  package var description: String {
    let (whole, rest) = millionths.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
    let sign = millionths < 0 ? "-" : ""
    guard rest != 0 else { return "\(sign)\(whole)" }
    var digits = String(rest + 1_000_000).dropFirst()
    while digits.last == "0" { digits = digits.dropLast() }
    return "\(sign)\(whole).\(digits)"
  }
}

extension ExactDecimal {
  package static let zero = ExactDecimal(0)
  package static let hundred = ExactDecimal(100)

  /// Reads a percentage; `nil` unless it lies between 0 and 100.
  package init?(percentage text: String) {
    guard let value = ExactDecimal(text), (.zero...(.hundred)) ~= value else { return nil }
    self = value
  }
}
