/// Why bytes are no JSON value that can be taken; places are bytes, counted from 1.
package enum JSONRefusal: Error, Hashable, Sendable {
  case malformedUTF8(at: Int)
  case unexpected(at: Int)
  case ended
  case tooDeep(limit: Int)
  case tooLong(byteLimit: Int)
  case textBehindValue(at: Int)
  case duplicateMember(String)
  case loneSurrogate(at: Int)
  case notAnObject(found: String)
}

extension JSONRefusal: CustomStringConvertible {
  package var description: String {
    switch self {
    case .malformedUTF8(let place): "byte \(place) is not UTF-8"
    case .unexpected(let place): "byte \(place) is not what JSON has there"
    case .ended: "it ends in the middle of a value"
    case .tooDeep(let limit): "it nests deeper than \(limit) levels"
    case .tooLong(let limit): "it has more than \(limit) bytes"
    case .textBehindValue(let place): "text stands behind the value at byte \(place)"
    case .duplicateMember(let name): "it has the member “\(name)” twice"
    case .loneSurrogate(let place): "the escape at byte \(place) is half a surrogate pair"
    case .notAnObject(let found): "it is \(found) where an object is needed"
    }
  }
}

/// Reads one JSON value strictly: RFC 8259, and no member twice, no half surrogates.
package struct JSONParser {
  package static let depthLimit = 64
  private let bytes: [UInt8]
  private var index = 0
  private var depth = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The value that `bytes` holds and nothing else, white space aside.
  package static func value(of bytes: [UInt8]) throws(JSONRefusal) -> JSONValue {
    if let fault = UTF8Check.firstFault(in: bytes, bytes.indices) {
      throw .malformedUTF8(at: fault + 1)
    }
    var parser = JSONParser(bytes)
    let value = try parser.value()
    parser.skipSpace()
    guard parser.index == bytes.count else { throw .textBehindValue(at: parser.index + 1) }
    return value
  }

  package static func value(of text: String) throws(JSONRefusal) -> JSONValue {
    try value(of: Array(text.utf8))
  }

  private mutating func value() throws(JSONRefusal) -> JSONValue {
    skipSpace()
    guard index < bytes.count else { throw .ended }
    switch bytes[index] {
    case UInt8(ascii: "{"): return try nested { parser throws(JSONRefusal) in try parser.object() }
    case UInt8(ascii: "["): return try nested { parser throws(JSONRefusal) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(JSONRefusal) -> JSONValue
  ) throws(JSONRefusal) -> JSONValue {
    guard depth < Self.depthLimit else { throw .tooDeep(limit: Self.depthLimit) }
    depth += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func object() throws(JSONRefusal) -> JSONValue {
    index += 1
    var members: [JSONMember] = []
    var names: Set<ExactText> = []
    skipSpace()
    if take("}") { return .object([]) }
    while true {
      skipSpace()
      guard index < bytes.count else { throw .ended }
      guard bytes[index] == UInt8(ascii: "\"") else { throw .unexpected(at: index + 1) }
      let name = try string()
      if members.count < Self.fewMembers {
        guard !members.contains(where: { ExactText($0.name) == ExactText(name) }) else {
          throw .duplicateMember(name)
        }
      } else {
        if names.isEmpty { names = Set(members.map { ExactText($0.name) }) }
        guard names.insert(ExactText(name)).inserted else { throw .duplicateMember(name) }
      }
      skipSpace()
      try demand(":")
      members.append(JSONMember(name, try value()))
      skipSpace()
      if take("}") { return .object(members) }
      try demand(",")
    }
  }

  /// So many are compared one by one.
  private static let fewMembers = 16

  private mutating func array() throws(JSONRefusal) -> JSONValue {
    index += 1
    var values: [JSONValue] = []
    skipSpace()
    if take("]") { return .array([]) }
    while true {
      values.append(try value())
      skipSpace()
      if take("]") { return .array(values) }
      try demand(",")
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(JSONRefusal) -> JSONValue {
    for byte in word.utf8 {
      guard index < bytes.count else { throw .ended }
      guard bytes[index] == byte else { throw .unexpected(at: index + 1) }
      index += 1
    }
    return value
  }

  private mutating func number() throws(JSONRefusal) -> String {
    let start = index
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private mutating func digits() throws(JSONRefusal) {
    let start = index
    while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= bytes[index] {
      index += 1
    }
    guard index > start else {
      throw index < bytes.count ? .unexpected(at: index + 1) : .ended
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard index < bytes.count, UInt32(bytes[index]) == character.value else { return false }
    index += 1
    return true
  }

  private mutating func demand(_ character: Unicode.Scalar) throws(JSONRefusal) {
    guard index < bytes.count else { throw .ended }
    guard take(character) else { throw .unexpected(at: index + 1) }
  }

  private mutating func skipSpace() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x09, .lineFeed, .carriageReturn: index += 1
      default: return
      }
    }
  }
}

extension JSONParser {
  private mutating func string() throws(JSONRefusal) -> String {
    index += 1
    let start = index
    while index < bytes.count, bytes[index] != .quote, bytes[index] != UInt8(ascii: "\\"),
      bytes[index] >= 0x20
    { index += 1 }
    if index < bytes.count, bytes[index] == .quote {
      index += 1
      return String(decoding: bytes[start..<index - 1], as: UTF8.self)
    }
    var text = Array(bytes[start..<index])
    while index < bytes.count {
      let byte = bytes[index]
      switch byte {
      case .quote:
        index += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        index += 1
        try escape(into: &text)
      case 0..<0x20: throw .unexpected(at: index + 1)
      default:
        text.append(byte)
        index += 1
      }
    }
    throw .ended
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONRefusal) {
    guard index < bytes.count else { throw .ended }
    let byte = bytes[index]
    index += 1
    switch byte {
    case .quote, UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text += Array(String(try escapedScalar()).utf8)
    default: throw .unexpected(at: index)
    }
  }

  private mutating func escapedScalar() throws(JSONRefusal) -> Unicode.Scalar {
    let place = index - 1
    let unit = try hexadecimalUnit()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard UTF16.isLeadSurrogate(UInt16(unit)), take("\\"), take("u") else {
      throw .loneSurrogate(at: place)
    }
    let trail = try hexadecimalUnit()
    guard UTF16.isTrailSurrogate(UInt16(trail)),
      let scalar = Unicode.Scalar(0x1_0000 + (unit - 0xd800) << 10 + (trail - 0xdc00))
    else { throw .loneSurrogate(at: place) }
    return scalar
  }

  private mutating func hexadecimalUnit() throws(JSONRefusal) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard index < bytes.count else { throw .ended }
      let byte = bytes[index]
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw .unexpected(at: index + 1)
      }
      value = value << 4 | UInt32(digit)
      index += 1
    }
    return value
  }
}
