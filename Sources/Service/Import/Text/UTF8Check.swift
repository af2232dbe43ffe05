/// Tells well-formed UTF-8 from other bytes, and where it ends.
///
/// Source: Unicode 16.0, table 3-7.
enum UTF8Check {
  /// Where the first malformed sequence of `bytes[range]` begins; `nil` when all is well.
  static func firstFault(in bytes: [UInt8], _ range: Range<Int>) -> Int? {
    var index = range.lowerBound
    while index < range.upperBound {
      guard bytes[index] >= 0x80 else {
        index += 1
        continue
      }
      guard let count = sequenceByteCount(bytes, at: index, before: range.upperBound) else {
        return index
      }
      index += count
    }
    return nil
  }

  private static func sequenceByteCount(_ bytes: [UInt8], at index: Int, before end: Int) -> Int? {
    let count: Int
    let second: ClosedRange<UInt8>
    switch bytes[index] {
    case 0xc2...0xdf: (count, second) = (2, 0x80...0xbf)
    case 0xe0: (count, second) = (3, 0xa0...0xbf)
    case 0xed: (count, second) = (3, 0x80...0x9f)
    case 0xe1...0xef: (count, second) = (3, 0x80...0xbf)
    case 0xf0: (count, second) = (4, 0x90...0xbf)
    case 0xf1...0xf3: (count, second) = (4, 0x80...0xbf)
    case 0xf4: (count, second) = (4, 0x80...0x8f)
    default: return nil
    }
    guard index + count <= end, second ~= bytes[index + 1] else { return nil }
    for next in (index + 2)..<max(index + 2, index + count) where bytes[next] & 0xc0 != 0x80 {
      return nil
    }
    return count
  }
}
