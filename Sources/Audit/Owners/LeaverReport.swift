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
  /// A line an event, as canonical JSON.
  package let text: String

  package var sha256: Digest { .sha256(Array(text.utf8)) }
}

extension Auditor {
  /// What `userID` did from `from` to `to`, by the log's first `size` events.
  ///
  /// - Complexity: the events of the user in that time.
  package func leaverReport(
    of userID: String, from: Timestamp, to: Timestamp, size: UInt64
  ) throws(AuditError) -> LeaverReport {
    var lines: [String] = []
    var foreign: [RecordKey] = []
    var exports: UInt64 = 0
    guard size > 0, let actor = ActorID(userID) else {
      return LeaverReport(
        userID: userID, from: from, to: to, size: size, eventCount: 0, foreignRecords: [],
        exportCount: 0, text: "")
    }
    let range = try resolve(Period(from: .recorded(from), through: .recorded(to)))
    let last = Position(size - 1)
    let query = EventQuery([.init(actors: [actor])])
    let selection = EventSelection(query, from: range.from, through: last)
    try visit(selection) { decoded throws(AuditError) in
      let event = decoded.event
      guard event.recordedAt <= to else { return .stop }
      if event.type.hasPrefix("Export") { exports += 1 }
      if case .activity(.activityLogged(let logged))? = decoded.payload, logged.crossOwner {
        for record in logged.subjectRefs.map({ RecordKey($0) }) where !foreign.contains(record) {
          foreign.append(record)
        }
      }
      lines.append(
        JSONValue.object([
          "position": .integer(Int64(event.position.rawValue)), "type": .text(event.type),
          "stream": .text(event.stream), "recordedAt": .text("\(event.recordedAt)"),
          "leafHash": .text(event.leafHash.hex),
        ]).canonical)
      return .proceed
    }
    return LeaverReport(
      userID: userID, from: from, to: to, size: size, eventCount: UInt64(lines.count),
      foreignRecords: foreign, exportCount: exports, text: lines.map { "\($0)\n" }.joined())
  }
}
