/// Steps through the fields of a Protocol Buffers message without making a message of it.
///
/// Source: protobuf.dev, "Encoding".
struct ProtobufReader {
  enum Value {
    case varint(UInt64)
    case bytes(Range<Int>)
    case fixed
  }

  let bytes: [UInt8]
  private var offset: Int
  private let end: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    offset = 0
    end = bytes.count
  }

  init(_ bytes: [UInt8], in range: Range<Int>) {
    self.bytes = bytes
    offset = range.lowerBound
    end = range.upperBound
  }

  /// The next field; `nil` at the end.
  mutating func next() throws(GRPCStatus) -> (number: UInt64, value: Value)? {
    guard offset < end else { return nil }
    let key = try varint()
    guard key >> 3 > 0, key >> 3 < 1 << 29 else { throw Self.malformed }
    switch key & 7 {
    case 0: return (key >> 3, .varint(try varint()))
    case 1: return (key >> 3, try skip(8))
    case 2:
      let count = try varint()
      guard count <= UInt64(end - offset) else { throw Self.malformed }
      let range = offset..<offset + Int(count)
      offset = range.upperBound
      return (key >> 3, .bytes(range))
    case 5: return (key >> 3, try skip(4))
    default: throw Self.malformed
    }
  }

  /// The bytes in `range` as text.
  func text(_ range: Range<Int>) throws(GRPCStatus) -> String {
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw GRPCStatus(.invalidArgument, "A text of the message is no UTF-8.")
    }
    return text
  }

  private mutating func skip(_ count: Int) throws(GRPCStatus) -> Value {
    guard count <= end - offset else { throw Self.malformed }
    offset += count
    return .fixed
  }

  private mutating func varint() throws(GRPCStatus) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while offset < end, shift < 70 {
      let byte = bytes[offset]
      offset += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw Self.malformed
  }

  static let malformed = GRPCStatus(
    .invalidArgument, "The message is no Protocol Buffers message of this method.")
}
