/// Quotients without binary fractions: rounded half to even, as decimal text.
enum ExactArithmetic {
  /// `numerator / denominator` to `digits` decimals; `nil` for a division by zero.
  static func quotient(_ numerator: Int128, _ denominator: Int128, digits: Int) -> String? {
    guard denominator != 0 else { return nil }
    var scale: Int128 = 1
    for _ in 0..<digits { scale *= 10 }
    return text(rounded(numerator * scale, denominator), digits: digits)
  }

  /// `part / whole` in per cent with two decimals; `nil` where there is no whole.
  static func percent(_ part: some BinaryInteger, of whole: some BinaryInteger) -> String? {
    quotient(Int128(part) * 100, Int128(whole), digits: 2)
  }

  /// The quotient, rounded half to even; `denominator` is not 0.
  static func rounded(_ numerator: Int128, _ denominator: Int128) -> Int128 {
    let (numerator, denominator) =
      denominator < 0
      ? (-numerator, -denominator)
      : (numerator, denominator)
    let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
    let twice = remainder.magnitude * 2
    let isUp =
      twice > denominator.magnitude || (twice == denominator.magnitude && quotient % 2 != 0)
    guard isUp else { return quotient }
    return quotient + (numerator < 0 ? -1 : 1)
  }

  /// Microseconds as days with four decimals.
  static func days(microseconds: Int128, over count: Int128 = 1) -> String? {
    quotient(microseconds, count * 86_400_000_000, digits: 4)
  }

  /// The middle of `values`, in days with four decimals; `nil` for none.
  static func medianDays(microseconds values: [Int64]) -> String? {
    guard let (sum, count) = median(values) else { return nil }
    return days(microseconds: sum, over: count)
  }

  /// The middle value as a fraction: one value, or the sum of the middle two over 2.
  static func median(_ values: [Int64]) -> (sum: Int128, count: Int128)? {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return nil }
    let middle = sorted.count / 2
    if sorted.count % 2 == 1 { return (Int128(sorted[middle]), 1) }
    return (Int128(sorted[middle - 1]) + Int128(sorted[middle]), 2)
  }

  /// A decimal such as `12.5` times a million; `nil` for what is none, or has more than six
  /// decimals.
  static func millionths(_ text: String) -> Int64? {
    var value: Int64 = 0
    var decimals = -1
    guard !text.isEmpty else { return nil }
    for character in text.utf8 {
      if character == UInt8(ascii: "."), decimals < 0 {
        decimals = 0
        continue
      }
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= character, decimals < 6,
        value < 1_000_000_000_000
      else { return nil }
      value = value * 10 + Int64(character - UInt8(ascii: "0"))
      if decimals >= 0 { decimals += 1 }
    }
    for _ in max(decimals, 0)..<6 {
      let (product, isOver) = value.multipliedReportingOverflow(by: 10)
      guard !isOver else { return nil }
      value = product
    }
    return value
  }

  private static func text(_ scaled: Int128, digits: Int) -> String {
    let negative = scaled < 0
    var characters = String(scaled.magnitude)
    if digits > 0 {
      while characters.utf8.count <= digits { characters = "0" + characters }
      let split = characters.index(characters.endIndex, offsetBy: -digits)
      characters = characters[..<split] + "." + characters[split...]
    }
    return negative ? "-" + characters : characters
  }
}

/// Sums of money, a currency each.
package struct MoneySums: Hashable, Sendable {
  /// In the order of the currencies' codes.
  package private(set) var sums: [Sum] = []

  package struct Sum: Hashable, Sendable {
    package let currency: String
    /// Wider than an amount: sums of any number of them stay exact.
    package var minor: Int128
  }

  package init() {}

  /// Adds an amount; none is added for no currency.
  mutating func add(_ minor: some BinaryInteger, _ currency: String) {
    if currency.isEmpty { return }
    if let index = sums.firstIndex(where: { $0.currency == currency }) {
      sums[index].minor += Int128(minor)
    } else {
      sums.append(Sum(currency: currency, minor: Int128(minor)))
      sums.sort { $0.currency < $1.currency }
    }
  }

  package subscript(currency: String) -> Int128? {
    sums.first { $0.currency == currency }?.minor
  }
}
