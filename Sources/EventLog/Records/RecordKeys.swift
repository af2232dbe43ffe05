internal import EventModel

extension IndexHashKey {
  /// What the event of `record` is found by: docs/format/index.md, "Keys".
  ///
  /// Only the first event of a command is found by it: the event before is of another one.
  func keys(
    of layout: RecordLayout, _ record: Span<UInt8>, isFirstOfCommand: Bool
  ) -> [IndexKey] {
    let leaf = record.extracting(layout.leafRange)
    var keys: [IndexKey] = []
    keys.reserveCapacity(10)
    keys.append(key(.stream, leaf.extracting(layout.leaf.stream)))
    keys.append(key(.category, leaf.extracting(layout.leaf.category(in: leaf))))
    keys.append(key(.type, leaf.extracting(layout.leaf.type)))
    keys.append(key(.actor, leaf.extracting(layout.leaf.actor)))
    if !layout.leaf.onBehalfOf.isEmpty {
      keys.append(key(.actor, leaf.extracting(layout.leaf.onBehalfOf)))
    }
    keys.append(key(.eventID, layout.leaf.eventID(in: leaf)))
    if isFirstOfCommand { keys.append(key(.command, layout.leaf.correlation(in: leaf))) }
    for index in 0..<layout.leaf.sectionCount {
      let section = layout.leaf.section(index, in: leaf)
      if section.kind.isSealed { keys.append(key(.subject, section.keyID)) }
    }
    if let fields = MetadataFields(of: layout, in: record) {
      for tag in fields.tags { keys.append(key(.tag, record.extracting(tag))) }
    }
    return keys
  }
}

extension LeafLayout {
  /// The stream's category: what stands before its first `-`.
  fileprivate func category(in leaf: Span<UInt8>) -> Range<Int> {
    var end = stream.lowerBound
    while end < stream.upperBound, leaf[end] != UInt8(ascii: "-") { end += 1 }
    return stream.lowerBound..<end
  }
}
