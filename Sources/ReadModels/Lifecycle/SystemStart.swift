internal import Foundation

/// Since when the system runs.
enum SystemStart {
  /// Another number after each start of the system; 0 where the system doesn't say.
  ///
  /// Source: Linux, random(4), `/proc/sys/kernel/random/boot_id`.
  static let mark: Int64 = {
    guard let bytes = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id") else {
      return 0
    }
    let digits = String(decoding: bytes, as: UTF8.self).filter(\.isHexDigit).prefix(16)
    return UInt64(digits, radix: 16).map { Int64(bitPattern: $0) } ?? 0
  }()
}
