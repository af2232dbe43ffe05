/// HMAC-SHA-256 under one key, of as many messages as wanted: the key goes into it once.
///
/// Source: RFC 2104.
package struct MessageCode: Sendable {
  /// What has taken the key, for the message and for the message's digest.
  private let inner: DigestHasher
  private let outer: DigestHasher

  private static let blockByteCount = 64

  package init(key: Span<UInt8>) {
    var block = [UInt8](repeating: 0, count: Self.blockByteCount)
    if key.count > Self.blockByteCount {
      block.replaceSubrange(0..<Digest.byteCount, with: Digest.sha256(key).bytes)
    } else {
      for index in 0..<key.count { block[index] = key[index] }
    }
    inner = Self.hasher(block, 0x36)
    outer = Self.hasher(block, 0x5c)
  }

  private static func hasher(_ block: [UInt8], _ mask: UInt8) -> DigestHasher {
    var hasher = DigestHasher()
    hasher.update(block.map { $0 ^ mask })
    return hasher
  }

  /// The code of `message`.
  package func code(of message: Span<UInt8>) -> Digest {
    var hasher = inner
    hasher.update(message)
    return finish(hasher)
  }

  package func code(of message: [UInt8]) -> Digest { code(of: message.span) }

  private func finish(_ hasher: consuming DigestHasher) -> Digest {
    var last = outer
    last.update(hasher.finalize().bytes)
    return last.finalize()
  }
}
