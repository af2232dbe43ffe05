package import CRM
internal import EventLog
package import EventModel
internal import LMDB
internal import Schema

/// What the log tells of a leaver's last weeks (H-6): everything they did, and with whose records.
package struct LeaverReport: Hashable, Sendable {
  package let userID: String
  package let from: Timestamp
  package let to: Timestamp
  /// The positions below were read.
  package let size: UInt64
  package let eventCount: UInt64
  /// Owned records that they worked on without owning them or collaborating.
  package let foreignRecords: [RecordKey]
  /// Exports that they asked for or made.
  package let exportCount: UInt64
  /// How often they looked at a record, by the access log.
  package let viewCount: UInt64
  /// How many masked fields they revealed.
  package let revealCount: UInt64
  /// How many records their exports had.
  package let exportedRecordCount: UInt64
  /// The entries of the access log below were read; `nil` where there is none.
  package let accessSize: UInt64?
  /// A line an event, as canonical JSON.
  package let text: String

  package var sha256: Digest { .sha256(Array(text.utf8)) }
}

extension Auditor {
  /// What `userID` did and saw from `from` to `to`, by the log's first `size` events and by
  /// `access`.
  ///
  /// - Complexity: the events of the user in that time, in both logs.
  package func leaverReport(
    of userID: String, from: Timestamp, to: Timestamp, size: UInt64, access: AccessRecords? = nil
  ) throws(AuditError) -> LeaverReport {
    var lines: [String] = []
    var foreign: [RecordKey] = []
    var exports: UInt64 = 0
    var seen = LeaverAccess()
    if size > 0, let actor = ActorID(userID) {
      let range = try resolve(Period(from: .recorded(from), through: .recorded(to)))
      let query = EventQuery([.init(actors: [actor])])
      let selection = EventSelection(query, from: range.from, through: Position(size - 1))
      try visit(selection) { decoded throws(AuditError) in
        let event = decoded.event
        guard event.recordedAt <= to else { return .stop }
        if event.type.hasPrefix("Export") { exports += 1 }
        if case .activity(.activityLogged(let logged))? = decoded.payload, logged.crossOwner {
          for record in logged.subjectRefs.map({ RecordKey($0) }) where !foreign.contains(record) {
            foreign.append(record)
          }
        }
        lines.append(Self.line(of: event))
        return .proceed
      }
      for entry in try access?.entries(of: actor) ?? [] { seen.add(entry, from: from, to: to) }
    }
    return LeaverReport(
      userID: userID, from: from, to: to, size: size, eventCount: UInt64(lines.count),
      foreignRecords: foreign, exportCount: exports, viewCount: seen.views,
      revealCount: seen.reveals, exportedRecordCount: seen.exported, accessSize: access?.size,
      text: (lines + seen.lines).map { "\($0)\n" }.joined())
  }

  private static func line(of event: RecordedEvent) -> String {
    JSONValue.object([
      "position": .integer(Int64(event.position.rawValue)), "type": .text(event.type),
      "stream": .text(event.stream), "recordedAt": .text("\(event.recordedAt)"),
      "leafHash": .text(event.leafHash.hex),
    ]).canonical
  }
}

/// What of a leaver's days the access log tells.
private struct LeaverAccess {
  private(set) var views: UInt64 = 0
  private(set) var reveals: UInt64 = 0
  private(set) var exported: UInt64 = 0
  private(set) var lines: [String] = []

  mutating func add(_ entry: AccessRecord, from: Timestamp, to: Timestamp) {
    let event = entry.recorded
    for trace in AccessTrace.traces(of: entry.event, recordedAt: event.recordedAt)
    where from <= trace.time && trace.time <= to {
      switch trace.how {
      case "view", "related", "list", "search", "match": views += UInt64(trace.count)
      case "reveal": reveals += 1
      case "export": exported += 1
      case _: break
      }
      lines.append(
        JSONValue.object([
          "accessPosition": .integer(Int64(event.position.rawValue)),
          "leafHash": .text(event.leafHash.hex), "at": .text("\(trace.time)"),
          "how": .text(trace.how), "record": .text(trace.record), "detail": .text(trace.detail),
          "count": .integer(Int64(trace.count)),
        ]).canonical)
    }
  }
}
