internal import EventLog
internal import EventModel
internal import Evidence
internal import Schema
internal import SwiftProtobuf

/// One event of the access log.
struct RecordedAccess: Sendable {
  let position: Position
  let recordedAt: Timestamp
  let actor: String
  let onBehalfOf: String
  let event: AccessEvent

  /// `nil` for the log's own events.
  init?(_ recorded: RecordedEvent) throws(ServiceError) {
    guard recorded.sectionCount == 2, let (contentType, content) = recorded.plain(1),
      ContentType.messageName(contentType) == AccessEvent.protoMessageName
    else { return nil }
    position = recorded.position
    recordedAt = recorded.recordedAt
    actor = recorded.actor
    onBehalfOf = recorded.onBehalfOf
    do {
      event = try AccessEvent(serializedBytes: content)
    } catch {
      throw ServiceError(
        .failed, code: "LOG.UNREADABLE",
        "The event at \(recorded.position) of the access log can't be read: \(error).")
    }
  }

  /// `nil` for the log's own events, for those that stand by their headers alone, and for those that
  /// this program can't read.
  init?(_ verified: VerifiedEvent) {
    guard let text = verified.sections[1]?.text,
      ContentType.messageName(text.contentType) == AccessEvent.protoMessageName
    else { return nil }
    position = verified.leaf.position
    recordedAt = verified.leaf.recordedAt
    actor = verified.leaf.actor
    onBehalfOf = verified.leaf.onBehalfOf
    do {
      event = try AccessEvent(serializedBytes: text.bytes)
    } catch { return nil }
  }
}
