internal import Audit
internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Foundation
internal import Schema

/// What left the workspace.
extension Workspace {
  /// The exports there were, newest last; with `record`, only those whose manifest has it.
  ///
  /// For administrators and auditors; others see their own.
  public func exports(
    of record: String? = nil, by user: String? = nil
  ) throws(ServiceError) -> Answer {
    let gate = try gate()
    let key = try record.map { text throws(ServiceError) in try Self.record(text) }
    let asked = try user.map { text throws(ServiceError) in try Self.actor(text).text }
    if let key { _ = try gate.readable(key, path: .replay) }
    if key == nil, asked != gate.user { try requireOperator("exports") }
    try gate.record(.question("exports"))
    let types = ["ExportRequested"].compactMap(EventType.init)
    let containing = try key.map { key throws(ServiceError) in try exports(with: key) }
    var rows: [[Value]] = []
    for event in try readEvents(.types(types), limit: Self.exportLimit) {
      guard let stream = StreamName(event.stream), containing?.contains(stream.id) ?? true,
        asked.map({ $0 == event.actor }) ?? true
      else { continue }
      if let row = try row(of: stream.id, event) { rows.append(row) }
    }
    return Answer(
      key.map { "Exports of \($0)" } ?? "Exports",
      tables: [
        .init(
          "exports", "",
          columns: [
            .init("exportId", "Export"), .init("requestedAt", "Asked"), .init("by", "By"),
            .init("purpose", "Purpose"), .init("status", "Status"), .init("rows", "Rows"),
            .init("filter", "Filter"), .init("format", "Format"), .init("decidedBy", "Decided by"),
            .init("watermarkId", "Watermark"), .init("withheldFields", "Fields kept back"),
            .init("sha256", "File's SHA-256"), .init("position", "Position"),
          ], rows: rows)
      ], timeZone: try timeZone().identifier)
  }

  private static let exportLimit = 10_000

  /// The exports whose manifests in the access log have the record.
  private func exports(with key: RecordKey) throws(ServiceError) -> Set<String> {
    try flushAccessLog()
    guard let accessLog, let tag = key.tag else { return [] }
    let query = EventQuery.tags([tag], types: ["RecordsExported"].compactMap(EventType.init))
    let accesses = try accessLog.events(query)
    return Set(
      accesses.compactMap { access in
        guard case .recordsExported(let exported) = access.event.event else { return nil }
        return exported.exportID
      })
  }

  private func row(of id: String, _ requested: RecordedEvent) throws(ServiceError) -> [Value]? {
    let found: (state: any Aggregate, revision: Revision)?
    do throws(CommandFailure) {
      found = try executor.record(RecordKey(.export, id))
    } catch { throw ServiceError(error) }
    guard let export = found?.state as? DataExport else { return nil }
    return [
      .text(id), .moment(requested.recordedAt), .text(export.requestedBy),
      .text(export.purpose), .text(export.status.rawValue), .integer(Int64(export.rowCount)),
      .list(export.filter.map { .text($0) }), .text(export.format), .named(export.decidedBy),
      .named(export.watermarkID),
      .list((export.generated?.fieldsMasked ?? []).map { .text($0) }),
      export.generated.map { .text(Array($0.sha256).hex) } ?? .none,
      .integer(Int64(requested.position.rawValue)),
    ]
  }
}
