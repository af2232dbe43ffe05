/// Finding the identifiers of people, `usr_` and letters and digits, in what events say.
package enum UserMentions {
  private static let prefix = Array("usr_".utf8)
  /// A ULID's: in a message's bytes the next field may begin with a letter.
  private static let most = 26

  /// The identifiers among the bytes of a message; each once.
  ///
  /// - Complexity: O(bytes).
  static func identifiers(in bytes: [UInt8]) -> Set<String> {
    Set(
      ranges(in: bytes).map { range in
        String(decoding: bytes[range].prefix(prefix.count + most), as: UTF8.self)
      })
  }

  /// Where identifiers stand in `bytes`, in order.
  package static func ranges(in bytes: [UInt8]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var index = 0
    while index + prefix.count < bytes.count {
      guard bytes[index] == prefix[0], bytes[index..<index + prefix.count].elementsEqual(prefix)
      else {
        index += 1
        continue
      }
      var end = index + prefix.count
      while end < bytes.count, isPart(bytes[end]) { end += 1 }
      ranges.append(index..<end)
      index = end
    }
    return ranges
  }

  private static func isPart(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }
}
