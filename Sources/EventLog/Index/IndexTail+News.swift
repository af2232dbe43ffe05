internal import EventModel
internal import Synchronization

extension EventIndex {
  /// Whether an event at `start` or behind it may match `query`; `false` is certain.
  ///
  /// One look at memory, for whoever was up to date a moment ago and mostly still is.
  ///
  /// - Returns: the answer, and how many events it takes into account.
  func mayMatch(
    _ query: EventQuery, from start: UInt64, includesStaged: Bool = false
  ) -> (mayMatch: Bool, size: UInt64) {
    tail.withLock { tail in
      let end = tail.end(includingStaged: includesStaged)
      guard start < end else { return (false, end) }
      guard !query.items.isEmpty else { return (true, end) }
      for item in query.items where tail.mayMatch(item, start, hashKey, includesStaged) {
        return (true, end)
      }
      return (false, end)
    }
  }
}

extension IndexTail {
  fileprivate func mayMatch(
    _ item: EventQuery.Item, _ start: UInt64, _ hashKey: IndexHashKey, _ includesStaged: Bool
  ) -> Bool {
    func isNew(_ key: IndexKey) -> Bool {
      switch last(of: key.word, start, below: nil, includesStaged: includesStaged) {
      case .found: true
      case .before(let end, let runs): !runs.candidates(for: key, start, end).isEmpty
      case .absent: false
      }
    }
    for tag in item.tags where !isNew(hashKey.key(.tag, tag.text)) { return false }
    func hasNews<Name>(_ names: [Name], _ key: (Name) -> IndexKey) -> Bool {
      names.isEmpty || names.contains { isNew(key($0)) }
    }
    return hasNews(item.streams) { hashKey.key(.stream, $0.text) }
      && hasNews(item.categories) { hashKey.key(.category, $0) }
      && hasNews(item.types) { hashKey.key(.type, $0.text) }
      && hasNews(item.actors) { hashKey.key(.actor, $0.text) }
      && hasNews(item.subjects) { hashKey.key(.subject, $0) }
  }
}
