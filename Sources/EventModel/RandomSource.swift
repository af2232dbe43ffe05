/// Where random bytes come from: passed in, so that a golden log can be made again.
package struct RandomSource: Sendable {
  private let make: @Sendable (Int) -> [UInt8]

  /// - Parameter make: gives as many bytes as it is asked for, on any thread.
  package init(_ make: @escaping @Sendable (Int) -> [UInt8]) { self.make = make }

  /// The system's generator, fit for keys.
  package static let system = RandomSource { count in
    var generator = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 7)
    while bytes.count < count { bytes.append(bigEndian: generator.next() as UInt64) }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

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
