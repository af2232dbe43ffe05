/// One piece of Swift source, without comments and blanks.
struct SwiftToken: Equatable {
  enum Kind: Equatable {
    /// A keyword, a name, a number, or an attribute's name without its `@`.
    case word
    /// The text of a string literal; interpolated code in it becomes tokens of its own.
    case string
    /// One character of punctuation.
    case mark
  }

  let kind: Kind
  let text: String
  /// Counted from 1.
  let line: Int
}

extension [SwiftToken] {
  /// Reads `source` as far as rules of tidiness need it: regular-expression literals are not known.
  init(reading source: String) {
    var reader = SwiftTokenReader(bytes: [UInt8](source.utf8))
    reader.readCode(until: nil)
    self = reader.tokens
  }
}

/// Cuts Swift source into tokens in one pass.
private struct SwiftTokenReader {
  let bytes: [UInt8]
  var index = 0
  var line = 1
  var tokens: [SwiftToken] = []

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Reads to the end, or behind the `)` that closes an interpolation when `end` is given.
  mutating func readCode(until end: UInt8?) {
    var depth = 0
    while let byte = peek() {
      if byte == UInt8(ascii: "\n") {
        line += 1
        index += 1
      } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "/") {
        skipLine()
      } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
        skipBlockComment()
      } else if byte == UInt8(ascii: "\"") || startsRawString() {
        readString()
      } else if byte.isNameByte || byte == UInt8(ascii: "`") {
        readWord()
      } else if byte <= 0x20 {
        index += 1
      } else {
        if end != nil {
          if byte == UInt8(ascii: "(") { depth += 1 }
          if byte == UInt8(ascii: ")") {
            if depth == 0 {
              index += 1
              return
            }
            depth -= 1
          }
        }
        add(.mark, String(UnicodeScalar(byte)))
        index += 1
      }
    }
  }

  private func peek(_ offset: Int = 0) -> UInt8? {
    index + offset < bytes.count ? bytes[index + offset] : nil
  }

  private mutating func add(_ kind: SwiftToken.Kind, _ text: String) {
    tokens.append(SwiftToken(kind: kind, text: text, line: line))
  }

  private mutating func skipLine() {
    while let byte = peek(), byte != UInt8(ascii: "\n") { index += 1 }
  }

  private mutating func skipBlockComment() {
    var depth = 0
    while let byte = peek() {
      if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
        depth += 1
        index += 2
      } else if byte == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
        depth -= 1
        index += 2
        if depth == 0 { return }
      } else {
        if byte == UInt8(ascii: "\n") { line += 1 }
        index += 1
      }
    }
  }

  private mutating func readWord() {
    let start = index
    if peek() == UInt8(ascii: "`") {
      index += 1
      while let byte = peek(), byte != UInt8(ascii: "`"), byte != UInt8(ascii: "\n") { index += 1 }
      index += 1
    } else {
      while let byte = peek(), byte.isNameByte { index += 1 }
    }
    add(.word, String(decoding: bytes[start..<min(index, bytes.count)], as: UTF8.self))
  }

  private func startsRawString() -> Bool {
    guard peek() == UInt8(ascii: "#") else { return false }
    var offset = 1
    while peek(offset) == UInt8(ascii: "#") { offset += 1 }
    return peek(offset) == UInt8(ascii: "\"")
  }

  private mutating func readString() {
    var hashes = 0
    while peek() == UInt8(ascii: "#") {
      hashes += 1
      index += 1
    }
    let isMultiline = peek(1) == UInt8(ascii: "\"") && peek(2) == UInt8(ascii: "\"")
    let quotes = isMultiline ? 3 : 1
    index += quotes
    let place = tokens.count
    let startLine = line
    var text: [UInt8] = []
    while let byte = peek(), !closes(quotes: quotes, hashes: hashes) {
      if byte == UInt8(ascii: "\n") {
        if !isMultiline { break }
        line += 1
      }
      if byte == UInt8(ascii: "\\"), escapes(hashes: hashes) {
        index += 1 + hashes
        if peek() == UInt8(ascii: "(") {
          index += 1
          readCode(until: UInt8(ascii: ")"))
        } else {
          if peek() == UInt8(ascii: "\n") { line += 1 }
          index += 1
        }
        continue
      }
      text.append(byte)
      index += 1
    }
    if peek() == UInt8(ascii: "\"") { index += quotes + hashes }
    let string = String(decoding: text, as: UTF8.self)
    tokens.insert(SwiftToken(kind: .string, text: string, line: startLine), at: place)
  }

  private func closes(quotes: Int, hashes: Int) -> Bool {
    (0..<quotes).allSatisfy { peek($0) == UInt8(ascii: "\"") }
      && (0..<hashes).allSatisfy { peek(quotes + $0) == UInt8(ascii: "#") }
  }

  private func escapes(hashes: Int) -> Bool {
    (0..<hashes).allSatisfy { peek(1 + $0) == UInt8(ascii: "#") }
  }
}

extension UInt8 {
  fileprivate var isNameByte: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= self
      || (UInt8(ascii: "A")...UInt8(ascii: "Z")) ~= self
      || (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= self || self == UInt8(ascii: "_")
      || self >= 0x80
  }
}
