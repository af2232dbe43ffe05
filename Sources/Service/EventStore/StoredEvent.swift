internal import EventModel

/// An event that a client gives to a store.
public struct StoredEvent: Sendable, Hashable {
  /// What happened, in the client's words.
  public var type: String
  /// What it can be found by.
  public var tags: [String]
  /// The client's identifier; empty for none.
  public var uuid: String
  /// The whole event as a serialized `umadb.v1.Event`, kept as it is.
  public var message: [UInt8]

  /// Puts an event together; `message` must be what the other parts were read from.
  public init(type: String, tags: [String], uuid: String, message: [UInt8]) {
    self.type = type
    self.tags = tags
    self.uuid = uuid
    self.message = message
  }

  /// Its tags, each once.
  var distinctTags: [String] {
    // A set costs more than looking at a few.
    guard tags.count > 8 else {
      return tags.enumerated().filter { !tags[..<$0.offset].contains($0.element) }.map(\.element)
    }
    var seen: Set<String> = []
    return tags.filter { seen.insert($0).inserted }
  }
}

/// Which events of a store: those that any item matches; with no items, all.
public struct StoreQuery: Sendable, Hashable {
  /// Matches an event of one of `types` (of any when empty) that has all of `tags`.
  public struct Item: Sendable, Hashable {
    /// Any of them.
    public var types: [String]
    /// All of them.
    public var tags: [String]

    /// Puts an item together.
    public init(types: [String] = [], tags: [String] = []) {
      self.types = types
      self.tags = tags
    }
  }

  /// Any of them.
  public var items: [Item]

  /// Matches everything when `items` is empty.
  public init(_ items: [Item] = []) { self.items = items }
}

/// What must hold for an append to happen.
public struct StoreCondition: Sendable, Hashable {
  /// No event behind `after` matches this.
  public var query: StoreQuery
  /// A position; from the first event on when `nil`.
  public var after: UInt64?

  /// Puts a condition together.
  public init(query: StoreQuery, after: UInt64? = nil) {
    self.query = query
    self.after = after
  }
}

/// How far a consumer got in another source: kept with what it made of it.
public struct TrackedPosition: Sendable, Hashable {
  /// Names the source.
  public var source: String
  /// Rises with every append that names the source.
  public var position: UInt64

  /// Puts it together.
  public init(source: String, position: UInt64) {
    self.source = source
    self.position = position
  }
}

/// A store's words as the log's tags: the log's own are printable ASCII of 200 bytes at the most.
///
/// What fits stands as it is behind a letter that says what it is; what has other bytes has them
/// as `%XX`; what is too long stands by its digest behind a capital letter. Different words are
/// different tags.
enum StoreTag: Character {
  case tag = "t"
  case type = "y"
  case source = "k"

  static let byteLimit = 198

  func tag(_ word: String) -> Tag {
    let escaped = Self.escaped(word)
    let text =
      escaped.utf8.count <= Self.byteLimit
      ? "\(rawValue):\(escaped)"
      : "\(rawValue.uppercased()):\(Digest.sha256(Array(word.utf8)).hex)"
    guard let tag = Tag(text) else { preconditionFailure("“\(text)” is a tag") }
    return tag
  }

  private static let percent = UInt8(ascii: "%")

  /// Whether `word` stands in a tag as it is.
  fileprivate static func isPlain(_ word: String) -> Bool {
    word.utf8.allSatisfy { (0x21...0x7e) ~= $0 && $0 != percent }
  }

  private static func escaped(_ word: String) -> String {
    if isPlain(word) { return word }
    var bytes: [UInt8] = []
    for byte in word.utf8 {
      if (0x21...0x7e) ~= byte, byte != percent {
        bytes.append(byte)
      } else {
        bytes.append(percent)
        bytes.append(contentsOf: [byte].hex.utf8)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension [UInt8] {
  /// Adds `word` as a tag of a `deed.envelope.v1.Metadata`: what ``StoreTag/tag(_:)`` makes of it,
  /// and mostly without making a text first.
  mutating func append(tagField kind: StoreTag, _ word: String) {
    let count = word.utf8.count
    guard count <= StoreTag.byteLimit, StoreTag.isPlain(word), let letter = kind.rawValue.asciiValue
    else { return append(field: 11, bytes: kind.tag(word).text.utf8) }
    append(varint: 11 << 3 | 2)
    append(varint: UInt64(count + 2))
    append(letter)
    append(UInt8(ascii: ":"))
    append(contentsOf: word.utf8)
  }
}
