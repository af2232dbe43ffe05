internal import EventModel

/// Identifiers that are digests of texts.
enum StableIdentifier {
  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  /// `<prefix>_` and the 26 characters of Crockford's base 32 for the first 128 bits of `digest`.
  static func text(prefix: String, _ digest: Digest) -> String {
    let (high, low) = words(digest)
    var characters: [UInt8] = []
    characters.reserveCapacity(26)
    // 128 bits in groups of five from the right; the first group has three bits.
    for position in 0..<26 {
      let shift = (25 - position) * 5
      let value: UInt64
      switch shift {
      case 64...: value = high >> UInt64(shift - 64)
      case 60...63: value = (high << UInt64(64 - shift)) | (low >> UInt64(shift))
      default: value = low >> UInt64(shift)
      }
      characters.append(alphabet[Int(value & 31)])
    }
    return prefix + "_" + String(decoding: characters, as: UTF8.self)
  }

  /// The first 128 bits of `digest`.
  static func words(_ digest: Digest) -> (high: UInt64, low: UInt64) {
    let bytes = digest.bytes
    return (bytes.span.bigEndian(at: 0), bytes.span.bigEndian(at: 8))
  }

  static func digest(_ parts: [String]) -> Digest { .sha256(bytes(parts)) }

  /// `parts`, each with its length before it, so that no two lists are alike.
  static func bytes(_ parts: [String]) -> [UInt8] {
    var bytes = Array("deed-import".utf8)
    for part in parts {
      bytes.append(bigEndian: UInt32(truncatingIfNeeded: part.utf8.count))
      bytes += Array(part.utf8)
    }
    return bytes
  }
}

/// 128 bits of a digest that stand for a text in memory.
struct TextKey: Hashable, Sendable {
  let high: UInt64
  let low: UInt64

  init(_ parts: [String]) {
    (high, low) = StableIdentifier.words(StableIdentifier.digest(parts))
  }
}
