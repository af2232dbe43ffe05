/// Big-endian integers and text in byte arrays: the one place that knows the order of bytes.
extension Span<UInt8> {
  /// The big-endian integer at `offset`; traps when its bytes are not there.
  ///
  /// Inlinable, since generic code is not specialised across modules otherwise: 30 times slower.
  @inlinable
  package func bigEndian<Integer: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, as type: Integer.Type = Integer.self
  ) -> Integer {
    precondition(offset >= 0 && offset &+ MemoryLayout<Integer>.size <= count, "read past the end")
    // Safe: the bounds were checked in the line before, and any bit pattern is an integer.
    let raw = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self)
    return Integer(bigEndian: raw)
  }

  /// The 16 bytes at `offset`; traps when they are not there.
  @inlinable
  package func identifier(at offset: Int) -> (UInt64, UInt64) {
    (bigEndian(at: offset), bigEndian(at: offset + 8))
  }

  /// A copy of the bytes in `range`.
  package func copy(_ range: Range<Int>) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: range.count, from: self, range)
  }

  /// A copy of all bytes.
  package func copy() -> [UInt8] { copy(0..<count) }

  /// The bytes in `range` as text; malformed UTF-8 becomes U+FFFD.
  package func text(_ range: Range<Int>) -> String {
    // Safe: the buffer is read within the call.
    unsafe extracting(range).withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
  }

  /// Whether the bytes in `range` are those of `other`.
  package func holds(_ other: [UInt8], at range: Range<Int>) -> Bool {
    holds(other.span, at: range)
  }

  /// Whether the bytes in `range` are those of `other`; eight at a time.
  package func holds(_ other: Span<UInt8>, at range: Range<Int>) -> Bool {
    guard range.count == other.count else { return false }
    var index = 0
    while index &+ 8 <= other.count {
      let (own, its): (UInt64, UInt64) = (
        bigEndian(at: range.lowerBound &+ index), other.bigEndian(at: index)
      )
      guard own == its else { return false }
      index &+= 8
    }
    while index < other.count {
      guard self[range.lowerBound &+ index] == other[index] else { return false }
      index &+= 1
    }
    return true
  }
}

extension [UInt8] {
  fileprivate init(
    unsafeUninitializedCapacity count: Int, from bytes: Span<UInt8>, _ range: Range<Int>
  ) {
    // Safe: both buffers have `count` bytes and live through the call.
    unsafe self = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      unsafe bytes.extracting(range).withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(from: source)
      }
      initialized = count
    }
  }

  /// Appends the UTF-8 of `text`, which is not changed; says how many bytes that were.
  ///
  /// In place, so that no reference to the text is counted.
  @inlinable
  package mutating func append(utf8Of text: inout String) -> Int {
    // Safe: the text's own bytes are read within the call.
    text.withUTF8 { bytes in
      unsafe append(contentsOf: bytes)
      return bytes.count
    }
  }

  /// Appends `value` with its most significant byte first; inlinable as ``Span/bigEndian(at:as:)``.
  @inlinable
  package mutating func append<Integer: FixedWidthInteger & BitwiseCopyable>(
    bigEndian value: Integer
  ) {
    // Safe: the integer's own bytes are read within the call.
    unsafe Swift.withUnsafeBytes(of: value.bigEndian) { unsafe append(contentsOf: $0) }
  }

  /// Writes `value` with its most significant byte first over the bytes from `offset` on; traps
  /// when they are not there.
  @inlinable
  package mutating func replace<Integer: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, withBigEndian value: Integer
  ) {
    precondition(offset >= 0 && offset &+ MemoryLayout<Integer>.size <= count, "write past the end")
    // Safe: the bounds were checked in the line before.
    unsafe withUnsafeMutableBytes {
      unsafe $0.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Integer.self)
    }
  }

  /// Appends a copy of the bytes in `range` of `other`.
  package mutating func append(_ other: Span<UInt8>, in range: Range<Int>) {
    // Safe: the buffer is read within the call.
    unsafe other.extracting(range).withUnsafeBytes { unsafe append(contentsOf: $0) }
  }

  /// Writes the digest over the 32 bytes from `offset` on; traps when they are not there.
  package mutating func replace(at offset: Int, with digest: Digest) {
    replace(at: offset, withBigEndian: digest.word0)
    replace(at: offset + 8, withBigEndian: digest.word1)
    replace(at: offset + 16, withBigEndian: digest.word2)
    replace(at: offset + 24, withBigEndian: digest.word3)
  }

  package mutating func append(_ digest: Digest) {
    append(bigEndian: digest.word0)
    append(bigEndian: digest.word1)
    append(bigEndian: digest.word2)
    append(bigEndian: digest.word3)
  }

  /// Appends `str8`: a length byte and that many bytes of UTF-8; traps beyond 255 bytes.
  package mutating func append(str8 text: String) {
    let utf8 = text.utf8
    precondition(utf8.count <= 255, "str8 holds 255 bytes at the most")
    append(UInt8(utf8.count))
    append(contentsOf: utf8)
  }

  /// Lower-case hexadecimal digits, two a byte.
  package var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(count * 2)
    for byte in self {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads hexadecimal digits of either case; `nil` for an odd count or another character.
  package init?(hex: String) {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in hex.utf8 {
      guard let digit = UInt8(hexDigit: character) else { return nil }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    guard high == nil else { return nil }
    self = bytes
  }
}

extension UInt8 {
  fileprivate init?(hexDigit character: UInt8) {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self = character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self = character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self = character - UInt8(ascii: "A") + 10
    default: return nil
    }
  }
}
