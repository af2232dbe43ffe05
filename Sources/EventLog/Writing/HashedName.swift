internal import EventModel

/// A name together with its key in the index: finding it costs no second look at its text, and
/// two names of one key stay two.
struct HashedName: Hashable, Sendable {
  let text: String
  let word: UInt64

  init(_ text: String, _ key: IndexKey) {
    self.text = text
    word = key.word
  }

  func hash(into hasher: inout Hasher) { hasher.combine(word) }

  static func == (a: Self, b: Self) -> Bool { a.word == b.word && a.text == b.text }
}
