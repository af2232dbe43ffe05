internal import EventLog
internal import EventModel
internal import Schema

/// The changes that an event lists itself, read without the state before it.
enum ListedChanges {
  /// The members `changes`, and `from` and `to`, of the event's message.
  static func changes(of decoded: DecodedEvent) -> [FieldDiff] {
    guard let payload = decoded.payload else { return [] }
    let json: JSONValue
    do throws(PayloadError) {
      json = JSONValue(text: try payload.json())
    } catch {
      preconditionFailure("an event that was read has no JSON form: \(error)")
    }
    var changes = (json["changes"]?.elements ?? []).compactMap { change in
      change["field"]?.string.map { diff($0, change) }
    }
    if json["from"] != nil || json["to"] != nil {
      changes.append(diff(field(of: decoded.event.type), json))
    }
    return changes + personal(decoded)
  }

  private static func diff(_ field: String, _ object: JSONValue) -> FieldDiff {
    FieldDiff(
      field: field, from: object["from"]?.words.map { .value($0) },
      to: object["to"]?.words.map { .value($0) })
  }

  /// What `from` and `to` are values of: `AccountTierChanged` is about the tier.
  private static func field(of type: String) -> String {
    if type.hasPrefix("Ownership") { return "owner" }
    let stem = ["MovedToAccount": "account", "ReportsToSet": "reportsTo", "Graded": "grade"]
    for (ending, field) in stem.sorted(by: { $0.key < $1.key }) where type.hasSuffix(ending) {
      return field
    }
    var words = EventTypeWords.words(type)
    words.removeLast(words.count > 1 ? 1 : 0)
    if words.count > 1, let first = words.first, EventTypeWords.aggregates.contains(first) {
      words.removeFirst()
    }
    guard let first = words.first else { return type }
    return first + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  private static func personal(_ decoded: DecodedEvent) -> [FieldDiff] {
    decoded.personalParts(subjectKey: nil).flatMap { part -> [FieldDiff] in
      switch part.content {
      case .value(.personal(let payload)): listed(payload)
      case .value: []
      case .erased(let receipt):
        [FieldDiff(field: "personal", from: nil, to: .erased(receipt: receipt))]
      case .hidden: [FieldDiff(field: "personal", from: nil, to: .hidden)]
      }
    }
  }

  private static func listed(_ payload: PersonalPayload) -> [FieldDiff] {
    let changes: [FieldChange] =
      switch payload {
      case .account(let personal): personal.changes
      case .contact(let personal): personal.changes
      case .lead(let personal): personal.changes
      case .activity(let personal): personal.changes
      case .dispute, .handover, .import, .opportunity, .ownership, .registration, .task, .ticket,
        .user:
        []
      }
    return changes.map { change in
      FieldDiff(
        field: change.field, from: FieldText.text(change.from).map { .value($0) },
        to: FieldText.text(change.to).map { .value($0) })
    }
  }
}

/// An event type's words.
enum EventTypeWords {
  static let aggregates: Set<String> = [
    "account", "contact", "lead", "opportunity", "ticket", "task", "activity", "user", "team",
    "pipeline", "organization", "pool", "registration", "dispute", "handover",
  ]

  static func words(_ type: String) -> [String] {
    var words: [[UInt8]] = []
    for byte in type.utf8.prefix(while: { $0 != UInt8(ascii: ".") }) {
      if (UInt8(ascii: "A")...UInt8(ascii: "Z")) ~= byte {
        words.append([byte | 0x20])
      } else if words.isEmpty {
        words.append([byte])
      } else {
        words[words.count - 1].append(byte)
      }
    }
    return words.map { String(decoding: $0, as: UTF8.self) }
  }
}
