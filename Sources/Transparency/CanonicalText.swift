/// Numbers and lines in the one form that signed texts have: Swift's own parsers take more.
extension UInt64 {
  /// Reads decimal digits without sign or leading zeros; `nil` for anything else, or too large.
  package init?(canonicalDecimal digits: some Collection<UInt8>) {
    guard let first = digits.first, first != UInt8(ascii: "0") || digits.count == 1 else {
      return nil
    }
    var value: UInt64 = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= digit else { return nil }
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = shifted.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
      guard !overflow, !carry else { return nil }
      value = sum
    }
    self = value
  }
}

extension Collection<UInt8> {
  /// The lines, without their ends; `nil` unless each ends in a line feed.
  func lines() -> [SubSequence]? {
    guard !isEmpty else { return [] }
    var lines = split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let rest = lines.popLast(), rest.isEmpty else { return nil }
    return lines
  }

  /// What follows `prefix`; `nil` when these bytes don't begin with it.
  func removing(prefix: String) -> SubSequence? {
    starts(with: prefix.utf8) ? dropFirst(prefix.utf8.count) : nil
  }
}
