extension [UInt8] {
  /// These bytes with one to four random changes: a bit flipped, a byte set, a piece removed,
  /// repeated or moved, or the end cut off.
  package func mutated(using generator: inout SeededGenerator) -> [UInt8] {
    var bytes = self
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      guard !bytes.isEmpty else { return generator.bytes(3) }
      let index = Int.random(in: 0..<bytes.count, using: &generator)
      let end = Swift.min(bytes.count, index + Int.random(in: 1...8, using: &generator))
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1: bytes[index] = UInt8.random(in: .min ... .max, using: &generator)
      case 2: bytes.removeSubrange(index..<end)
      case 3: bytes.insert(contentsOf: Array(bytes[index..<end]), at: index)
      case 4: bytes.removeLast(bytes.count - index)
      default:
        let piece = Array(bytes[index..<end])
        bytes.removeSubrange(index..<end)
        bytes.insert(
          contentsOf: piece, at: Int.random(in: 0...bytes.count, using: &generator))
      }
    }
    return bytes
  }
}

extension SeededGenerator {
  package mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
  }
}
