internal import EventModel

/// SipHash-2-4: a hash that nobody can aim at a slot without its key.
///
/// Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012).
package struct SipHash {
  private var v0: UInt64
  private var v1: UInt64
  private var v2: UInt64
  private var v3: UInt64

  private init(_ key: IndexHashKey) {
    v0 = 0x736f_6d65_7073_6575 ^ key.word0
    v1 = 0x646f_7261_6e64_6f6d ^ key.word1
    v2 = 0x6c79_6765_6e65_7261 ^ key.word0
    v3 = 0x7465_6462_7974_6573 ^ key.word1
  }

  /// The hash of `bytes`, as the reference implementation makes it.
  package static func hash(_ bytes: Span<UInt8>, _ key: IndexHashKey) -> UInt64 {
    var state = SipHash(key)
    let wholeEnd = bytes.count & ~7
    var offset = 0
    while offset < wholeEnd {
      state.absorb(bytes.bigEndian(at: offset, as: UInt64.self).byteSwapped)
      offset += 8
    }
    var last = UInt64(truncatingIfNeeded: bytes.count) << 56
    while offset < bytes.count {
      last |= UInt64(bytes[offset]) << UInt64(8 * (offset - wholeEnd))
      offset += 1
    }
    state.absorb(last)
    return state.finish()
  }

  /// The hash of the 16 bytes that `high` and `low` make, most significant first.
  package static func hash(high: UInt64, low: UInt64, _ key: IndexHashKey) -> UInt64 {
    var state = SipHash(key)
    state.absorb(high.byteSwapped)
    state.absorb(low.byteSwapped)
    state.absorb(16 << 56)
    return state.finish()
  }

  @inline(__always)
  private mutating func absorb(_ word: UInt64) {
    v3 ^= word
    round()
    round()
    v0 ^= word
  }

  private consuming func finish() -> UInt64 {
    var state = self
    state.v2 ^= 0xff
    for _ in 0..<4 { state.round() }
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3
  }

  @inline(__always)
  private mutating func round() {
    v0 &+= v1
    v1 = v1.rotatedLeft(13) ^ v0
    v0 = v0.rotatedLeft(32)
    v2 &+= v3
    v3 = v3.rotatedLeft(16) ^ v2
    v0 &+= v3
    v3 = v3.rotatedLeft(21) ^ v0
    v2 &+= v1
    v1 = v1.rotatedLeft(17) ^ v2
    v2 = v2.rotatedLeft(32)
  }
}

extension UInt64 {
  @inline(__always)
  fileprivate func rotatedLeft(_ count: UInt64) -> UInt64 {
    self &<< count | self &>> (64 &- count)
  }
}
