/// A place in a trace, as W3C Trace Context writes it: `00-<trace>-<span>-<flags>`.
///
/// Source: W3C Trace Context, Recommendation of 23 November 2021, 3.2.
package struct TraceParent: Hashable, Sendable {
  /// 32 hexadecimal digits, not all 0.
  package let traceID: String
  /// 16 hexadecimal digits, not all 0.
  package let spanID: String
  package let isSampled: Bool

  private init(traceID: String, spanID: String, isSampled: Bool) {
    self.traceID = traceID
    self.spanID = spanID
    self.isSampled = isSampled
  }

  /// Begins a trace.
  package init(isSampled: Bool) {
    self.init(
      traceID: Self.digits(of: .random(in: 1...UInt64.max))
        + Self.digits(of: .random(in: 0...UInt64.max)),
      spanID: Self.digits(of: .random(in: 1...UInt64.max)), isSampled: isSampled)
  }

  /// The place of something that happens within this one.
  package func child() -> TraceParent {
    TraceParent(
      traceID: traceID, spanID: Self.digits(of: .random(in: 1...UInt64.max)), isSampled: isSampled)
  }

  /// Reads ``text``; of a later version what this one knows.
  ///
  /// `nil` for anything else, which is then as if nobody had said it.
  package init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count >= 4, parts.count == 4 || !parts[0].elementsEqual("00".utf8),
      Self.isHexadecimal(parts[0], 2), !parts[0].elementsEqual("ff".utf8),
      Self.isHexadecimal(parts[1], 32), Self.isHexadecimal(parts[2], 16),
      Self.isHexadecimal(parts[3], 2), parts[1].contains(where: { $0 != UInt8(ascii: "0") }),
      parts[2].contains(where: { $0 != UInt8(ascii: "0") }),
      let trace = String(parts[1]), let span = String(parts[2]), let flags = String(parts[3]),
      let bits = UInt8(flags, radix: 16), text.utf8.count <= 200
    else { return nil }
    self.init(traceID: trace, spanID: span, isSampled: bits & 1 == 1)
  }

  package var text: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

  private static func isHexadecimal(_ text: Substring.UTF8View, _ count: Int) -> Bool {
    text.count == count
      && text.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0
          || (UInt8(ascii: "a")...UInt8(ascii: "f")) ~= $0
      }
  }

  private static func digits(of number: UInt64) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: 16 - text.utf8.count) + text
  }
}
