package import NIOCore
package import NIOHPACK

/// What the headers of a call say.
package struct CallHead: Hashable, Sendable {
  /// `/package.Service/Method`.
  package let path: String
  /// How long the caller waits; `nil` for any time.
  package let timeout: TimeAmount?
  /// The value of `authorization`, if there is one.
  package let authorization: String?

  /// Why there is no call.
  package enum Refusal: Error, Hashable, Sendable {
    /// No gRPC at all: an answer of HTTP alone.
    case http(status: Int)
    case status(GRPCStatus)
  }

  package init(_ headers: HPACKHeaders) throws(Refusal) {
    guard headers.first(name: ":method") == "POST" else { throw .http(status: 405) }
    guard let type = headers.first(name: "content-type"), Self.isGRPC(type) else {
      throw .http(status: 415)
    }
    guard let path = headers.first(name: ":path") else { throw .http(status: 400) }
    self.path = path
    if let encoding = headers.first(name: "grpc-encoding"), encoding != "identity" {
      throw .status(
        GRPCStatus(.unimplemented, "This server takes no other encoding than identity."))
    }
    if let text = headers.first(name: "grpc-timeout") {
      guard let timeout = Self.timeout(text) else {
        throw .status(GRPCStatus(.invalidArgument, "The header grpc-timeout can't be read."))
      }
      self.timeout = timeout
    } else {
      timeout = nil
    }
    let authorizations = headers["authorization"]
    guard authorizations.count <= 1 else {
      throw .status(GRPCStatus(.unauthenticated, "A call has one authorization header."))
    }
    authorization = authorizations.first
  }

  /// `application/grpc`, `application/grpc+proto`, with parameters behind `;`.
  private static func isGRPC(_ type: String) -> Bool {
    let essence = type.prefix { $0 != ";" && $0 != " " }
    return essence == "application/grpc" || essence == "application/grpc+proto"
  }

  /// Reads 1 to 8 digits and a unit.
  ///
  /// Source: grpc/doc/PROTOCOL-HTTP2.md, "Timeout".
  package static func timeout(_ text: String) -> TimeAmount? {
    guard let unit = text.utf8.last, (2...9).contains(text.utf8.count) else { return nil }
    let digits = text.utf8.dropLast()
    guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }),
      let count = Int64(text.dropLast())
    else { return nil }
    // At most 99,999,999 hours in nanoseconds: more than 64 bits hold, so hours are held at the end.
    switch unit {
    case UInt8(ascii: "H"): return .hours(min(count, 2_000_000))
    case UInt8(ascii: "M"): return .minutes(count)
    case UInt8(ascii: "S"): return .seconds(count)
    case UInt8(ascii: "m"): return .milliseconds(count)
    case UInt8(ascii: "u"): return .microseconds(count)
    case UInt8(ascii: "n"): return .nanoseconds(count)
    default: return nil
    }
  }
}
