internal import Schema
internal import SwiftProtobuf

/// Finds fields in stored messages that this program's catalogue does not have: they would be
/// carried along unseen.
struct UnmappedFields {
  private struct Field {
    /// The full name of the field's message; empty for a value.
    let message: String
  }

  /// By full name, the fields of each message by number.
  private let messages: [String: [UInt64: Field]]

  init(_ descriptor: [UInt8]) throws(ProjectionFailure) {
    let set: Google_Protobuf_FileDescriptorSet
    do { set = try Google_Protobuf_FileDescriptorSet(serializedBytes: descriptor) } catch {
      throw .poison("the catalogue's descriptor can't be read: \(error)")
    }
    var messages: [String: [UInt64: Field]] = [:]
    for file in set.file {
      for message in file.messageType { Self.add(message, within: file.package, to: &messages) }
    }
    self.messages = messages
  }

  private static func add(
    _ message: Google_Protobuf_DescriptorProto, within scope: String,
    to messages: inout [String: [UInt64: Field]]
  ) {
    let name = "\(scope).\(message.name)"
    var fields: [UInt64: Field] = [:]
    for field in message.field {
      let type = field.type == .message ? String(field.typeName.dropFirst()) : ""
      fields[UInt64(field.number)] = Field(message: type)
    }
    messages[name] = fields
    for nested in message.nestedType { add(nested, within: name, to: &messages) }
  }

  /// Calls `found` for each field of `bytes`, a message `name`, or of a message within, that is
  /// not of the catalogue.
  ///
  /// - Complexity: O(n) in the bytes; messages nest ``PayloadCoding/depthLimit`` deep at most.
  func find(
    in bytes: Span<UInt8>, of name: String, depth: Int = 0,
    _ found: (_ message: String, _ number: UInt64) -> Void
  ) {
    guard depth < 32, let fields = messages[name] else { return }
    var reader = WireReader(count: bytes.count)
    while let (number, content) = reader.next(in: bytes) {
      guard let field = fields[number] else {
        found(name, number)
        continue
      }
      if let content, !field.message.isEmpty {
        find(in: bytes.extracting(content), of: field.message, depth: depth + 1, found)
      }
    }
  }
}

/// Walks over the fields of a message.
///
/// Source: Protocol Buffers encoding, "Message Structure".
struct WireReader {
  private var offset = 0
  private let count: Int

  init(count: Int) { self.count = count }

  /// The next field's number, and where its bytes lie when it has a length; `nil` at the end, and
  /// where the bytes are no message.
  mutating func next(in bytes: Span<UInt8>) -> (number: UInt64, content: Range<Int>?)? {
    guard let tag = varint(in: bytes) else { return nil }
    switch tag & 7 {
    case 0:
      guard varint(in: bytes) != nil else { return nil }
      return (tag >> 3, nil)
    case 1: return skip(8, tag)
    case 5: return skip(4, tag)
    case 2:
      guard let length = varint(in: bytes), length <= UInt64(count - offset) else { return nil }
      let start = offset
      offset += Int(length)
      return (tag >> 3, start..<offset)
    default: return nil
    }
  }

  private mutating func skip(_ length: Int, _ tag: UInt64) -> (UInt64, Range<Int>?)? {
    guard count - offset >= length else { return nil }
    offset += length
    return (tag >> 3, nil)
  }

  private mutating func varint(in bytes: Span<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while offset < count, shift < 64 {
      let byte = bytes[offset]
      offset += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}
