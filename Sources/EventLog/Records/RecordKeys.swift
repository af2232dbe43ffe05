internal import EventModel

extension IndexHashKey {
  /// What the event of `record` is found by: docs/format/index.md, "Keys".
  ///
  /// Only the first event of a command is found by it: the event before is of another one.
  func keys(
    of layout: RecordLayout, _ record: Span<UInt8>, isFirstOfCommand: Bool
  ) -> [IndexKey] {
    var keys: [IndexKey] = []
    keys.reserveCapacity(12)
    appendKeys(of: layout, record, isFirstOfCommand: isFirstOfCommand, to: &keys)
    return keys
  }

  /// Puts what the event of `record` is found by behind `keys`: its stream, category and type first.
  func appendKeys(
    of layout: RecordLayout, _ record: Span<UInt8>, isFirstOfCommand: Bool,
    to keys: inout [IndexKey]
  ) {
    let leaf = record.extracting(layout.leafRange)
    let stream = leaf.extracting(layout.leaf.stream)
    keys.append(key(.stream, stream))
    keys.append(category(ofStream: stream))
    keys.append(key(.type, leaf.extracting(layout.leaf.type)))
    keys.append(key(.actor, leaf.extracting(layout.leaf.actor)))
    if !layout.leaf.onBehalfOf.isEmpty {
      keys.append(key(.actor, leaf.extracting(layout.leaf.onBehalfOf)))
    }
    keys.append(key(.eventID, layout.leaf.eventID(in: leaf)))
    if isFirstOfCommand { keys.append(key(.command, layout.leaf.correlation(in: leaf))) }
    for index in 0..<layout.leaf.sectionCount {
      guard layout.leaf.sectionKind(index, in: leaf).isSealed else { continue }
      keys.append(key(.subject, layout.leaf.section(index, in: leaf).keyID))
    }
    let count = keys.count
    guard var tags = MetadataTags(of: layout, in: record) else { return }
    while let tag = tags.next(in: record) { keys.append(key(.tag, record.extracting(tag))) }
    // Metadata that can't be read to the end have no tags.
    if tags.isMalformed { keys.removeLast(keys.count - count) }
  }
}

extension IndexHashKey {
  /// The key of the category of a stream, as its leaf has it.
  func category(ofStream name: String) -> IndexKey { category(ofStream: name.utf8.span) }

  /// The key of the category of a stream: of what stands before the first `-` of its name.
  func category(ofStream name: Span<UInt8>) -> IndexKey {
    var end = 0
    while end < name.count, name[end] != UInt8(ascii: "-") { end += 1 }
    return key(.category, name.extracting(0..<end))
  }
}
