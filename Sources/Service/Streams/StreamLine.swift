internal import Audit
internal import EventModel

/// An event as CloudEvents 1.0 JSON for subscribers.
///
/// Source: CloudEvents 1.0.2, JSON event format; extension attributes are of a–z and 0–9. `sequence`
/// is padded, so that it sorts as text; `partitionkey` is the stream.
enum StreamLine {
  static func content(
    of event: ReplayedEvent, leafHash: Digest, origin: String, byteLimit: Int? = nil
  ) -> StreamedContent {
    let isRedacted =
      event.dataType.isEmpty
      || event.personal.contains { if case .erased = $0.content { true } else { false } }
    var json = text(of: event, leafHash, isRedacted, origin: origin, isThin: false)
    if let byteLimit, json.utf8.count > byteLimit {
      json = text(of: event, leafHash, isRedacted, origin: origin, isThin: true)
    }
    return StreamedContent(
      id: event.event.eventID.uuidText, type: event.event.type, stream: event.event.stream,
      leafHash: leafHash.bytes, isRedacted: isRedacted, traceParent: event.traceParent, json: json)
  }

  private static func text(
    of event: ReplayedEvent, _ leafHash: Digest, _ isRedacted: Bool, origin: String, isThin: Bool
  ) -> String {
    let position = String(event.event.position.rawValue)
    var members = [
      JSONMember("specversion", .string("1.0")),
      JSONMember("id", .string(event.event.eventID.uuidText)),
      JSONMember("source", .string("//\(origin)")),
      JSONMember("type", .string("deed.\(event.event.type)")),
      JSONMember("subject", .string(event.event.stream)),
      JSONMember("time", .string(event.event.recordedAt.description)),
      JSONMember("datacontenttype", .string("application/json")),
      JSONMember("position", .string(position)),
      JSONMember(
        "sequence",
        .string(String(repeating: "0", count: max(0, 20 - position.utf8.count)) + position)),
      JSONMember("partitionkey", .string(event.event.stream)),
      JSONMember("streamversion", .string(String(event.event.revision.rawValue))),
      JSONMember("actor", .string(event.event.actor)),
      JSONMember("occurredat", .string(event.event.occurredAt.description)),
      JSONMember("leafhash", .string(leafHash.hex)),
    ]
    if !event.event.onBehalfOf.isEmpty {
      members.append(JSONMember("onbehalfof", .string(event.event.onBehalfOf)))
    }
    if !event.traceParent.isEmpty {
      members.append(JSONMember("traceparent", .string(event.traceParent)))
    }
    if isRedacted { members.append(JSONMember("redacted", .boolean(true))) }
    if isThin {
      // The extension "dataref": the data is to be asked for.
      members.append(JSONMember("dataref", .string("/v1/events/\(position)")))
    } else {
      members.append(
        JSONMember(
          "data",
          .object([
            JSONMember("event", ExportLine.json(event.data)),
            JSONMember("personal", ExportLine.personal(event)),
          ])))
    }
    return JSONValue.object(members).compact
  }
}
