internal import EventModel

/// A query made ready to be compared with records byte by byte, without making strings.
struct QueryMatcher: Sendable {
  private let items: [Item]

  struct Item: Sendable {
    let types: [[UInt8]]
    let tags: [[UInt8]]
    let streams: [[UInt8]]
    /// Each with the `-` that ends it.
    let categories: [[UInt8]]
    let actors: [[UInt8]]
    let subjects: [KeyID]
  }

  init(_ query: EventQuery) {
    items = query.items.map { item in
      Item(
        types: item.types.map { Array($0.text.utf8) }, tags: item.tags.map { Array($0.text.utf8) },
        streams: item.streams.map { Array($0.text.utf8) },
        categories: item.categories.map { Array($0.utf8) + [UInt8(ascii: "-")] },
        actors: item.actors.map { Array($0.text.utf8) }, subjects: item.subjects)
    }
  }

  /// Whether every event matches.
  var matchesAll: Bool { items.isEmpty }

  func matches(_ layout: RecordLayout, _ record: Span<UInt8>) -> Bool {
    if items.isEmpty { return true }
    for item in items where item.matches(layout, record) { return true }
    return false
  }
}

extension QueryMatcher.Item {
  fileprivate func matches(_ layout: RecordLayout, _ record: Span<UInt8>) -> Bool {
    let leaf = layout.leaf
    let start = layout.leafRange.lowerBound
    guard types.isEmpty || types.isAnyHeld(by: record, at: leaf.type.moved(by: start)),
      matchesStream(record, leaf.stream.moved(by: start)),
      actors.isEmpty || actors.isAnyHeld(by: record, at: leaf.actor.moved(by: start))
        || actors.isAnyHeld(by: record, at: leaf.onBehalfOf.moved(by: start)),
      subjects.isEmpty || isSealed(layout, record)
    else { return false }
    guard !tags.isEmpty else { return true }
    guard let fields = MetadataFields(of: layout, in: record) else { return false }
    return tags.allSatisfy { tag in fields.tags.contains { record.holds(tag, at: $0) } }
  }

  /// Whether a section is sealed under one of the subjects' keys.
  private func isSealed(_ layout: RecordLayout, _ record: Span<UInt8>) -> Bool {
    let leaf = record.extracting(layout.leafRange)
    return (0..<layout.leaf.sectionCount).contains { index in
      let section = layout.leaf.section(index, in: leaf)
      return section.kind.isSealed && subjects.contains(section.keyID)
    }
  }

  private func matchesStream(_ record: Span<UInt8>, _ stream: Range<Int>) -> Bool {
    guard streams.isEmpty || streams.isAnyHeld(by: record, at: stream) else { return false }
    return categories.isEmpty
      || categories.contains { category in
        category.count <= stream.count
          && record.holds(category, at: stream.lowerBound..<stream.lowerBound + category.count)
      }
  }
}

extension [[UInt8]] {
  fileprivate func isAnyHeld(by record: Span<UInt8>, at range: Range<Int>) -> Bool {
    for candidate in self where record.holds(candidate, at: range) { return true }
    return false
  }
}
