internal import Schema

/// Rules of amounts.
enum MoneyRule {
  /// Three upper-case letters, as ISO 4217 has them.
  static func isCurrency(_ code: String) -> Bool {
    code.utf8.count == 3
      && code.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")) ~= $0 }
  }

  /// The most that an amount may be, so that sums of millions of them stay exact.
  static let limitMinor: Int64 = 1_000_000_000_000_000

  /// An amount of at least `least` in a currency of ISO 4217.
  static func check(
    _ money: Money, _ field: String, atLeast least: Int64 = 0
  ) throws(Refusal) {
    guard isCurrency(money.currency) else {
      throw Refusal(
        .currency,
        "\(field) has the currency “\(money.currency)”, which is no code such as EUR; "
          + "correct it.", field: "\(field).currency")
    }
    guard (least...limitMinor) ~= money.amountMinor else {
      throw Refusal(
        .range,
        "\(field) is \(money.amountMinor) in the smallest unit of \(money.currency); give "
          + "\(least) to \(limitMinor).", field: "\(field).amountMinor")
    }
  }
}

extension UInt8 {
  var isASCIILetterOrDigit: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= self
      || (UInt8(ascii: "A")...UInt8(ascii: "Z")) ~= self
      || (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= self
  }
}
