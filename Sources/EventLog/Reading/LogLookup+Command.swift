internal import EventModel
internal import LMDB

/// What a command did when it was carried out.
struct CommandOutcome: Hashable, Sendable {
  let first: Position
  let count: Int
  let recordedAt: Timestamp
  /// The digest of its body; `nil` when none of its events has metadata to say it.
  let bodyDigest: Digest?

  var repeated: AppendResult {
    AppendResult(first: first, count: count, recordedAt: recordedAt, isRepeat: true)
  }
}

extension LogLookup {
  /// What `command` did; `nil` when it was not carried out.
  func outcome(
    of command: CommandID, in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> CommandOutcome? {
    guard let found = try position(of: command, in: transaction) else { return nil }
    let first = try firstOfCommand(command, at: found, in: transaction)
    var recordedAt: Timestamp?
    var position = first.rawValue
    while position < size {
      let event = try withRecord(at: Position(position), in: transaction) {
        layout, record throws(LMDBError) in
        EventOfCommand(layout, record, command: command)
      }
      guard event.isOfCommand else { break }
      recordedAt = recordedAt ?? event.recordedAt
      position += 1
      guard let digest = event.digest, event.count > 0 else { continue }
      return CommandOutcome(
        first: first, count: event.count, recordedAt: recordedAt ?? event.recordedAt,
        bodyDigest: digest)
    }
    guard let recordedAt else { throw .damagedLog }
    return CommandOutcome(
      first: first, count: Int(position - first.rawValue), recordedAt: recordedAt,
      bodyDigest: nil)
  }

  /// The first event of `command`, of which that at `position` is one: a look without the index
  /// finds the last one.
  private func firstOfCommand(
    _ command: CommandID, at position: Position,
    in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> Position {
    var first = position.rawValue
    while first > 0 {
      let isSame = try withRecord(at: Position(first - 1), in: transaction) {
        layout, record throws(LMDBError) in
        layout.leaf.correlation(in: record.extracting(layout.leafRange)) == command
      }
      guard isSame else { break }
      first -= 1
    }
    return Position(first)
  }

  /// Whether the events of `request` are those at `first` and behind, but for what is random in
  /// them: used where no metadata says the digest of the command's body.
  func holds(
    _ request: AppendRequest, at first: Position,
    in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> Bool {
    for (offset, event) in request.events.enumerated() {
      let position = Position(first.rawValue + UInt64(offset))
      let isSame = try withRecord(at: position, in: transaction) {
        layout, record throws(LMDBError) in
        event.says(the: layout, record)
      }
      guard isSame else { return false }
    }
    return true
  }
}

/// What one event says of its command.
private struct EventOfCommand {
  let isOfCommand: Bool
  let recordedAt: Timestamp
  /// `nil` when the event has no metadata.
  let digest: Digest?
  let count: Int

  init(_ layout: RecordLayout, _ record: Span<UInt8>, command: CommandID) {
    let leaf = record.extracting(layout.leafRange)
    isOfCommand = layout.leaf.correlation(in: leaf) == command
    recordedAt = layout.leaf.recordedAt(in: leaf)
    guard let fields = MetadataFields(of: layout, in: record), fields.isMessage else {
      digest = nil
      count = 0
      return
    }
    let range = fields.commandDigest
    digest =
      range.count == Digest.byteCount ? Digest(record, at: range.lowerBound) : .zero
    count = Int(fields.commandEventCount)
  }
}

extension NewEvent {
  /// Whether the record says the same as this event: stream, type, actor, and the content of
  /// each plain section; a salt may differ.
  fileprivate func says(the layout: RecordLayout, _ record: Span<UInt8>) -> Bool {
    let leaf = record.extracting(layout.leafRange)
    guard leaf.holds(Array(stream.text.utf8), at: layout.leaf.stream),
      leaf.holds(Array(type.text.utf8), at: layout.leaf.type),
      leaf.holds(Array(actor.text.utf8), at: layout.leaf.actor),
      layout.leaf.sectionCount == sections.count
    else { return false }
    for (index, section) in sections.enumerated() where !section.header.kind.isSealed {
      let blob = record.extracting(layout.blobRange(index, in: record))
      guard let parts = PlainSection.parse(blob),
        let own = PlainSection.parse(section.blob.span),
        blob.holds(section.blob.span.copy(own.contentType), at: parts.contentType),
        blob.holds(section.blob.span.copy(own.content), at: parts.content)
      else { return false }
    }
    return true
  }
}
