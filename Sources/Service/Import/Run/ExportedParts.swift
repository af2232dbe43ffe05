internal import CRM
internal import EventModel
internal import Schema

/// What stood sealed beside an event, as a line of an export lists it.
///
/// What was erased since is not there any more, and what a client told of itself is not taken over.
struct ExportedParts {
  /// The members of the event's personal message.
  private(set) var personal: JSONValue?
  /// The words of the reason.
  private(set) var reasonText = ""
  /// The record whose key sealed them; `nil` where the list doesn't say, as exports once didn't.
  private(set) var subject: StreamName?

  init(_ parts: [JSONValue], of type: EventType) throws(RowRefusal) {
    for part in parts where part["erased"] == nil {
      guard part["hidden"] == nil else {
        throw .wrongMember("personal", expected: "shown: export with the right to see it")
      }
      try take(part, of: type)
    }
  }

  private mutating func take(_ part: JSONValue, of type: EventType) throws(RowRefusal) {
    guard case .object(let members) = part, let message = part["message"]?.text,
      let data = part["data"], case .object = data
    else {
      throw .wrongMember(
        "personal", expected: "a list of parts with “message”, “subject” and “data”")
    }
    for member in members where !["message", "subject", "data"].contains(member.name) {
      throw .unknownMember("personal." + member.name)
    }
    if message == ClientData.protoMessageName { return }
    if message == ReasonText.protoMessageName {
      reasonText = try Self.words(of: data)
    } else if let expected = EventCatalogue.entry(type.text)?.personalMessageName,
      message == expected
    {
      guard personal == nil else {
        throw .wrongMember("personal", expected: "one part of “\(message)”")
      }
      personal = data
    } else {
      throw .wrongMember("personal", expected: "what a \(type) has, and it has no “\(message)”")
    }
    try takeSubject(of: part)
  }

  private static func words(of reason: JSONValue) throws(RowRefusal) -> String {
    guard let text = reason["text"] else { return "" }
    guard let words = text.text else {
      throw .wrongMember("personal", expected: "a reason whose “text” is a text")
    }
    return words
  }

  private mutating func takeSubject(of part: JSONValue) throws(RowRefusal) {
    guard let member = part["subject"], member != .null else { return }
    guard let text = member.text else {
      throw .wrongMember("personal.subject", expected: "a text")
    }
    let named = try Self.subject(text)
    guard subject == nil || subject == named else {
      throw .wrongMember("personal", expected: "a list of parts of one subject")
    }
    subject = named
  }

  /// The record's stream that `text` is.
  static func subject(_ text: String) throws(RowRefusal) -> StreamName {
    guard let stream = StreamName(text), RecordKey(stream) != nil else {
      throw .badName(value: text, kind: "record's stream, such as contact-con_1")
    }
    return stream
  }
}
