internal import Audit
internal import CRM
internal import EventLog
internal import EventModel
internal import Schema
internal import SwiftProtobuf
internal import Synchronization
internal import TestSupport
internal import Vault

/// A log and a vault of their own, written event by event at scripted times.
final class TestLog: Sendable {
  let log: EventLog
  let vault: Vault
  private let clock: TestClock
  private let count = Atomic<UInt64>(1)

  /// What an event says beside its payload.
  struct Envelope {
    var actor = "usr_1"
    var onBehalfOf: String?
    /// The recorded time when it is `nil`.
    var occurredAt: String?
    var reasonCode = ""
    var reasonText: String?
    /// Under whom ``personal`` and ``reasonText`` are sealed.
    var subject: KeyID?
    var personal: PersonalPayload?
  }

  init(in folder: String) throws {
    let clock = TestClock()
    self.clock = clock
    let options = EventLog.Options(mapSizeBytes: 1 << 30, clock: { clock.now })
    try EventLog.create(
      in: "\(folder)/log", origin: "test/log", simulatedClock: true, schema: [], options: options)
    log = try EventLog(writing: "\(folder)/log", options: options)
    try Vault.create(in: "\(folder)/keys", random: .system)
    vault = try Vault(folder: "\(folder)/keys", random: .system)
  }

  var auditor: Auditor { Auditor(log: log, vault: vault) }

  /// Reads without keys.
  var blindAuditor: Auditor { Auditor(log: log, vault: .absent()) }

  /// Records one event at `time` and says where it stands.
  @discardableResult
  func record(
    _ payload: Payload, of key: RecordKey, at time: String, _ envelope: Envelope = Envelope()
  ) throws -> Position {
    clock.set(try moment(time))
    let number = count.add(1, ordering: .relaxed).newValue
    let eventID = EventID(high: 0x7000, low: number)
    let stream = try unwrap(key.stream)
    let type = try unwrap(EventType(payload.typeName))
    let occurredAt = try moment(envelope.occurredAt ?? time)
    let metadata = Metadata.with {
      $0.occurredAtUs = occurredAt.microseconds
      $0.commandName = "Test"
      $0.channel = .api
      $0.reasonCode = envelope.reasonCode
      $0.tags = EventTags.tags(of: payload, record: key).map(\.text)
    }
    var sections = [
      try plain(Metadata.protoMessageName, metadata.serializedBytes()),
      try plain(payload.messageName, payload.serialized()),
    ]
    var parts: [(String, [UInt8])] = []
    if let personal = envelope.personal {
      parts.append((personal.messageName, personal.serialized()))
    }
    if let text = envelope.reasonText {
      let message = ReasonText.with { $0.text = text }
      parts.append((ReasonText.protoMessageName, try message.serializedBytes()))
    }
    for (name, content) in parts {
      let keyID = try unwrap(envelope.subject)
      let blob = try vault.seal(
        content: content, contentType: ContentType.protobuf(name), under: keyID, eventID: eventID,
        section: sections.count, stream: stream, type: type)
      sections.append(NewSection(kind: .sealed, keyID: keyID, blob: blob))
    }
    let event = NewEvent(
      eventID: eventID, stream: stream, type: type, actor: try unwrap(ActorID(envelope.actor)),
      onBehalfOf: try envelope.onBehalfOf.map { try unwrap(ActorID($0)) }, sections: sections)
    let request = AppendRequest(command: CommandID(high: 1, low: number), events: [event])
    return try log.appendAndWait(request).first
  }

  func setClock(_ time: Timestamp) { clock.set(time) }

  private func plain(_ message: String, _ content: [UInt8]) throws -> NewSection {
    NewSection(
      kind: .plain,
      blob: PlainSection.encode(
        salt: (1, 2), contentType: ContentType.protobuf(message), content: content))
  }
}

/// A clock that the test sets.
final class TestClock: Sendable {
  private let time = Mutex(Timestamp(microseconds: 1_700_000_000_000_000))

  var now: Timestamp { time.withLock { $0 } }

  func set(_ new: Timestamp) { time.withLock { $0 = new } }
}

struct Missing: Error {}

func unwrap<Value>(_ value: Value?) throws -> Value {
  guard let value else { throw Missing() }
  return value
}

/// `MM-DD hh:mm` of 2026, UTC; or a whole RFC 3339 text.
func moment(_ text: String) throws -> Timestamp {
  let parts = text.split(separator: " ")
  guard parts.count == 2 else { return try unwrap(Timestamp(text)) }
  return try unwrap(Timestamp("2026-\(parts[0])T\(parts[1]):00Z"))
}

func withTestLog(_ body: (TestLog) throws -> Void) throws {
  try withTemporaryFolder { folder in
    let log = try TestLog(in: folder)
    defer { log.log.close() }
    try body(log)
  }
}

extension TestLog {
  /// Records that a subject's key is destroyed, as the log's own JSON event says it.
  func destroy(_ keyID: KeyID, at time: String) throws -> Position {
    setClock(try moment(time))
    let json = #"{"kid":"\#(keyID.hex)","request":"r","reason":"erasure","approvals":[]}"#
    let event = NewEvent(
      eventID: EventID(high: 9, low: 9), stream: try unwrap(StreamName("subject-\(keyID.hex)")),
      type: try unwrap(EventType("SubjectKeyDestroyed")), actor: ActorID(system: "privacy"),
      sections: [
        NewSection(
          kind: .plain,
          blob: PlainSection.encode(
            salt: (1, 2), contentType: ContentType.json, content: Array(json.utf8)))
      ])
    return try log.appendAndWait(
      AppendRequest(command: CommandID(high: 2, low: 2), events: [event])
    ).first
  }
}
