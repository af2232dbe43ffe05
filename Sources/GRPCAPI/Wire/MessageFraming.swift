package import NIOCore

/// Takes the one message of a request apart from its frames: a flag, a length of four bytes, and
/// so many bytes.
///
/// Source: grpc/doc/PROTOCOL-HTTP2.md, "Length-Prefixed-Message".
package struct MessageFraming: Sendable {
  /// The most bytes a message may have.
  private let byteLimit: Int
  private var received = ByteBuffer()

  package init(byteLimit: Int) { self.byteLimit = byteLimit }

  package static let prefixByteCount = 5

  /// Takes bytes as they come; refuses a message as soon as its length is known to be too great,
  /// so that no more than a message is ever kept.
  package mutating func add(_ bytes: inout ByteBuffer) throws(GRPCStatus) {
    if received.readableBytes == 0 {
      received = bytes
    } else {
      received.writeBuffer(&bytes)
    }
    guard let length = try messageByteCount() else { return }
    guard received.readableBytes <= Self.prefixByteCount + length else {
      throw GRPCStatus(.unimplemented, "A call of this method has one message, and more came.")
    }
  }

  /// The message, when the client has said that it is whole.
  package mutating func message() throws(GRPCStatus) -> [UInt8] {
    guard let length = try messageByteCount(),
      received.readableBytes == Self.prefixByteCount + length
    else {
      throw GRPCStatus(.internalError, "The request ended before its message was whole.")
    }
    received.moveReaderIndex(forwardBy: Self.prefixByteCount)
    return received.readBytes(length: length) ?? []
  }

  /// The length that the prefix says; `nil` while the prefix isn't whole.
  private func messageByteCount() throws(GRPCStatus) -> Int? {
    let start = received.readerIndex
    guard let flag = received.getInteger(at: start, as: UInt8.self),
      let length = received.getInteger(at: start + 1, as: UInt32.self)
    else { return nil }
    guard flag == 0 else {
      throw GRPCStatus(
        flag == 1 ? .unimplemented : .internalError,
        "The message is compressed, and this server takes only identity.")
    }
    guard length <= UInt32(clamping: byteLimit) else {
      throw GRPCStatus(
        .resourceExhausted,
        "The message has \(length) bytes; this server takes \(byteLimit) at the most.")
    }
    return Int(length)
  }

  /// Adds the prefix for a message of `byteCount` bytes to `buffer`.
  package static func writePrefix(byteCount: Int, to buffer: inout ByteBuffer) {
    buffer.writeInteger(0 as UInt8)
    buffer.writeInteger(UInt32(byteCount))
  }
}
