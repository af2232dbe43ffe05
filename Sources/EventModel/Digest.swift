internal import Crypto

/// The 32 bytes that SHA-256 makes of a message.
///
/// Source: FIPS 180-4; the tree's two hashes are those of RFC 6962 section 2.1.
package struct Digest: Hashable, Sendable {
  let word0: UInt64
  let word1: UInt64
  let word2: UInt64
  let word3: UInt64

  package static let byteCount = 32
  /// 32 zero bytes: the predecessor of a stream's first event.
  package static let zero = Digest(word0: 0, word1: 0, word2: 0, word3: 0)

  package var isZero: Bool { word0 | word1 | word2 | word3 == 0 }
}

extension Digest {
  /// Reads a digest from `bytes[offset ..< offset + 32]`; traps when they are not there.
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

  /// Writes the 32 bytes from `offset` on; traps when there is no room.
  func write(into bytes: inout InlineArray<65, UInt8>, at offset: Int) {
    for index in 0..<8 {
      let shift = UInt64(56 - 8 * index)
      bytes[offset + index] = UInt8(truncatingIfNeeded: word0 >> shift)
      bytes[offset + 8 + index] = UInt8(truncatingIfNeeded: word1 >> shift)
      bytes[offset + 16 + index] = UInt8(truncatingIfNeeded: word2 >> shift)
      bytes[offset + 24 + index] = UInt8(truncatingIfNeeded: word3 >> shift)
    }
  }
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
}

/// SHA-256 over bytes that come in pieces.
package struct DigestHasher {
  private var hasher = SHA256()

  package init() {}

  /// Takes the next piece, without copying it.
  package mutating func update(_ bytes: Span<UInt8>) {
    // Safe: the hash reads the buffer within the call and keeps nothing of it.
    unsafe bytes.withUnsafeBytes { buffer in unsafe hasher.update(bufferPointer: buffer) }
  }

  package mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

  package consuming func finalize() -> Digest {
    let digest = hasher.finalize()
    // Safe: SHA-256 makes 32 bytes; each load stays within them.
    return unsafe digest.withUnsafeBytes { buffer in
      unsafe Digest(
        word0: UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
        word1: UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
        word2: UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
        word3: UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 24, as: UInt64.self)))
    }
  }
}

extension Digest: CustomStringConvertible {
  package var description: String { hex }
}
