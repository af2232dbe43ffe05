internal import CSHA
internal import Glibc
internal import Synchronization

/// Where random bytes come from: passed in, so that a golden log can be made again.
package struct RandomSource: Sendable {
  private let make: @Sendable (Int) -> [UInt8]

  /// - Parameter make: gives as many bytes as it is asked for, on any thread.
  package init(_ make: @escaping @Sendable (Int) -> [UInt8]) { self.make = make }

  /// The system's generator, fit for keys.
  package static let system: RandomSource = {
    let pool = RandomPool()
    return RandomSource { pool.take($0) }
  }()

  package func bytes(_ count: Int) -> [UInt8] {
    let bytes = make(count)
    precondition(bytes.count == count, "asked for \(count) random bytes, got \(bytes.count)")
    return bytes
  }

  /// 16 random bytes as two words, as salts and identifiers take them.
  package func words() -> (UInt64, UInt64) {
    let bytes = bytes(16)
    return bytes.span.identifier(at: 0)
  }
}

/// Random bytes of the kernel, fetched many at a time: one call for 16 bytes costs as much as one
/// for hundreds.
private final class RandomPool: Sendable {
  private let bytes = Mutex<[UInt8]>([])
  private static let fetchCount = 4096

  /// Gives `count` bytes that nobody got before, and keeps no copy of them.
  func take(_ count: Int) -> [UInt8] {
    guard count <= Self.fetchCount / 4 else { return Self.fetch(count) }
    return bytes.withLock { bytes in
      if bytes.count < count { bytes = Self.fetch(Self.fetchCount) }
      let taken = Array(bytes.suffix(count))
      for index in bytes.count - count..<bytes.count { bytes[index] = 0 }
      bytes.removeLast(count)
      return taken
    }
  }

  private static func fetch(_ count: Int) -> [UInt8] {
    // Safe: getrandom writes into the array's own memory, and says how many bytes it wrote.
    unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      while filled < count {
        let written = unsafe getrandom(
          buffer.baseAddress.map { unsafe $0 + filled }, count - filled, 0)
        if written > 0 { filled += written } else if errno != EINTR { break }
      }
      precondition(filled == count, "the system gives no random bytes: errno \(errno)")
    }
  }
}
