package import EventModel

/// What an event can be found by.
package enum IndexKind: UInt8, CaseIterable, Hashable, Sendable {
  case stream = 1
  case category
  case type
  case tag
  case actor
  case eventID
  case command
  /// The key of a data subject that has a section in the event.
  case subject
}

/// The secret that keys are hashed with; random, made with the index and kept in it.
package struct IndexHashKey: Hashable, Sendable {
  let word0: UInt64
  let word1: UInt64

  package init(_ word0: UInt64, _ word1: UInt64) {
    self.word0 = word0
    self.word1 = word1
  }
}

/// What an event is found by, hashed: equal keys mean "perhaps", different ones "no".
///
/// Two names can share a key (60 bits of SipHash), so whoever looks up compares the record.
package struct IndexKey: Hashable, Sendable {
  /// The kind in the upper four bits, then 60 bits of the hash.
  let word: UInt64
  /// The upper half of an event id, which grows with time in version 7; 0 for other kinds.
  let order: UInt64

  init(word: UInt64, order: UInt64 = 0) {
    self.word = word
    self.order = order
  }

  fileprivate init(_ kind: IndexKind, hash: UInt64, order: UInt64) {
    self.init(word: UInt64(kind.rawValue) << 60 | hash >> 4, order: order)
  }

  package var kind: IndexKind? { IndexKind(rawValue: UInt8(truncatingIfNeeded: word >> 60)) }

  static func isEventID(_ word: UInt64) -> Bool {
    word >> 60 == UInt64(IndexKind.eventID.rawValue)
  }

  /// Whether runs keep a filter for the kind of `word`: those that are looked up to find nothing.
  static func isFiltered(_ word: UInt64) -> Bool {
    switch IndexKind(rawValue: UInt8(truncatingIfNeeded: word >> 60)) {
    case .stream, .eventID, .command: true
    case .category, .type, .tag, .actor, .subject, nil: false
    }
  }
}

extension IndexHashKey {
  /// The key of `text` as a `kind` that is named by text.
  package func key(_ kind: IndexKind, _ text: String) -> IndexKey {
    IndexKey(kind, hash: SipHash.hash(text.utf8.span, self), order: 0)
  }

  /// The key of the name in `bytes`, such as a leaf's text; the same as that of its text.
  package func key(_ kind: IndexKind, _ bytes: Span<UInt8>) -> IndexKey {
    IndexKey(kind, hash: SipHash.hash(bytes, self), order: 0)
  }

  /// The key of an identifier: an event's, a command's, a subject's.
  package func key<ID: Identifier>(_ kind: IndexKind, _ id: ID) -> IndexKey {
    IndexKey(
      kind, hash: SipHash.hash(high: id.high, low: id.low, self),
      order: kind == .eventID ? id.high : 0)
  }
}
