package import EventModel
internal import Foundation
package import ReadModels

/// People's own questions.
extension Workspace {
  /// Read-only SQL over the read models and the events.
  public func query(_ sql: String, limit: Int) throws(ServiceError) -> Answer {
    let gate = try gate()
    guard gate.isUnrestricted else {
      throw try gate.denied(
        "query", nil,
        "a statement can't be narrowed to a part of the tables, so it needs rights that reach every "
          + "record and every field")
    }
    try gate.record(.question("query"))
    let found = try asking { reader throws(QueryError) in
      try reader.query(sql, events: log, rowLimit: limit)
    }
    let columns = Self.columns(named: found.columns)
    let asOf = found.models.map { model in
      "\(model.name)@\(model.version) as of "
        + (model.asOfPosition.map { "position \($0)" } ?? "no event")
    }
    var notes = asOf.isEmpty ? [] : ["From " + asOf.joined(separator: ", ") + "."]
    if found.isCut { notes.append("There are more than \(limit) rows: raise --limit.") }
    var answer = Answer(
      "Query",
      tables: [
        .init("rows", "", columns: columns, rows: found.rows.map { $0.map(Value.init) })
      ], notes: notes)
    answer.isCut = found.isCut
    return answer
  }

  /// JSON members need names of their own: a second `count` becomes `count_2`.
  private static func columns(named names: [String]) -> [Answer.Table.Column] {
    var seen: [String: Int] = [:]
    return names.map { name in
      seen[name, default: 0] += 1
      let count = seen[name] ?? 1
      let unique = count == 1 ? name : "\(name)_\(count)"
      return .init(unique, unique)
    }
  }

  /// Asks a model as if only what had happened by `time` were known.
  package func effectively<P: Projector, Found>(
    by time: Timestamp, _ projector: P.Type,
    _ body: (ModelReader) throws(QueryError) -> Found
  ) throws(ServiceError) -> Found {
    let scratch = FileManager.default.temporaryDirectory
      .appending(path: "deed-effective-\(random.bytes(8).hex)")
    defer {
      do { try FileManager.default.removeItem(at: scratch) } catch {
        // A folder that can't be removed is the system's temporary folder's to clear.
      }
    }
    let reader: ModelReader?
    do throws(ModelError) {
      reader = try ModelReader.effective(
        [ModelKind(projector)], of: log, until: time,
        in: scratch.path(percentEncoded: false), skips: try Self.skips(in: log))
    } catch { throw ServiceError(error) }
    guard let reader else {
      throw ServiceError(.failed, code: "MODEL.FAILED", "The effective view was cancelled.")
    }
    do throws(QueryError) { return try body(reader) } catch { throw ServiceError(error) }
  }
}

extension Value {
  init(_ value: SQLValue) {
    switch value {
    case .null: self = .none
    case .integer(let number): self = .integer(number)
    case .real(let number): self = .decimal("\(number)")
    case .text(let text): self = .text(text)
    case .blob(let bytes): self = .text(bytes.hex)
    }
  }
}
