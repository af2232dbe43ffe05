package import EventModel
internal import Synchronization

/// Makes the identifiers of new records and events.
///
/// Records get `<prefix>_<ULID>`, events a UUID of version 7; both begin with the time, so that
/// what was made later sorts later.
package final class IdentifierSource: Sendable {
  private struct Last: Sendable {
    var milliseconds: UInt64 = 0
    var high: UInt64 = 0
    var low: UInt64 = 0
  }

  private let random: RandomSource
  private let last = Mutex(Last())

  package init(_ random: RandomSource) { self.random = random }

  /// Such as `acc_01KAKV2DC093PHN6MKAZPW38M7`.
  ///
  /// `prefix` is one of crm-domain.md 3.1; a `time` before an earlier call's counts as that one.
  package func recordID(prefix: String, at time: Timestamp) -> String {
    let milliseconds = UInt64(max(0, time.microseconds / 1000)) & 0xffff_ffff_ffff
    let drawn = random.words()
    let (high, low) = last.withLock { last in
      if milliseconds > last.milliseconds {
        last = Last(
          milliseconds: milliseconds, high: milliseconds << 16 | drawn.0 & 0x7fff, low: drawn.1)
      } else {
        // A random step keeps identifiers of one millisecond hard to guess and in order.
        let (low, carry) = last.low.addingReportingOverflow(drawn.1 >> 16 | 1)
        last.low = low
        if carry { last.high &+= 1 }
      }
      return (last.high, last.low)
    }
    return "\(prefix)_\(Self.crockford(high, low))"
  }

  package func eventID(at time: Timestamp) -> EventID {
    EventID(version7At: time, random: random.words())
  }

  package func salt() -> (UInt64, UInt64) { random.words() }

  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  /// 26 characters of five bits each, the first of three.
  private static func crockford(_ high: UInt64, _ low: UInt64) -> String {
    var digits = [UInt8](repeating: 0, count: 26)
    var (high, low) = (high, low)
    for index in digits.indices.reversed() {
      digits[index] = alphabet[Int(low & 31)]
      low = low >> 5 | high << 59
      high >>= 5
    }
    return String(decoding: digits, as: UTF8.self)
  }
}
