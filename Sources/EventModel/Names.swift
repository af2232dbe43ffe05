/// Text that names something in the log and never changes: ASCII by a grammar, so that equal
/// names have equal bytes.
package protocol Name: Hashable, Sendable, CustomStringConvertible {
  var text: String { get }
  /// `nil` when `text` is not of the grammar.
  init?(_ text: String)
}

extension Name {
  package var description: String { text }
}

/// Names a stream: `<category>-<id>`, such as `account-acc_01KAKV2DC093PHN6MKAZPW38M7`.
///
/// The category is `[a-z][A-Za-z0-9]*`, the first `-` ends it, the id is of `[A-Za-z0-9._:-]`
/// and `_`; the whole has 200 bytes at the most.
package struct StreamName: Name {
  package static let byteLimit = 200
  package let text: String

  package init?(_ text: String) {
    let utf8 = text.utf8
    guard utf8.count <= Self.byteLimit, let dash = utf8.firstIndex(of: UInt8(ascii: "-")),
      Self.isCategory(utf8[..<dash])
    else { return nil }
    let id = utf8[utf8.index(after: dash)...]
    guard !id.isEmpty, id.allSatisfy(\.isNameByte) else { return nil }
    self.text = text
  }

  /// A name whose parts are known to be of the grammar; traps when they are not.
  package init(category: String, id: String) {
    guard let name = Self("\(category)-\(id)") else {
      preconditionFailure("“\(category)-\(id)” is no stream name")
    }
    self = name
  }

  /// The aggregate's name: what stands before the first `-`.
  package var category: String { String(text.utf8.prefix { $0 != Self.dash }) ?? "" }
  /// What stands behind the first `-`.
  package var id: String { String(text.utf8.drop { $0 != Self.dash }.dropFirst()) ?? "" }

  private static let dash = UInt8(ascii: "-")

  private static func isCategory(_ bytes: Substring.UTF8View) -> Bool {
    guard let first = bytes.first, first.isLowerCaseLetter else { return false }
    return bytes.allSatisfy(\.isLetterOrDigit)
  }
}

/// Names what happened: PascalCase in the past tense, with `.v2` and so on for later versions.
///
/// Grammar: `[A-Z][A-Za-z0-9]*(\.v([2-9]|[1-9][0-9]+))?`, 200 bytes at the most.
package struct EventType: Name {
  package let text: String

  package init?(_ text: String) {
    guard text.utf8.count <= 200, Self.isValid(Array(text.utf8)) else { return nil }
    self.text = text
  }

  private static func isValid(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first, first.isUpperCaseLetter else { return false }
    guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")) else {
      return bytes.allSatisfy(\.isLetterOrDigit)
    }
    let version = bytes[(dot + 1)...]
    guard bytes[..<dot].allSatisfy(\.isLetterOrDigit), version.first == UInt8(ascii: "v") else {
      return false
    }
    let digits = version.dropFirst()
    guard let lead = digits.first, digits.allSatisfy(\.isDigit), lead != UInt8(ascii: "0") else {
      return false
    }
    return digits.count > 1 || lead >= UInt8(ascii: "2")
  }
}

/// Who acted: `usr_…`, `cli_…` or `system:<component>`; never a person's name.
///
/// `[A-Za-z0-9._:-]` and `_`, 1…100 bytes.
package struct ActorID: Name {
  package let text: String

  package init?(_ text: String) {
    guard (1...100).contains(text.utf8.count), text.utf8.allSatisfy(\.isNameByte) else {
      return nil
    }
    self.text = text
  }

  /// An actor whose name is known to be of the grammar; traps when it is not.
  package init(system component: String) {
    guard let actor = Self("system:\(component)") else {
      preconditionFailure("“system:\(component)” is no actor")
    }
    self = actor
  }
}

/// An identifier that an event can be found by, such as `account:acc_01K…`; never personal.
///
/// Printable ASCII without space, 1…200 bytes.
package struct Tag: Name {
  package let text: String

  package init?(_ text: String) {
    guard Self.isValid(text.utf8.span) else { return nil }
    self.text = text
  }

  /// Whether `bytes` are a tag's text.
  package static func isValid(_ bytes: Span<UInt8>) -> Bool {
    guard (1...200).contains(bytes.count) else { return false }
    for index in bytes.indices where !((0x21...0x7e) ~= bytes[index]) { return false }
    return true
  }
}

extension UInt8 {
  fileprivate var isLowerCaseLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= self }
  fileprivate var isUpperCaseLetter: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")) ~= self }
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= self }
  fileprivate var isLetterOrDigit: Bool { isLowerCaseLetter || isUpperCaseLetter || isDigit }
  fileprivate var isNameByte: Bool {
    isLetterOrDigit || self == UInt8(ascii: ".") || self == UInt8(ascii: "_")
      || self == UInt8(ascii: ":") || self == UInt8(ascii: "-")
  }
}
