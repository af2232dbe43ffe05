internal import Audit
internal import EventLog
internal import EventModel
internal import Foundation
internal import LMDB

/// Events in a file, with a manifest that says which they are.
extension Workspace {
  /// Writes the selected events to a new file, one JSON object a line.
  ///
  /// The manifest beside it has what was asked, the range, the count and the file's SHA-256.
  public func export(
    _ filter: EventFilter, to path: String, asCloudEvents: Bool
  ) throws(ServiceError) -> Answer {
    let zone = try timeZone()
    let selected = try replayFilter(filter, in: zone)
    let file = try ExportFile(path)
    var count = 0
    var first: Position?
    var last: Position?
    try audited { auditor throws(AuditError) in
      try auditor.replay(selected) { event throws(AuditError) in
        file.write(
          asCloudEvents
            ? ExportLine.cloudEvent(event, origin: log.origin) : ExportLine.event(event))
        count += 1
        first = first ?? event.event.position
        last = event.event.position
        return file.failure == nil ? .proceed : .stop
      }
    }
    let digest = try file.finish()
    let manifest = JSONValue.object([
      JSONMember("origin", .string(log.origin)),
      JSONMember("format", .string(asCloudEvents ? "cloudevents/1.0" : "deed.event/v1")),
      JSONMember("events", .integer(Int64(count))),
      JSONMember("logSize", .integer(Int64(log.size))),
      JSONMember("first", first.map { .integer(Int64($0.rawValue)) } ?? .null),
      JSONMember("last", last.map { .integer(Int64($0.rawValue)) } ?? .null),
      JSONMember("types", .array(filter.types.map { .string($0) })),
      JSONMember("stream", filter.stream.map { .string($0) } ?? .null),
      JSONMember("tags", .array(filter.tags.map { .string($0) })),
      JSONMember("actor", filter.actor.map { .string($0) } ?? .null),
      JSONMember("sha256", .string(digest.hex)),
    ])
    let manifestFile = try ExportFile(path + ".manifest.json")
    manifestFile.write(manifest.pretty)
    _ = try manifestFile.finish()
    return Answer(
      "Exported",
      facts: [
        .init("file", "File", .text(path)),
        .init("manifest", "Manifest", .text(path + ".manifest.json")),
        .init("events", "Events", .integer(Int64(count))),
        .init("sha256", "SHA-256", .text(digest.hex)),
      ])
  }
}

/// A file that is written once, line by line, and hashed on the way.
private final class ExportFile {
  private static let flushBytes = 1 << 20
  private let path: String
  private let handle: FileHandle
  private var hasher = DigestHasher()
  private var buffer: [UInt8] = []
  private(set) var failure: String?

  init(_ path: String) throws(ServiceError) {
    self.path = path
    do {
      try Data().write(to: URL(filePath: path), options: .withoutOverwriting)
      handle = try FileHandle(forWritingTo: URL(filePath: path))
    } catch {
      throw ServiceError(
        .refused, code: "EXPORT.FILE",
        "“\(path)” can't be made: it exists already, or its folder doesn't; give another --out.")
    }
  }

  func write(_ line: String) {
    buffer.append(contentsOf: line.utf8)
    buffer.append(UInt8(ascii: "\n"))
    if buffer.count >= Self.flushBytes { flush() }
  }

  private func flush() {
    hasher.update(buffer)
    do { try handle.write(contentsOf: Data(buffer)) } catch {
      failure = error.localizedDescription
    }
    buffer.removeAll(keepingCapacity: true)
  }

  func finish() throws(ServiceError) -> EventModel.Digest {
    flush()
    do {
      try handle.synchronize()
      try handle.close()
    } catch { failure = failure ?? error.localizedDescription }
    if let failure {
      throw ServiceError(
        .failed, code: "EXPORT.FILE", "“\(path)” could not be written whole: \(failure).")
    }
    return hasher.finalize()
  }
}

/// An event as one line of JSON.
private enum ExportLine {
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
      JSONMember("personal", personal(event)),
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

  private static func personal(_ event: ReplayedEvent) -> JSONValue {
    .array(
      event.personal.map { part in
        switch part.content {
        case .value(let content):
          .object([
            JSONMember("message", .string(content.type)), JSONMember("data", json(content.json)),
          ])
        case .erased(let receipt):
          .object([JSONMember("erased", .integer(Int64(receipt.rawValue)))])
        case .hidden: .object([JSONMember("hidden", .boolean(true))])
        }
      })
  }

  private static func optional(_ text: String) -> JSONValue { text.isEmpty ? .null : .string(text) }

  /// Text that the product made itself; what is no JSON stays text.
  private static func json(_ text: String) -> JSONValue {
    do throws(JSONRefusal) { return try JSONParser.value(of: text) } catch {
      return .string(text)
    }
  }
}
