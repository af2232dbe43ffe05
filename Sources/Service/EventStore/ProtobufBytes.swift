internal import EventModel

/// Writing Protocol Buffers fields without making a message first: a store's events pass through
/// as bytes.
///
/// Source: protobuf.dev, "Encoding".
extension [UInt8] {
  mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func append(field number: UInt64, varint value: UInt64) {
    append(varint: number << 3)
    append(varint: value)
  }

  mutating func append(field number: UInt64, bytes: some Collection<UInt8>) {
    append(varint: number << 3 | 2)
    append(varint: UInt64(bytes.count))
    append(contentsOf: bytes)
  }

  mutating func append(field number: UInt64, _ source: Span<UInt8>, in range: Range<Int>) {
    append(varint: number << 3 | 2)
    append(varint: UInt64(range.count))
    append(source, in: range)
  }

  /// How many bytes ``append(varint:)`` takes.
  static func byteCount(ofVarint value: UInt64) -> Int {
    Swift.max(1, (64 - value.leadingZeroBitCount + 6) / 7)
  }

  /// How many bytes a field of bytes takes when its number is below 16.
  static func byteCount(ofField count: Int) -> Int {
    1 + byteCount(ofVarint: UInt64(count)) + count
  }
}
