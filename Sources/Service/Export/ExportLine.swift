internal import Audit
internal import CRM
internal import EventModel

/// An event as one line of JSON.
enum ExportLine {
  static func event(_ event: ReplayedEvent) -> String {
    JSONValue.object([
      JSONMember("position", .integer(Int64(event.event.position.rawValue))),
      JSONMember("recordedAt", .string(event.event.recordedAt.description)),
      JSONMember("eventId", .string(event.event.eventID.uuidText)),
      JSONMember("stream", .string(event.event.stream)),
      JSONMember("revision", .integer(Int64(event.event.revision.rawValue))),
      JSONMember("type", .string(event.event.type)),
      JSONMember("actor", .string(event.event.actor)),
      JSONMember("onBehalfOf", optional(event.event.onBehalfOf)),
      JSONMember("occurredAt", .string(event.event.occurredAt.description)),
      JSONMember("channel", optional(event.event.channel)),
      JSONMember("commandName", optional(event.event.commandName)),
      JSONMember("correlationId", .string(event.correlation.uuidText)),
      JSONMember(
        "causationId", event.causation.isZero ? .null : .string(event.causation.uuidText)),
      JSONMember("transactionId", optional(event.event.transactionID)),
      JSONMember("reasonCode", optional(event.event.reasonCode)),
      JSONMember("tags", .array(event.tags.map { .string($0) })),
      JSONMember("data", json(event.data)),
      JSONMember("personal", personal(event, withSubjects: true)),
    ]).compact
  }

  /// Source: CloudEvents 1.0, JSON event format; extension attributes in lower case.
  static func cloudEvent(_ event: ReplayedEvent, origin: String) -> String {
    JSONValue.object([
      JSONMember("specversion", .string("1.0")),
      JSONMember("id", .string(event.event.eventID.uuidText)),
      JSONMember("source", .string("//\(origin)")),
      JSONMember("type", .string("deed.\(event.event.type)")),
      JSONMember("subject", .string(event.event.stream)),
      JSONMember("time", .string(event.event.recordedAt.description)),
      JSONMember("datacontenttype", .string("application/json")),
      JSONMember("position", .string(String(event.event.position.rawValue))),
      JSONMember("revision", .string(String(event.event.revision.rawValue))),
      JSONMember("actor", .string(event.event.actor)),
      JSONMember("occurredat", .string(event.event.occurredAt.description)),
      JSONMember(
        "data",
        .object([
          JSONMember("event", json(event.data)), JSONMember("personal", personal(event)),
        ])),
    ]).compact
  }

  /// The event in this form, with its line's end.
  static func text(_ event: ReplayedEvent, _ format: ExportFormat, origin: String) -> String {
    switch format {
    case .lines: self.event(event) + "\n"
    case .cloudEvents: cloudEvent(event, origin: origin) + "\n"
    case .csv: csv(event)
    }
  }

  /// The names of ``csv(_:)``'s columns.
  static var csvHeader: String {
    CSVWriter().line([
      "position", "recordedAt", "occurredAt", "eventId", "stream", "revision", "type", "actor",
      "onBehalfOf", "reasonCode", "tags", "data", "personal",
    ])
  }

  private static func csv(_ event: ReplayedEvent) -> String {
    CSVWriter().line([
      .plain("\(event.event.position.rawValue)"), .plain(event.event.recordedAt.description),
      .plain(event.event.occurredAt.description), .plain(event.event.eventID.uuidText),
      .text(event.event.stream), .plain("\(event.event.revision.rawValue)"),
      .text(event.event.type), .text(event.event.actor), .text(event.event.onBehalfOf),
      .text(event.event.reasonCode), .text(event.tags.joined(separator: " ")),
      .text(json(event.data).compact), .text(personal(event).compact),
    ])
  }

  /// What of the event stands sealed; with whose key, where an import is to seal it again.
  static func personal(_ event: ReplayedEvent, withSubjects: Bool = false) -> JSONValue {
    .array(
      event.personal.map { part in
        switch part.content {
        case .value(let content):
          .object(
            [JSONMember("message", .string(content.type))]
              + (withSubjects ? [JSONMember("subject", subject(part))] : [])
              + [JSONMember("data", json(content.json))])
        case .erased(let receipt):
          .object([JSONMember("erased", .integer(Int64(receipt.rawValue)))])
        case .hidden: .object([JSONMember("hidden", .boolean(true))])
        }
      })
  }

  /// The stream of the record whose key sealed the part; as it stands where that is no record.
  private static func subject(_ part: ReplayedPart) -> JSONValue {
    optional(RecordKey(text: part.subject)?.stream?.text ?? part.subject)
  }

  private static func optional(_ text: String) -> JSONValue { text.isEmpty ? .null : .string(text) }

  /// Text that the product made itself; what is no JSON stays text.
  static func json(_ text: String) -> JSONValue {
    do throws(JSONRefusal) { return try JSONParser.value(of: text) } catch {
      return .string(text)
    }
  }
}
