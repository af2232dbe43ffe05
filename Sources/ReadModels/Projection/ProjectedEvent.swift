package import EventModel
package import Schema
internal import SwiftProtobuf

/// What a projector sees of an event: sealed sections stay sealed.
///
/// One object for all models that read the event: a value would count its texts anew for each.
package final class ProjectedEvent: Sendable {
  package let position: Position
  package let eventID: EventID
  package let recordedAt: Timestamp
  /// When the actor says it happened.
  package let occurredAt: Timestamp
  /// The stream's aggregate, such as `account`.
  package let category: String
  /// The stream's record.
  package let recordID: String
  package let type: String
  package let actor: String
  /// Empty for nobody.
  package let onBehalfOf: String
  /// In the newest version of its type, whichever stands in the log.
  package let payload: Payload
  /// The first sealed section, for a reference to it; `nil` when nothing personal came along.
  package let sealedSection: Int?
  private let metadataContent: [UInt8]

  /// Reads the event that `record` is, whose type was looked up before.
  init(
    _ layout: RecordLayout, _ record: Span<UInt8>, _ known: KnownType
  ) throws(ProjectionFailure) {
    let leafRange = layout.leafRange
    let leaf = record.extracting(leafRange)
    guard layout.leaf.sectionCount >= 2 else {
      throw .poison("it has no payload section")
    }
    position = layout.leaf.position(in: leaf)
    eventID = layout.leaf.eventID(in: leaf)
    recordedAt = layout.leaf.recordedAt(in: leaf)
    (category, recordID) = Self.split(leaf, layout.leaf.stream)
    type = known.type
    actor = leaf.text(layout.leaf.actor)
    onBehalfOf = layout.leaf.onBehalfOf.isEmpty ? "" : leaf.text(layout.leaf.onBehalfOf)
    let metadata = try Self.content(of: 0, layout, record)
    metadataContent = metadata
    guard let occurred = metadata.span.occurredAtMicroseconds() else {
      throw .poison("its metadata can't be decoded")
    }
    occurredAt = Timestamp(microseconds: occurred)
    let content = try Self.content(of: 1, layout, record)
    do {
      guard let message = known.payload else { throw PayloadError.unknownMessage(known.message) }
      payload = try Payload(message, content: content).upcast
    } catch {
      throw .poison("its payload can't be decoded as \(known.message): \(error)")
    }
    sealedSection = (2..<max(2, layout.leaf.sectionCount)).first { index in
      layout.leaf.sectionKind(index, in: leaf) == .sealed
    }
  }

  /// The envelope's further fields; decoded anew for each call.
  package func metadata() throws(ProjectionFailure) -> Metadata {
    do { return try Metadata(serializedBytes: metadataContent) } catch {
      throw .poison("its metadata can't be decoded: \(error)")
    }
  }
}

extension ProjectedEvent {
  private static func content(
    of section: Int, _ layout: RecordLayout, _ record: Span<UInt8>
  ) throws(ProjectionFailure) -> [UInt8] {
    let range = layout.blobRange(section, in: record)
    guard let parts = PlainSection.parse(record.extracting(range)) else {
      throw .poison("its section \(section) is not plain")
    }
    return record.copy(
      range.lowerBound + parts.content.lowerBound..<range.lowerBound + parts.content.upperBound)
  }

  private static func split(
    _ leaf: Span<UInt8>, _ stream: Range<Int>
  ) -> (category: String, id: String) {
    var dash = stream.lowerBound
    while dash < stream.upperBound, leaf[dash] != UInt8(ascii: "-") { dash += 1 }
    let idStart = min(dash + 1, stream.upperBound)
    return (leaf.text(stream.lowerBound..<dash), leaf.text(idStart..<stream.upperBound))
  }
}

extension Span<UInt8> {
  /// Field 1 of `deed.envelope.v1.Metadata` without decoding the rest: 0 when it is not there,
  /// `nil` when the bytes are no message.
  ///
  /// Source: Protocol Buffers encoding, "Message Structure": tag = number << 3 | wire type.
  func occurredAtMicroseconds() -> Int64? {
    var offset = 0
    var result: Int64 = 0
    while offset < count {
      guard let tag = varint(at: &offset) else { return nil }
      switch tag & 7 {
      case 0:
        guard let value = varint(at: &offset) else { return nil }
        if tag >> 3 == 1 { result = Int64(bitPattern: value) }
      case 1: offset += 8
      case 2:
        guard let length = varint(at: &offset), length <= UInt64(count - offset) else {
          return nil
        }
        offset += Int(length)
      case 5: offset += 4
      default: return nil
      }
      // Writers put field 1 first and once; only then need the rest not be looked at.
      if tag == 8 { return result }
    }
    return offset == count ? result : nil
  }

  private func varint(at offset: inout Int) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while offset < count, shift < 64 {
      let byte = self[offset]
      offset += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}
