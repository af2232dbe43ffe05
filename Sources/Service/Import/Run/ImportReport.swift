internal import CRM
internal import Commands
package import EventModel
internal import Schema

/// What an import found and did.
package struct ImportReport: Hashable, Sendable {
  /// A line that makes no events, and why.
  package struct Refused: Hashable, Sendable {
    package let line: Int
    package let refusal: RowRefusal

    /// “line 7: …” for a person.
    package var sentence: String { "line \(line): \(refusal)" }
  }

  /// The refused lines that a report names at the most; all are counted.
  package static let refusedLimit = 1000

  /// Rows of the file, refused ones included.
  package var rowCount = 0
  /// Events that the rows make.
  package var eventCount = 0
  package var eventCounts: [String: Int] = [:]
  package var refusedCount = 0
  /// The first ``refusedLimit`` of them, in the order of the file.
  package var refused: [Refused] = []
  /// Events appended now.
  package var appendedCount = 0
  /// Events that an earlier import had appended.
  package var alreadyThereCount = 0
  /// Events that the log refused though their rows are good, such as one about a record that
  /// nobody made; they stand among ``refused`` as well.
  package var refusedByLogCount = 0
  package var firstTime: Timestamp?
  package var lastTime: Timestamp?
  /// How many different values the mapping's profiled columns have.
  package var distinct: [Distinct] = []
  /// SHA-256 of the file.
  package var digest = Digest.zero
  package var isDryRun = false

  package struct Distinct: Hashable, Sendable {
    /// The column's name; `*` for whole rows.
    package let column: String
    package let count: Int
    /// Rows whose value stood in an earlier row.
    package let repeatedCount: Int
  }

  /// Whether anything was refused, by a rule of the file or by the log.
  package var hasRefusals: Bool { refusedCount + refusedByLogCount > 0 }
  /// Whether events were to be appended and none were, for the sake of refused rows.
  package var isStopped: Bool { refusedCount > 0 && !skipsRefused && !isDryRun }
  var skipsRefused = false

  /// The events by type, in the order of their names.
  package var eventCountsByName: [(type: String, count: Int)] {
    eventCounts.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
  }

  package init() {}

  mutating func take(_ event: HistoryEvent) {
    eventCount += 1
    eventCounts[event.payload.typeName, default: 0] += 1
    firstTime = min(firstTime ?? event.occurredAt, event.occurredAt)
    lastTime = max(lastTime ?? event.occurredAt, event.occurredAt)
  }

  mutating func take(_ outcome: HistoryOutcome, line: Int) {
    switch outcome {
    case .added: appendedCount += 1
    case .alreadyThere, .repeated: alreadyThereCount += 1
    case .refused(let refusal):
      refusedByLogCount += 1
      if refused.count < Self.refusedLimit {
        refused.append(.init(line: line, refusal: .refusedByLog(refusal.message)))
      }
    }
  }

  mutating func refuse(_ line: Int, _ refusal: RowRefusal) {
    refusedCount += 1
    if refused.count < Self.refusedLimit { refused.append(.init(line: line, refusal: refusal)) }
  }
}
