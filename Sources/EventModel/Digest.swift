internal import CSHA

/// The 32 bytes that SHA-256 makes of a message.
///
/// Source: FIPS 180-4; the tree's two hashes are those of RFC 6962 section 2.1.
package struct Digest: Hashable, Sendable {
  @usableFromInline let word0: UInt64
  @usableFromInline let word1: UInt64
  @usableFromInline let word2: UInt64
  @usableFromInline let word3: UInt64

  @inlinable
  init(word0: UInt64, word1: UInt64, word2: UInt64, word3: UInt64) {
    self.word0 = word0
    self.word1 = word1
    self.word2 = word2
    self.word3 = word3
  }

  package static let byteCount = 32
  /// 32 zero bytes: the predecessor of a stream's first event.
  package static let zero = Digest(word0: 0, word1: 0, word2: 0, word3: 0)

  @inlinable
  package var isZero: Bool { word0 | word1 | word2 | word3 == 0 }
}

extension Digest {
  /// Reads a digest from `bytes[offset ..< offset + 32]`; traps when they are not there.
  @inlinable
  package init(_ bytes: Span<UInt8>, at offset: Int = 0) {
    self.init(
      word0: bytes.bigEndian(at: offset), word1: bytes.bigEndian(at: offset + 8),
      word2: bytes.bigEndian(at: offset + 16), word3: bytes.bigEndian(at: offset + 24))
  }

  /// Reads a digest from exactly 32 bytes; `nil` for any other count.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.init(bytes.span)
  }

  package var bytes: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(Self.byteCount)
    result.append(self)
    return result
  }

  /// 64 lower-case hexadecimal digits.
  package var hex: String { bytes.hex }
}

extension Digest {
  /// SHA-256 of `bytes`, without copying them.
  package static func sha256(_ bytes: Span<UInt8>) -> Digest {
    var hasher = DigestHasher()
    hasher.update(bytes)
    return hasher.finalize()
  }

  /// SHA-256 of `bytes`.
  package static func sha256(_ bytes: [UInt8]) -> Digest { sha256(bytes.span) }

  /// RFC 6962 section 2.1: SHA-256(01 ‖ left ‖ right).
  ///
  /// The 65 bytes are the last ones of nine words, so that they are made and hashed at once.
  package static func nodeHash(_ left: Digest, _ right: Digest) -> Digest {
    var words = InlineArray<9, UInt64>(repeating: UInt64(1).bigEndian)
    words[1] = left.word0.bigEndian
    words[2] = left.word1.bigEndian
    words[3] = left.word2.bigEndian
    words[4] = left.word3.bigEndian
    words[5] = right.word0.bigEndian
    words[6] = right.word1.bigEndian
    words[7] = right.word2.bigEndian
    words[8] = right.word3.bigEndian
    var hasher = DigestHasher()
    hasher.update(lastBytes: 65, of: words)
    return hasher.finalize()
  }
}

/// SHA-256 over bytes that come in pieces.
package struct DigestHasher: Sendable {
  private var context = SHA256_CTX()

  package init() { Self.check(unsafe SHA256_Init(&context)) }

  /// Takes the next piece, without copying it.
  package mutating func update(_ bytes: Span<UInt8>) {
    // Safe: the hash reads the buffer within the call and keeps nothing of it.
    unsafe bytes.withUnsafeBytes { buffer in
      Self.check(unsafe SHA256_Update(&context, buffer.baseAddress, buffer.count))
    }
  }

  package mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

  fileprivate mutating func update(lastBytes count: Int, of words: InlineArray<9, UInt64>) {
    // Safe: the words have 72 bytes, of which the last are read within the call.
    unsafe withUnsafeBytes(of: words) { buffer in
      let last = unsafe UnsafeRawBufferPointer(rebasing: buffer.suffix(count))
      Self.check(unsafe SHA256_Update(&context, last.baseAddress, last.count))
    }
  }

  package consuming func finalize() -> Digest {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    // Safe: SHA-256 makes 32 bytes, which the four words have.
    unsafe withUnsafeMutableBytes(of: &words) { buffer in
      let bytes = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
      Self.check(unsafe SHA256_Final(bytes, &context))
    }
    return Digest(
      word0: words.0.bigEndian, word1: words.1.bigEndian, word2: words.2.bigEndian,
      word3: words.3.bigEndian)
  }

  /// OpenSSL's SHA-256 fails for no input: what it says is looked at all the same.
  private static func check(_ code: CInt) { precondition(code == 1, "SHA-256 failed") }
}

extension Digest: CustomStringConvertible {
  package var description: String { hex }
}
