package import EventModel
package import Schema
internal import SwiftProtobuf

/// What the sections of an event say, decoded when asked for.
extension RecordedEvent {
  /// The event's metadata; `nil` for the log's own JSON events, which have none.
  package func metadata() throws(PayloadError) -> Metadata? {
    guard sectionCount > 0, let (contentType, content) = plain(0),
      contentType == ContentType.protobuf(MetadataFields.messageName)
    else { return nil }
    do {
      return try Metadata(serializedBytes: content)
    } catch {
      throw .malformed(message: "Metadata", reason: "\(error)")
    }
  }

  /// The event's plain payload: what its first section behind the metadata says.
  ///
  /// `nil` for events without one, such as the log's own; a message that is newer than this code
  /// is an error, never skipped.
  package func payload() throws(PayloadError) -> Payload? {
    guard sectionCount > 1, let (contentType, content) = plain(1),
      let name = ContentType.messageName(contentType)
    else { return nil }
    return try Payload(messageName: name, content: content)
  }

  /// ``payload()`` in the newest version of its type: what deciders go by.
  package func currentPayload() throws(PayloadError) -> Payload? { try payload()?.upcast }

  /// The sealed sections, each with its number.
  package var sealedSections: [(section: Int, header: SectionHeader)] {
    (0..<sectionCount).compactMap { index in
      let header = section(index)
      return header.kind.isSealed ? (index, header) : nil
    }
  }
}
