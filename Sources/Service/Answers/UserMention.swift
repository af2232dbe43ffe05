/// Users' identifiers as they stand in texts: `usr_` and letters and digits.
public enum UserMention {
  private static let prefix = Array("usr_".utf8)

  /// Every identifier in `text`, in its order.
  public static func identifiers(in text: String) -> [String] {
    ranges(in: Array(text.utf8)).map { String(decoding: Array(text.utf8)[$0], as: UTF8.self) }
  }

  /// `text` with each identifier that `names` has put as the name.
  public static func replaced(in text: String, by names: [String: String]) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var start = 0
    for range in ranges(in: bytes) {
      let id = String(decoding: bytes[range], as: UTF8.self)
      result += bytes[start..<range.lowerBound]
      result += Array((names[id] ?? id).utf8)
      start = range.upperBound
    }
    return String(decoding: result + bytes[start...], as: UTF8.self)
  }

  private static func ranges(in bytes: [UInt8]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var index = 0
    while index + prefix.count < bytes.count {
      guard bytes[index] == prefix[0], bytes[index..<index + prefix.count].elementsEqual(prefix)
      else {
        index += 1
        continue
      }
      var end = index + prefix.count
      while end < bytes.count, isIdentifierByte(bytes[end]) { end += 1 }
      ranges.append(index..<end)
      index = end
    }
    return ranges
  }

  private static func isIdentifierByte(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }
}
