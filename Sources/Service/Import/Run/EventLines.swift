internal import Commands
internal import EventModel

/// Reads the lines of an event file: `{"type","stream","actor","occurredAt","data",…}`.
struct EventLines {
  private static let required = ["type", "stream", "actor", "occurredAt", "data"]
  /// What an export writes beside them says where the event stood, and is not taken over.
  private static let known =
    required + [
      "key", "eventId", "onBehalfOf", "personal", "reason", "transactionId", "position",
      "revision", "recordedAt", "v",
    ]
  private var repeats = KeyMemory()

  /// The event that `object`, the value of line `line`, says; a refused one leaves no trace.
  mutating func event(_ object: JSONValue, line: Int) throws(RowRefusal) -> HistoryEvent {
    guard case .object(let members) = object else {
      throw .json(.notAnObject(found: object.kind))
    }
    for member in members where !Self.known.contains(member.name) {
      throw .unknownMember(member.name)
    }
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
    var event = SourceEvent(
      key: try key(of: object, line: line), type: type, stream: stream,
      actor: try actor("actor", of: object), occurredAt: time, data: data)
    if object["onBehalfOf"] != nil { event.onBehalfOf = try actor("onBehalfOf", of: object) }
    if object["reason"] != nil { event.reasonCode = try text("reason", of: object) }
    if object["transactionId"] != nil {
      event.transactionID = try text("transactionId", of: object)
    }
    event.personal = try personal(of: object)
    return try event.recorded()
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
  private mutating func key(
    of object: JSONValue, line: Int
  ) throws(RowRefusal) -> String {
    for name in ["key", "eventId"] where object[name] != nil {
      let text = try text(name, of: object)
      guard text.utf8.count <= 400 else {
        throw .wrongMember(name, expected: "a text of at most 400 bytes")
      }
      let key = TextKey([name, text])
      if let before = repeats.entry(key) { throw .repeatedKey(firstLine: Int(before.firstLine)) }
      try repeats.keep(key, line: line)
      return name + "/" + text
    }
    let key = TextKey(["line", object.compact])
    let number = (repeats.entry(key)?.count ?? 0) + 1
    try repeats.keep(key, line: line)
    return "line/\(String(key.high, radix: 16))-\(String(key.low, radix: 16))/\(number)"
  }

  private func personal(of object: JSONValue) throws(RowRefusal) -> SourceEvent.Personal? {
    guard let value = object["personal"] else { return nil }
    guard case .object(let members) = value, let data = value["data"], case .object = data else {
      throw .wrongMember("personal", expected: "an object with “data” and perhaps “subject”")
    }
    for member in members where !["subject", "data"].contains(member.name) {
      throw .unknownMember("personal." + member.name)
    }
    guard value["subject"] != nil else { return .init(subject: nil, data: data) }
    let text = try text("subject", of: value)
    guard let subject = StreamName(text) else { throw .badName(value: text, kind: "stream") }
    return .init(subject: subject, data: data)
  }
}
