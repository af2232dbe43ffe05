internal import Commands
internal import EventModel

/// Reads the lines of an event file: `{"type","stream","actor","occurredAt","data",…}`.
struct EventLines {
  private static let required = ["type", "stream", "actor", "occurredAt", "data"]
  private static let taken =
    required + [
      "key", "eventId", "onBehalfOf", "personal", "reason", "reasonCode", "transactionId",
    ]
  /// What an export writes beside them says where the event stood and how it came there, and is not
  /// taken over.
  private static let exported: Set = [
    "position", "revision", "recordedAt", "v", "channel", "commandName", "correlationId",
    "causationId", "tags",
  ]
  private let now: Timestamp?
  private var repeats = KeyMemory()

  /// Reads lines of what happened until `now`.
  init(now: Timestamp?) { self.now = now }

  /// The event that `object`, the value of line `line`, says; a refused one leaves no trace.
  mutating func event(_ line: JSONValue, line number: Int) throws(RowRefusal) -> HistoryEvent {
    guard case .object(let members) = line else {
      throw .json(.notAnObject(found: line.kind))
    }
    for member in members
    where !Self.taken.contains(member.name) && !Self.exported.contains(member.name) {
      throw .unknownMember(member.name)
    }
    // An export writes null for what an event has not.
    let object = JSONValue.object(members.filter { $0.value != .null })
    guard let data = object["data"], case .object = data else {
      throw .wrongMember("data", expected: "an object")
    }
    let typeText = try text("type", of: object)
    guard let type = EventType(typeText) else { throw .unknownType(typeText) }
    let streamText = try text("stream", of: object)
    guard let stream = StreamName(streamText) else {
      throw .badName(value: streamText, kind: "stream")
    }
    let timeText = try text("occurredAt", of: object)
    guard let time = Timestamp(timeText) else {
      throw .wrongMember("occurredAt", expected: "a moment of RFC 3339")
    }
    let (key, name) = try key(of: object)
    var event = SourceEvent(
      key: key, type: type, stream: stream, actor: try actor("actor", of: object),
      occurredAt: time, data: data)
    if object["onBehalfOf"] != nil { event.onBehalfOf = try actor("onBehalfOf", of: object) }
    for name in ["reasonCode", "reason"] where object[name] != nil {
      event.reasonCode = try text(name, of: object)
    }
    if object["transactionId"] != nil {
      event.transactionID = try text("transactionId", of: object)
    }
    try takePersonal(of: object, into: &event)
    var recorded = try event.recorded(at: now)
    if case .array? = object["personal"], recorded.hasSealedParts, !recorded.namesSubject {
      throw .wrongMember(
        "personal",
        expected: "a list that says of each part whose it is, as “subject”: export again, or add it"
      )
    }
    if object["eventId"] != nil {
      recorded.exportedID = EventID(uuidText: try text("eventId", of: object))
    }
    try repeats.keep(name, line: number)
    return recorded
  }

  private func text(_ name: String, of object: JSONValue) throws(RowRefusal) -> String {
    guard let text = object[name]?.text, !text.isEmpty else {
      throw .wrongMember(name, expected: "a text")
    }
    return text
  }

  private func actor(_ name: String, of object: JSONValue) throws(RowRefusal) -> ActorID {
    let text = try text(name, of: object)
    guard let actor = ActorID(text) else { throw .badName(value: text, kind: "actor") }
    return actor
  }

  /// The line's own key, or its event's id, or what it says and how often it said so before.
  private func key(
    of object: JSONValue
  ) throws(RowRefusal) -> (key: String, repeated: TextKey) {
    for name in ["key", "eventId"] where object[name] != nil {
      let text = try text(name, of: object)
      guard text.utf8.count <= 400 else {
        throw .wrongMember(name, expected: "a text of at most 400 bytes")
      }
      let key = TextKey([name, text])
      if let before = repeats.entry(key) { throw .repeatedKey(firstLine: Int(before.firstLine)) }
      return (name + "/" + text, key)
    }
    let key = TextKey(["line", object.compact])
    let number = (repeats.entry(key)?.count ?? 0) + 1
    return ("line/\(String(key.high, radix: 16))-\(String(key.low, radix: 16))/\(number)", key)
  }

  /// Takes what stands sealed beside the event, as a history gives it or as an export lists it.
  private func takePersonal(
    of object: JSONValue, into event: inout SourceEvent
  ) throws(RowRefusal) {
    guard let value = object["personal"] else { return }
    if case .array(let listed) = value {
      let parts = try ExportedParts(listed, of: event.type)
      event.personal = parts.personal.map { .init(subject: nil, data: $0) }
      event.reasonText = parts.reasonText
      event.sealedUnder = parts.subject
    } else {
      event.personal = try given(value)
    }
  }

  private func given(_ value: JSONValue) throws(RowRefusal) -> SourceEvent.Personal {
    guard case .object(let members) = value, let data = value["data"], case .object = data else {
      throw .wrongMember("personal", expected: "an object with “data” and perhaps “subject”")
    }
    for member in members where !["subject", "data"].contains(member.name) {
      throw .unknownMember("personal." + member.name)
    }
    guard value["subject"] != nil else { return .init(subject: nil, data: data) }
    return .init(subject: try ExportedParts.subject(try text("subject", of: value)), data: data)
  }
}
