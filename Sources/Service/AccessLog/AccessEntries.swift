internal import EventModel
package import Schema
internal import SwiftProtobuf

/// Something that somebody saw, asked for, or was refused.
package enum AccessEntry: Sendable {
  /// One record was looked at, on the path of that name.
  case viewed(record: String, kind: RecordView.Kind, classes: [String], path: String)
  /// Records stood in a list.
  case listed(type: String, path: String, records: [String], classes: [String], results: Int)
  case searched(type: String, fields: [String], records: [String], results: Int)
  case matched(kinds: [String], records: [String])
  case report(id: String, parameters: [String], asOfSize: UInt64)
  case question(String)
  case refused(command: String, target: String, code: String)
  case denied(path: String, target: String, code: String)
}

/// What a window holds: looks at one record on one path are one entry with a count.
struct AccessEntries: Sendable {
  /// A record, and the path on which it was looked at.
  private struct Look: Hashable {
    let record: String
    let path: String
  }

  private var views: [RecordView] = []
  /// Where in ``views`` a look is counted.
  private var places: [Look: Int] = [:]
  private var refusals: [String: CommandRefused] = [:]
  private var denials: [String: AccessDenied] = [:]
  private var others: [AccessEvent.OneOf_Event] = []
  /// Weighed by the records, so that no event names more than its tags can.
  private(set) var count = 0

  mutating func add(_ entry: AccessEntry, at now: Timestamp) {
    let time = now.microseconds
    switch entry {
    case .viewed(let record, let kind, let classes, let path):
      view(record, kind, classes, path, time)
    case .listed(let type, let path, let records, let classes, let results):
      for part in Self.parts(records) {
        others.append(
          .recordsListed(
            .with {
              $0.objectType = type
              $0.path = path
              $0.records = part
              $0.atUs = time
              $0.fieldClasses = classes
              $0.resultCount = UInt64(results)
            }))
        count += 1
      }
    case .searched(let type, let fields, let records, let results):
      for part in Self.parts(records) {
        others.append(
          .searchPerformed(
            .with {
              $0.objectType = type
              $0.fields = fields
              $0.records = part
              $0.atUs = time
              $0.resultCount = UInt64(results)
            }))
        count += 1
      }
    case .matched(let kinds, let records):
      for part in Self.parts(records) {
        others.append(
          .matchLookupPerformed(
            .with { ($0.keyKinds, $0.records, $0.atUs) = (kinds, part, time) }))
        count += 1
      }
    case .report(let id, let parameters, let size):
      others.append(
        .reportRun(
          .with {
            ($0.reportID, $0.parameters, $0.asOfSize, $0.atUs) = (id, parameters, size, time)
          }))
      count += 1
    case .question(let text):
      others.append(.auditQueryRun(.with { ($0.question, $0.atUs) = (text, time) }))
      count += 1
    case .refused(let command, let target, let code):
      let key = "\(command)\n\(target)\n\(code)"
      if refusals[key] == nil {
        refusals[key] = .with {
          ($0.commandName, $0.target, $0.errorCode, $0.firstUs) = (command, target, code, time)
        }
        count += 1
      }
      refusals[key]?.count += 1
    case .denied(let path, let target, let code):
      let key = "\(path)\n\(target)\n\(code)"
      if denials[key] == nil {
        denials[key] = .with {
          ($0.path, $0.target, $0.errorCode, $0.firstUs) = (path, target, code, time)
        }
        count += 1
      }
      denials[key]?.count += 1
    }
  }

  private mutating func view(
    _ record: String, _ kind: RecordView.Kind, _ classes: [String], _ path: String, _ time: Int64
  ) {
    let look = Look(record: record, path: path)
    guard let place = places[look] else {
      places[look] = views.count
      views.append(
        .with {
          ($0.record, $0.kind, $0.path, $0.firstUs) = (record, kind, path, time)
          ($0.fieldClasses, $0.count) = (classes, 1)
        })
      count += 1
      return
    }
    views[place].count += 1
    let known = views[place].fieldClasses
    if known != classes {
      views[place].fieldClasses += classes.filter { !known.contains($0) }
    }
  }

  /// In the order in which they are written.
  var events: [AccessEvent.OneOf_Event] {
    let viewed: [AccessEvent.OneOf_Event] =
      views.isEmpty
      ? [] : [.recordsViewed(.with { $0.entries = views })]
    return viewed + others
      + refusals.sorted { $0.key < $1.key }.map { .commandRefused($0.value) }
      + denials.sorted { $0.key < $1.key }.map { .accessDenied($0.value) }
  }

  /// At most two hundred records each; one empty part for none.
  static func parts(_ records: [String]) -> [[String]] {
    guard !records.isEmpty else { return [[]] }
    return stride(from: 0, to: records.count, by: AccessRecorder.windowEntries).map {
      Array(records[$0..<min($0 + AccessRecorder.windowEntries, records.count)])
    }
  }
}
