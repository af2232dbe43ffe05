package import EventModel

/// One stored event with bytes of its own; fields are read from them when asked for.
package struct RecordedEvent: Hashable, Sendable {
  /// The record as it stands in the log.
  package let record: [UInt8]
  package let layout: RecordLayout

  /// Copies a whole record.
  package init(copying bytes: Span<UInt8>) throws(LeafError) {
    layout = try RecordLayout(parsing: bytes)
    record = bytes.copy()
  }

  /// For a record that was parsed already.
  package init(copying bytes: Span<UInt8>, layout: RecordLayout) {
    self.layout = layout
    record = bytes.copy()
  }

  package var position: Position { layout.leaf.position(in: record.span.extracting(leafRange)) }
  package var recordedAt: Timestamp {
    layout.leaf.recordedAt(in: record.span.extracting(leafRange))
  }
  package var eventID: EventID { layout.leaf.eventID(in: record.span.extracting(leafRange)) }
  package var revision: Revision { layout.leaf.revision(in: record.span.extracting(leafRange)) }
  package var stream: String { text(layout.leaf.stream) }
  package var type: String { text(layout.leaf.type) }
  package var actor: String { text(layout.leaf.actor) }
  package var onBehalfOf: String { text(layout.leaf.onBehalfOf) }
  package var correlation: CommandID {
    layout.leaf.correlation(in: record.span.extracting(leafRange))
  }
  package var causation: EventID { layout.leaf.causation(in: record.span.extracting(leafRange)) }
  package var leaf: Leaf { Leaf(layout.leaf, in: record.span.extracting(leafRange)) }
  package var leafHash: Digest { .leafHash(record.span.extracting(leafRange)) }

  package var sectionCount: Int { layout.leaf.sectionCount }
  package func section(_ index: Int) -> SectionHeader {
    layout.leaf.section(index, in: record.span.extracting(leafRange))
  }

  /// The stored blob of section `index`.
  package func blob(_ index: Int) -> [UInt8] {
    record.span.copy(layout.blobRange(index, in: record.span))
  }

  /// Content type and content of plain section `index`; `nil` when it is sealed or redacted.
  package func plain(_ index: Int) -> (contentType: String, content: [UInt8])? {
    guard section(index).kind == .plain else { return nil }
    let blob = blob(index)
    guard let parts = PlainSection.parse(blob.span) else { return nil }
    return (blob.span.text(parts.contentType), blob.span.copy(parts.content))
  }
}

extension RecordedEvent {
  private var leafRange: Range<Int> { layout.leafRange }

  /// Where the leaf's text `range` lies in the record.
  private func text(_ range: Range<Int>) -> String {
    record.span.text(range.lowerBound + 2..<range.upperBound + 2)
  }
}
