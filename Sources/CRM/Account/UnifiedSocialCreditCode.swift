/// The 18-character number that names an organisation in the People's Republic of China.
///
/// Source: GB 32100-2015: 17 characters of an alphabet without I, O, S, V and Z, then a check
/// character: 31 less the weighted sum modulo 31.
package struct UnifiedSocialCreditCode: Hashable, Sendable, CustomStringConvertible {
  /// The code in upper case.
  package let text: String

  package var description: String { text }

  /// Reads a code in either case, with spaces around it; `nil` when it is not of the grammar or
  /// its check character is wrong.
  package init?(_ text: String) {
    let characters = text.utf8.filter { $0 != UInt8(ascii: " ") }.map(\.upperCased)
    guard characters.count == 18 else { return nil }
    var values: [Int] = []
    for character in characters {
      guard let value = Self.alphabet.firstIndex(of: character) else { return nil }
      values.append(value)
    }
    guard values[17] == Self.checkValue(of: values) else { return nil }
    self.text = String(decoding: characters, as: UTF8.self)
  }

  private static let alphabet = Array("0123456789ABCDEFGHJKLMNPQRTUWXY".utf8)

  /// The check character of the first 17 `values`: the weights are the powers of 3 modulo 31.
  private static func checkValue(of values: [Int]) -> Int {
    var sum = 0
    var weight = 1
    for value in values.prefix(17) {
      sum += value * weight
      weight = weight * 3 % 31
    }
    return (31 - sum % 31) % 31
  }
}

extension UInt8 {
  fileprivate var upperCased: UInt8 {
    (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= self ? self - 32 : self
  }
}
