internal import Foundation

/// How a call ended: a code of gRPC, a sentence, and bytes for machines.
package struct GRPCStatus: Error, Hashable, Sendable {
  /// The codes that gRPC defines.
  ///
  /// Source: grpc.io, "Status codes and their use in gRPC".
  package enum Code: Int, Hashable, Sendable {
    case ok = 0
    case cancelled = 1
    case unknown = 2
    case invalidArgument = 3
    case deadlineExceeded = 4
    case notFound = 5
    case alreadyExists = 6
    case permissionDenied = 7
    case resourceExhausted = 8
    case failedPrecondition = 9
    case aborted = 10
    case outOfRange = 11
    case unimplemented = 12
    case internalError = 13
    case unavailable = 14
    case dataLoss = 15
    case unauthenticated = 16
  }

  package let code: Code
  package let message: String
  /// For the trailer `grpc-status-details-bin`.
  package let details: [UInt8]?

  package init(_ code: Code, _ message: String = "", details: [UInt8]? = nil) {
    self.code = code
    self.message = message
    self.details = details
  }

  package static let ok = GRPCStatus(.ok)
}

extension GRPCStatus {
  /// The message as a header's value: printable ASCII but `%`; other bytes as `%XX`.
  ///
  /// Source: grpc/doc/PROTOCOL-HTTP2.md, "Status-Message".
  package var headerMessage: String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in message.utf8 {
      if (0x20...0x7e) ~= byte, byte != UInt8(ascii: "%") {
        bytes.append(byte)
      } else {
        bytes.append(UInt8(ascii: "%"))
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The details as a binary header's value: base64 without padding.
  package var headerDetails: String? {
    details.map { bytes in
      String(Data(bytes).base64EncodedString().prefix { $0 != "=" })
    }
  }
}
