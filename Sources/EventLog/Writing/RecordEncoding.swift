internal import EventModel

/// What only the writer knows of an event.
struct RecordPlace {
  let position: Position
  let recordedAt: Timestamp
  let revision: Revision
  /// The leaf hash of the stream's previous event; zeros at revision 0.
  let previous: Digest
  let correlation: CommandID

  /// The place of an event that the writer has not seen yet.
  static func unknown(command: CommandID) -> RecordPlace {
    RecordPlace(
      position: Position(0), recordedAt: Timestamp(microseconds: 0), revision: Revision(0),
      previous: .zero, correlation: command)
  }

  /// Completes the record at `start` of `bytes`, which was encoded for an ``unknown(command:)``
  /// place with the same correlation.
  ///
  /// Source: docs/format/record.md, "Leaf": the fields at fixed places.
  func fill(_ bytes: inout [UInt8], from start: Int) {
    let leaf = start + 2
    bytes.replace(at: leaf + 4, withBigEndian: position.rawValue)
    bytes.replace(at: leaf + 12, withBigEndian: recordedAt.microseconds)
    bytes.replace(at: leaf + 36, withBigEndian: revision.rawValue)
    bytes.replace(at: leaf + 44, with: previous)
  }
}

extension NewEvent {
  /// Puts the event's record behind `bytes`.
  ///
  /// The same bytes as `Leaf.encoded()` and the blobs, without the values between.
  /// Source: docs/format/record.md.
  func encode(at place: RecordPlace, behind bytes: inout [UInt8]) {
    let start = bytes.count
    bytes.append(bigEndian: 0 as UInt16)
    bytes.append(contentsOf: Leaf.magic)
    bytes.append(bigEndian: place.position.rawValue)
    bytes.append(bigEndian: UInt64(bitPattern: place.recordedAt.microseconds))
    bytes.append(bigEndian: eventID.high)
    bytes.append(bigEndian: eventID.low)
    bytes.append(bigEndian: place.revision.rawValue)
    bytes.append(place.previous)
    bytes.append(str8: stream.text)
    bytes.append(str8: type.text)
    bytes.append(str8: "")  // tenant: a log is one tenant's
    bytes.append(str8: actor.text)
    bytes.append(str8: onBehalfOf?.text ?? "")
    bytes.append(bigEndian: place.correlation.high)
    bytes.append(bigEndian: place.correlation.low)
    bytes.append(bigEndian: causation.high)
    bytes.append(bigEndian: causation.low)
    bytes.append(UInt8(sections.count))
    for section in sections { section.header.encode(behind: &bytes) }
    bytes.replace(at: start, withBigEndian: UInt16(bytes.count - start - 2))
    for section in sections { bytes.append(contentsOf: section.blob) }
  }

  /// At least what the record takes.
  var byteEstimate: Int {
    sections.reduce(2 + Leaf.byteLimit) { $0 + $1.blob.count }
  }
}

extension SectionHeader {
  fileprivate func encode(behind bytes: inout [UInt8]) {
    bytes.append(kind.rawValue)
    bytes.append(bigEndian: keyID.high)
    bytes.append(bigEndian: keyID.low)
    bytes.append(bigEndian: byteCount)
    bytes.append(digest)
  }
}
