package import EventLog
internal import EventModel
package import ReadModels
package import Schema
internal import SwiftProtobuf

/// What has happened, as the log would have it: events in memory, with positions, times and
/// identifiers that are the same each time.
public struct GivenEvents: Sendable {
  package private(set) var events: [RecordedEvent] = []
  private var revisions: [String: UInt64] = [:]
  /// The recorded time of the next event in microseconds since 1970; moves on by a second each.
  public var clockMicroseconds: Int64 = 1_767_225_600_000_000

  /// Nothing has happened.
  public init() {}

  /// Adds an event by its type and its message in the proto3 JSON mapping, such as
  /// `("TicketOpened", #"{"ticketId":"tkt_1"}"#, on: "ticket-tkt_1")`.
  ///
  /// - Parameters:
  ///   - type: of the catalogue, in any version that there ever was.
  ///   - json: members that the message does not have are refused.
  ///   - stream: `<aggregate>-<id>`.
  ///   - actor: who did it.
  ///   - occurredAtMicroseconds: when it happened; when it was recorded, if `nil`.
  /// - Returns: the event's position.
  /// - Throws: ``ScenarioError`` for what the catalogue doesn't have.
  @discardableResult public mutating func add(
    _ type: String, _ json: String, on stream: String, by actor: String = "usr_1",
    occurredAtMicroseconds: Int64? = nil
  ) throws(ScenarioError) -> UInt64 {
    let payload: Payload
    do throws(PayloadError) { payload = try Payload(typeName: type, json: Array(json.utf8)) } catch
    {
      throw ScenarioError(error.description)
    }
    return try add(
      payload, on: stream, by: actor, occurredAtMicroseconds: occurredAtMicroseconds)
  }

  /// Adds an event.
  @discardableResult package mutating func add(
    _ payload: Payload, on stream: String, by actor: String = "usr_1",
    occurredAtMicroseconds: Int64? = nil
  ) throws(ScenarioError) -> UInt64 {
    var metadata = Metadata()
    metadata.occurredAtUs = occurredAtMicroseconds ?? clockMicroseconds
    metadata.commandID = "cmd-\(events.count)"
    let bytes: [UInt8]
    do { bytes = try metadata.serializedBytes() } catch { throw ScenarioError("\(error)") }
    return try add(
      type: payload.typeName, message: payload.messageName, content: payload.serialized(),
      metadata: bytes, on: stream, by: actor)
  }

  /// Adds an event of bytes that may be of no message, as damage or a newer program would.
  @discardableResult package mutating func add(
    type: String, message: String, content: [UInt8], metadata: [UInt8] = [], on stream: String,
    by actor: String = "usr_1"
  ) throws(ScenarioError) -> UInt64 {
    guard let name = StreamName(stream) else {
      throw ScenarioError("“\(stream)” is no stream: write one such as ticket-tkt_1")
    }
    let number = UInt64(events.count)
    let salt = (number &* 0x9e37_79b9_7f4a_7c15, number)
    let blobs = [
      PlainSection.encode(
        salt: salt, contentType: ContentType.protobuf(Metadata.protoMessageName),
        content: metadata),
      PlainSection.encode(salt: salt, contentType: ContentType.protobuf(message), content: content),
    ]
    let revision = revisions[stream] ?? 0
    let leaf = Leaf(
      position: Position(number), recordedAt: Timestamp(microseconds: clockMicroseconds),
      eventID: EventID(high: 0x7000, low: 0x8000_0000_0000_0000 | number),
      revision: Revision(revision), previous: revision == 0 ? .zero : .sha256([UInt8(7)]),
      stream: name.text, type: type, tenant: "main", actor: actor, onBehalfOf: "",
      correlation: CommandID(high: 1, low: number), causation: .zero,
      sections: blobs.map { NewSection(kind: .plain, blob: $0).header }
    ).encoded()
    var record: [UInt8] = []
    record.append(bigEndian: UInt16(leaf.count))
    record.append(contentsOf: leaf)
    for blob in blobs { record.append(contentsOf: blob) }
    do throws(LeafError) { events.append(try RecordedEvent(copying: record.span)) } catch {
      throw ScenarioError("the event \(type) on \(stream) can't be written: \(error)")
    }
    revisions[stream] = revision + 1
    clockMicroseconds += 1_000_000
    return number
  }

  /// The events as a log that models are built from.
  package var source: EventArray { EventArray(events, origin: "local/scenario/00000001") }
}
