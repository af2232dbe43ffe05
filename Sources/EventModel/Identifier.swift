/// 16 bytes that name something: an event, a command, a key.
package protocol Identifier: Hashable, Comparable, Sendable, CustomStringConvertible {
  var high: UInt64 { get }
  var low: UInt64 { get }
  init(high: UInt64, low: UInt64)
}

extension Identifier {
  package static var zero: Self { Self(high: 0, low: 0) }
  @inlinable
  package var isZero: Bool { high | low == 0 }

  /// Reads 16 bytes at `offset`; traps when they are not there.
  @inlinable
  package init(_ bytes: Span<UInt8>, at offset: Int = 0) {
    let (high, low) = bytes.identifier(at: offset)
    self.init(high: high, low: low)
  }

  /// Reads exactly 16 bytes; `nil` for any other count.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    self.init(bytes.span)
  }

  package var bytes: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(16)
    result.append(bigEndian: high)
    result.append(bigEndian: low)
    return result
  }

  /// 32 lower-case hexadecimal digits.
  package var hex: String { bytes.hex }

  @inlinable
  package static func < (a: Self, b: Self) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

/// The forms of RFC 9562: 8-4-4-4-12 hexadecimal digits.
extension Identifier {
  package var uuidText: String {
    let digits = Array(hex.utf8)
    let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
    return groups.map { String(decoding: digits[$0], as: UTF8.self) }.joined(separator: "-")
  }

  /// Reads the form that ``uuidText`` writes, in either case; `nil` for anything else.
  package init?(uuidText text: String) {
    let characters = Array(text.utf8)
    guard characters.count == 36 else { return nil }
    var digits: [UInt8] = []
    for (index, character) in characters.enumerated() {
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard character == UInt8(ascii: "-") else { return nil }
      } else {
        digits.append(character)
      }
    }
    guard let bytes = [UInt8](hex: String(decoding: digits, as: UTF8.self)) else { return nil }
    self.init(bytes)
  }

  /// A UUID of version 7: 48 bits of milliseconds, then `random` (RFC 9562 section 5.7).
  package init(version7At time: Timestamp, random: (UInt64, UInt64)) {
    let milliseconds = UInt64(max(0, time.microseconds / 1000)) & 0xffff_ffff_ffff
    self.init(
      high: milliseconds << 16 | 0x7000 | (random.0 & 0x0fff),
      low: 0x8000_0000_0000_0000 | (random.1 & 0x3fff_ffff_ffff_ffff))
  }

  /// A UUID of version 8 made of the first bytes of `digest`: the same name gives the same id.
  package init(version8Of digest: Digest) {
    self.init(
      high: digest.word0 & 0xffff_ffff_ffff_0fff | 0x8000,
      low: 0x8000_0000_0000_0000 | (digest.word1 & 0x3fff_ffff_ffff_ffff))
  }
}

/// Names one event, once in the whole log; a UUID, version 7 unless the event was imported.
package struct EventID: Identifier {
  package let high: UInt64
  package let low: UInt64

  @inlinable
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  package var description: String { uuidText }
}

/// Names the command that events came from; the same for all events of one command.
package struct CommandID: Identifier {
  package let high: UInt64
  package let low: UInt64

  @inlinable
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  package var description: String { uuidText }
}

/// Names the key of one data subject; 16 random bytes, not derived from the person.
package struct KeyID: Identifier {
  package let high: UInt64
  package let low: UInt64

  @inlinable
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  package var description: String { hex }
}
