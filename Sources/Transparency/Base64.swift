internal import EventModel

/// Base64 of RFC 4648 section 4 in its one canonical form.
///
/// Padded, without line breaks, and without bits set behind the last byte, which Foundation's
/// decoder accepts.
package enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let pad = UInt8(ascii: "=")
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }()

  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits: UInt32 = 0
      for byte in group { bits = bits << 8 | UInt32(byte) }
      bits <<= UInt32(8 * (3 - group.count))
      for digit in 0..<4 {
        let value = alphabet[Int(bits >> UInt32(18 - 6 * digit) & 63)]
        text.append(digit <= group.count ? value : pad)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// `nil` for anything that ``encode(_:)`` can't have made.
  package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? { decoded(text) }

  /// The same of other collections; inside this module alone, where it is specialised.
  static func decode(_ text: some Collection<UInt8>) -> [UInt8]? { decoded(text) }

  private static func decoded(_ text: some Collection<UInt8>) -> [UInt8]? {
    let padding = text.suffix(2).count { $0 == pad }
    guard text.count.isMultiple(of: 4) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var bits: UInt32 = 0
    for (index, character) in text.dropLast(padding).enumerated() {
      let value = values[Int(character)]
      guard value < 64 else { return nil }
      bits = bits << 6 | UInt32(value)
      guard index & 3 == 3 else { continue }
      for shift in [16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(shift))) }
      bits = 0
    }
    switch padding {
    case 1:
      guard bits & 3 == 0 else { return nil }
      bytes.append(UInt8(truncatingIfNeeded: bits >> 10))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 2))
    case 2:
      guard bits & 15 == 0 else { return nil }
      bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
    default: break
    }
    return bytes
  }
}

extension Digest {
  /// 44 characters of canonical base64.
  package var base64: String { Base64.encode(bytes) }

  /// Reads canonical base64 of 32 bytes; `nil` for anything else.
  init?(base64 text: some Collection<UInt8>) {
    guard text.count == 44, let bytes = Base64.decode(text) else { return nil }
    self.init(bytes)
  }
}
