internal import Audit

/// Users' identifiers as they stand in texts: `usr_` and letters and digits.
public enum UserMention {
  /// Every identifier in `text`, in its order.
  public static func identifiers(in text: String) -> [String] {
    UserMentions.ranges(in: Array(text.utf8)).map {
      String(decoding: Array(text.utf8)[$0], as: UTF8.self)
    }
  }

  /// `text` with each identifier that `names` has put as the name.
  public static func replaced(in text: String, by names: [String: String]) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var start = 0
    for range in UserMentions.ranges(in: bytes) {
      let id = String(decoding: bytes[range], as: UTF8.self)
      result += bytes[start..<range.lowerBound]
      // A part of another identifier stays: that one must be copied as it is.
      let isPart = range.lowerBound > 0 && bytes[range.lowerBound - 1] == UInt8(ascii: "-")
      result += Array((isPart ? id : names[id] ?? id).utf8)
      start = range.upperBound
    }
    return String(decoding: result + bytes[start...], as: UTF8.self)
  }
}
