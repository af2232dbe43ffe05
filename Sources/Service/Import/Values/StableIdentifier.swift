internal import EventModel

/// Identifiers made of what a source calls a thing: the same name gives the same identifier on
/// every machine, and the identifier does not tell the name.
enum StableIdentifier {
  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  /// `<prefix>_` and the 26 characters of Crockford's base 32 for 128 bits of the digest of
  /// `parts`, each with its length before it.
  static func text(prefix: String, _ parts: [String]) -> String {
    let (high, low) = words(parts)
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

  /// The first 128 bits of the digest of `parts`.
  static func words(_ parts: [String]) -> (high: UInt64, low: UInt64) {
    let digest = digest(parts).bytes
    return (digest.span.bigEndian(at: 0), digest.span.bigEndian(at: 8))
  }

  static func digest(_ parts: [String]) -> Digest {
    var bytes = Array("deed-import".utf8)
    for part in parts {
      bytes.append(bigEndian: UInt32(truncatingIfNeeded: part.utf8.count))
      bytes += Array(part.utf8)
    }
    return .sha256(bytes)
  }
}

/// 128 bits of a digest that stand for a text in memory.
struct TextKey: Hashable, Sendable {
  let high: UInt64
  let low: UInt64

  init(_ parts: [String]) { (high, low) = StableIdentifier.words(parts) }
}
