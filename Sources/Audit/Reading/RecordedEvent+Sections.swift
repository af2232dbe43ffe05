internal import EventLog
internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// The plain sections of an event, decoded.
extension RecordedEvent {
  /// The event's metadata; empty for the log's own JSON events, which have none.
  func decodedMetadata() throws(PayloadError) -> Metadata {
    let name = Metadata.protoMessageName
    guard sectionCount > 0, let (contentType, content) = plain(0),
      contentType == ContentType.protobuf(name)
    else { return Metadata() }
    do {
      return try Metadata(serializedBytes: content)
    } catch {
      throw .malformed(message: name, reason: "\(error)")
    }
  }

  /// The event's plain payload; `nil` for the log's own events and for a redacted section.
  ///
  /// - Throws: ``PayloadError`` for a type or a message that is newer than this code.
  func decodedPayload() throws(PayloadError) -> Payload? {
    for index in 0..<sectionCount {
      guard let (contentType, content) = plain(index),
        let name = ContentType.messageName(contentType), name != Metadata.protoMessageName,
        name != Self.descriptorName
      else { continue }
      return try Payload(messageName: name, content: content)
    }
    return nil
  }

  /// What the log's `SchemaRegistered` events hold, which are not of the catalogue.
  private static let descriptorName = "google.protobuf.FileDescriptorSet"
}
