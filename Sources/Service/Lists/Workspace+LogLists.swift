internal import Audit
internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema

/// Lists of kinds that no table keeps: in the order in which their records were made.
extension Workspace {
  /// The most events that one page looks at.
  private static let lookLimit = 50_000

  func listFromLog(_ request: ListRequest) throws(ServiceError) -> ListPage {
    guard let type = ObjectType.Code.allCases.first(where: { $0.streamCategory == request.kind }),
      Aggregates.empty(type) != nil
    else {
      throw ServiceError(
        .usage, code: "VALIDATION.RECORD_TYPE",
        "“\(request.kind.prefix(40))” is no kind of record that can be listed.")
    }
    guard request.filters.isEmpty, request.sort.isEmpty, request.fields.isEmpty else {
      throw ServiceError(
        .usage, code: "VALIDATION.FILTER",
        "A list of \(request.kind) is in the order in which they were made: ask for it without "
          + "filter, sort and fields.")
    }
    let gate = try gate()
    var start: UInt64 = 0
    if let cursor = request.cursor {
      guard cursor.utf8.count <= 18, let position = UInt64(cursor), String(position) == cursor
      else {
        throw ServiceError(
          .usage, code: "VALIDATION.CURSOR",
          "The cursor is none of this list: give `next` of the page before.")
      }
      start = position
    }
    let moment = try moment(request.view, in: try timeZone())
    let (first, next) = try makings(of: request.kind, from: start, limit: request.limit)
    var columns = ["id", "createdPosition", "events"]
    var found: [[String: Value]] = []
    var records: [String] = []
    for (position, id) in first {
      let key = RecordKey(type, id)
      guard let facts = try gate.knownFacts(key), gate.evaluator.may(gate.user, .list, on: facts)
      else { continue }
      let snapshot = try auditing { auditor throws(AuditError) in
        try auditor.record(key, asOf: moment)
      }
      guard snapshot.exists else { continue }
      var row: [String: Value] = [:]
      for field in gate.filtered(snapshot.fields, of: facts, on: .show).fields {
        if !columns.contains(field.name) { columns.append(field.name) }
        row[field.name] = Value(field.value)
      }
      row["id"] = .text(id)
      row["createdPosition"] = .integer(Int64(position))
      row["events"] = .integer(Int64(snapshot.eventCount))
      records.append("\(key)")
      found.append(row)
    }
    try gate.record(
      .listed(
        type: request.kind, path: "list", records: records, classes: [], results: found.count))
    let table = Answer.Table(
      "items", "", columns: columns.map { .init($0, $0) },
      rows: found.map { row in columns.map { row[$0] ?? .none } })
    return ListPage(
      answer: Answer("List of \(request.kind)", tables: [table]), next: next.map(String.init))
  }

  /// The first events of the kind's streams, and where to look on.
  private func makings(
    of kind: String, from start: UInt64, limit: Int
  ) throws(ServiceError) -> (found: [(position: UInt64, id: String)], next: UInt64?) {
    var found: [(position: UInt64, id: String)] = []
    var next: UInt64?
    var looked = 0
    let size = log.size
    guard start < size else { return ([], nil) }
    let selection = EventSelection(
      .category(kind), from: Position(start), through: Position(size - 1))
    do throws(LMDBError) {
      try log.scan(selection) { layout, record throws(LMDBError) in
        let leaf = record.extracting(layout.leafRange)
        let position = layout.leaf.position(in: leaf).rawValue
        guard found.count < limit, looked < Self.lookLimit else {
          next = position
          return .stop
        }
        looked += 1
        let event = RecordedEvent(copying: record, layout: layout)
        if event.revision.rawValue == 0, let stream = StreamName(event.stream) {
          found.append((position, stream.id))
        }
        return .proceed
      }
    } catch { throw ServiceError(storage: error) }
    return (found, next)
  }
}
