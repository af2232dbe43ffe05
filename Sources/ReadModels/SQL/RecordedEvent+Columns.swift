internal import EventLog
internal import EventModel
internal import Schema
internal import SwiftProtobuf

extension RecordedEvent {
  /// The event's value in a column of the table of events.
  func value(of column: EventTable.Column) -> SQLValue {
    switch column {
    case .position: .integer(Int64(position.rawValue))
    case .recordedMicroseconds: .integer(recordedAt.microseconds)
    case .occurredMicroseconds: occurredAt.map { .integer($0.microseconds) } ?? .null
    case .recordedAt: .text(recordedAt.description)
    case .occurredAt: occurredAt.map { .text($0.description) } ?? .null
    case .stream: .text(stream)
    case .category: .text(String(stream.prefix { $0 != "-" }))
    case .recordID: .text(String(stream.drop { $0 != "-" }.dropFirst()))
    case .revision: .integer(Int64(revision.rawValue))
    case .type: .text(type)
    case .eventID: .text(eventID.uuidText)
    case .actor: .text(actor)
    case .onBehalfOf: onBehalfOf.isEmpty ? .null : .text(onBehalfOf)
    case .correlationID: .text(correlation.uuidText)
    case .causationID: causation.isZero ? .null : .text(causation.uuidText)
    case .tags: envelope.map { .text(Self.array($0.tags)) } ?? .null
    case .metadata: envelope.flatMap(Self.json) ?? .null
    case .payload: payloadJSON
    case .tag: .null
    }
  }

  private var occurredAt: Timestamp? {
    guard let (type, content) = plain(0), ContentType.messageName(type) != nil else { return nil }
    return content.span.occurredAtMicroseconds().map { Timestamp(microseconds: $0) }
  }

  /// Section 0; `nil` in the log's own events, and where it can't be read.
  private var envelope: Metadata? {
    guard let (type, content) = plain(0), ContentType.messageName(type) != nil else { return nil }
    do { return try Metadata(serializedBytes: content) } catch { return nil }
  }

  /// The payload in the proto3 JSON mapping, and the log's own events as they stand.
  ///
  /// Null where this version can't read it.
  private var payloadJSON: SQLValue {
    guard let (type, _) = plain(0) else { return .null }
    if ContentType.messageName(type) == nil {
      return plain(0).map { .text(String(decoding: $0.content, as: UTF8.self)) } ?? .null
    }
    guard sectionCount > 1, let (payloadType, content) = plain(1),
      let message = ContentType.messageName(payloadType)
    else { return .null }
    do throws(PayloadError) {
      return .text(try Payload(messageName: message, content: content).json())
    } catch {
      return .null
    }
  }

  private static func json(_ metadata: Metadata) -> SQLValue? {
    do { return .text(try metadata.jsonString()) } catch { return nil }
  }

  /// Tags are printable ASCII: only the quotation mark and the backslash are escaped.
  private static func array(_ tags: [String]) -> String {
    let quoted = tags.map { tag in
      "\"" + tag.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
    }
    return "[\(quoted.joined(separator: ","))]"
  }
}
