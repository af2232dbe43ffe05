internal import EventModel
internal import Transparency

/// Reads JSON of one known shape, and refuses whatever has another: members that are unknown,
/// missing or doubled, numbers that are no canonical integers, base64 that is not canonical.
///
/// Since the shape is known, what is read nests no deeper than the shape.
struct StrictJSON {
  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func refused(_ reason: String) -> EvidenceError { .malformed(at: index + 1, reason) }

  private mutating func skipSpace() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x09, 0x0a, 0x0d: index += 1
      default: return
      }
    }
  }

  private mutating func take(_ character: Character) throws(EvidenceError) {
    skipSpace()
    guard index < bytes.count, bytes[index] == character.asciiValue else {
      throw refused("“\(character)” is missing")
    }
    index += 1
  }

  private mutating func takes(_ character: Character) -> Bool {
    skipSpace()
    guard index < bytes.count, bytes[index] == character.asciiValue else { return false }
    index += 1
    return true
  }

  /// Nothing but space may stand behind the value.
  mutating func end() throws(EvidenceError) {
    skipSpace()
    guard index == bytes.count else { throw refused("text stands behind the value") }
  }

  /// Reads an object: `body` reads the value of each member.
  mutating func object(
    _ required: Set<String>, optional: Set<String> = [],
    _ body: (_ name: String, _ reader: inout StrictJSON) throws(EvidenceError) -> Void
  ) throws(EvidenceError) {
    try take("{")
    var seen: Set<String> = []
    if !takes("}") {
      while true {
        let name = try string(limit: 64)
        guard required.contains(name) || optional.contains(name) else {
          throw refused("“\(name)” is no member there")
        }
        guard seen.insert(name).inserted else { throw refused("the member “\(name)” stands twice") }
        try take(":")
        try body(name, &self)
        if takes("}") { break }
        try take(",")
      }
    }
    if let missing = required.subtracting(seen).min() {
      throw refused("the member “\(missing)” is missing")
    }
  }

  /// Reads an array of at most `limit` elements: `body` reads each.
  mutating func array(
    limit: Int, _ body: (_ reader: inout StrictJSON) throws(EvidenceError) -> Void
  ) throws(EvidenceError) {
    try take("[")
    if takes("]") { return }
    var count = 0
    while true {
      guard count < limit else { throw refused("there are more than \(limit) elements") }
      count += 1
      try body(&self)
      if takes("]") { return }
      try take(",")
    }
  }

  /// Reads an integer without sign, fraction, exponent or leading zeros.
  mutating func integer() throws(EvidenceError) -> UInt64 {
    skipSpace()
    let start = index
    while index < bytes.count, (0x30...0x39) ~= bytes[index] { index += 1 }
    guard let value = UInt64(canonicalDecimal: bytes[start..<index]) else {
      throw refused("an integer without sign and leading zeros is missing")
    }
    if index < bytes.count, [0x2e, 0x65, 0x45].contains(bytes[index]) {
      throw refused("the number is no integer")
    }
    return value
  }

  /// Reads bytes in canonical base64.
  mutating func base64() throws(EvidenceError) -> [UInt8] {
    skipSpace()
    guard index < bytes.count, bytes[index] == 0x22 else { throw refused("a text is missing") }
    // Base64 has no escapes, so the text ends at the next quote.
    guard let end = bytes[(index + 1)...].firstIndex(of: 0x22),
      let decoded = Base64.decode(bytes[(index + 1)..<end])
    else { throw refused("it is no canonical base64") }
    index = end + 1
    return decoded
  }

  /// Reads 32 bytes in canonical base64.
  mutating func digest() throws(EvidenceError) -> Digest {
    let start = self
    guard let digest = Digest(try base64()) else { throw start.refused("it has not 32 bytes") }
    return digest
  }

  /// Reads a text of at most `limit` bytes.
  mutating func string(limit: Int) throws(EvidenceError) -> String {
    try take("\"")
    var text: [UInt8] = []
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case 0x22:
        guard let result = String(validating: text, as: UTF8.self) else {
          throw refused("the text before is not UTF-8")
        }
        return result
      case 0x5c: text.append(contentsOf: Array(String(try escape()).utf8))
      case 0..<0x20: throw refused("a control character stands in a text")
      default: text.append(byte)
      }
      guard text.count <= limit else { throw refused("a text has more than \(limit) bytes") }
    }
    throw refused("a text does not end")
  }

  private mutating func escape() throws(EvidenceError) -> Unicode.Scalar {
    guard index < bytes.count else { throw refused("an escape does not end") }
    let byte = bytes[index]
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw refused("an escape is unknown")
    }
    let first = try hexUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard (0xd800..<0xdc00).contains(first), index + 1 < bytes.count, bytes[index] == 0x5c,
      bytes[index + 1] == UInt8(ascii: "u")
    else { throw refused("an escape is half a surrogate pair") }
    index += 2
    let second = try hexUnit()
    guard (0xdc00..<0xe000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
    else { throw refused("an escape is half a surrogate pair") }
    return scalar
  }

  private mutating func hexUnit() throws(EvidenceError) -> UInt32 {
    guard index + 4 <= bytes.count,
      let pair = [UInt8](hex: String(decoding: bytes[index..<index + 4], as: UTF8.self))
    else { throw refused("an escape has not four hexadecimal digits") }
    index += 4
    return UInt32(pair[0]) << 8 | UInt32(pair[1])
  }
}

extension StrictJSON {
  /// Reads a value of any shape that ``JSONText`` has, nesting `depth` levels at the most.
  mutating func value(depth: Int) throws(EvidenceError) -> JSONText {
    guard depth > 0 else { throw refused("it nests too deep") }
    skipSpace()
    guard index < bytes.count else { throw refused("a value is missing") }
    switch bytes[index] {
    case UInt8(ascii: "\""): return .text(try string(limit: 1 << 20))
    case UInt8(ascii: "["):
      var values: [JSONText] = []
      try array(limit: 1 << 16) { reader throws(EvidenceError) in
        values.append(try reader.value(depth: depth - 1))
      }
      return .list(values)
    case UInt8(ascii: "{"): return .object(try members(depth: depth))
    default: return .integer(try integer())
    }
  }

  private mutating func members(depth: Int) throws(EvidenceError) -> [JSONText.Member] {
    try take("{")
    var members: [JSONText.Member] = []
    if takes("}") { return members }
    while true {
      let name = try string(limit: 255)
      guard !members.contains(where: { $0.name == name }), members.count < 256 else {
        throw refused("the member “\(name)” stands twice")
      }
      try take(":")
      members.append(JSONText.Member(name, try value(depth: depth - 1)))
      if takes("}") { return members }
      try take(",")
    }
  }
}

extension JSONText {
  /// Reads what ``written`` writes: texts, integers, lists and objects, with no member twice.
  package init(parsing bytes: [UInt8]) throws(EvidenceError) {
    var reader = StrictJSON(bytes)
    self = try reader.value(depth: 8)
    try reader.end()
  }

  package subscript(name: String) -> JSONText? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  package var string: String? {
    guard case .text(let text) = self else { return nil }
    return text
  }

  package var number: UInt64? {
    guard case .integer(let value) = self else { return nil }
    return value
  }
}
