internal import Audit
internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Foundation
internal import LMDB
internal import Schema
internal import SwiftProtobuf

/// An export that goes out part by part, to a caller who takes it as it is made.
///
/// That it begins is in the log before the first part; ``finish()`` or ``abort(_:)`` says how it
/// ended. One that nobody has any more is broken off.
public actor ExportSession {
  /// The export's identifier.
  public nonisolated let id: String
  /// Names this copy.
  public nonisolated let watermark: String
  private let workspace: Workspace
  private let request: ExportRequest
  private var selected: ReplayFilter
  private var run: ExportRun
  private var hasBegun = false
  private var isAtEnd = false
  private var hasEnded = false
  private var byteCount = 0
  private var hasher = DigestHasher()
  private var range: (first: Position, last: Position)?

  /// About so many bytes are a part.
  private static let partBytes = 256 << 10
  /// A part looks at so many events at the most, so that a snapshot is kept for a moment only.
  private static let partEvents = 2_000

  init(
    _ workspace: Workspace, _ request: ExportRequest, _ selected: ReplayFilter, _ run: ExportRun
  ) {
    self.workspace = workspace
    self.request = request
    self.selected = selected
    self.run = run
    id = run.id
    watermark = run.watermark
  }

  isolated deinit {
    guard !hasEnded else { return }
    let (workspace, broken) = (workspace, run.broken)
    Task {
      do { try await workspace.abort(broken, "SERVER.CONNECTION") } catch {
        // The log is closed or full: the export stays on its way, and counts by its estimate.
      }
    }
  }

  /// The next part; `nil` after the last.
  public func next() throws(ServiceError) -> String? {
    var text = ""
    if !hasBegun {
      hasBegun = true
      if request.format == .csv { text = ExportLine.csvHeader }
    }
    while text.isEmpty, !isAtEnd { text += try part() }
    guard !text.isEmpty else { return nil }
    byteCount += text.utf8.count
    hasher.update(Array(text.utf8))
    return text
  }

  private func part() throws(ServiceError) -> String {
    var text = ""
    var looked = 0
    var last: Position?
    var isOver = false
    let origin = workspace.log.origin
    var failure: ServiceError?
    var run = run
    var range = range
    let (request, limit, size) = (request, run.rowLimit, run.size)
    let selected = selected
    try workspace.auditing { auditor throws(AuditError) in
      try auditor.replay(selected) { event throws(AuditError) in
        let position = event.event.position
        guard position.rawValue < size else {
          isOver = true
          return .stop
        }
        looked += 1
        last = position
        do throws(ServiceError) {
          guard let seen = try run.filterer.filtered(event) else {
            return looked < Self.partEvents ? .proceed : .stop
          }
          guard limit.map({ run.count < $0 }) ?? true else { throw Workspace.tooMany(limit) }
          text += ExportLine.text(seen, request.format, origin: origin)
          run.count += 1
          range = (range?.first ?? position, position)
        } catch {
          failure = error
          return .stop
        }
        return looked < Self.partEvents && text.utf8.count < Self.partBytes ? .proceed : .stop
      }
    }
    self.run = run
    if let failure { throw failure }
    self.range = range
    let stoppedEarly = looked >= Self.partEvents || text.utf8.count >= Self.partBytes
    if let last, stoppedEarly, !isOver, last.rawValue + 1 < size {
      self.selected.period.from = .position(Position(last.rawValue + 1))
    } else {
      isAtEnd = true
    }
    return text
  }

  /// Says in the logs what went out, and gives the manifest.
  public func finish() async throws(ServiceError) -> String {
    let (run, byteCount, digest) = (run, byteCount, hasher.finalize())
    let result = try await workspace.complete(run, byteCount: byteCount, digest: digest)
    hasEnded = true
    return workspace.manifest(of: request, result, run, range, digest).pretty
  }

  /// Says in the log that it was broken off, and why.
  public func abort(_ cause: String) async throws(ServiceError) {
    hasEnded = true
    try await workspace.abort(run.broken, cause)
  }
}

extension Workspace {
  /// Begins an export that its caller takes part by part; what ``export(_:)`` asks for holds.
  public func beginExport(_ request: ExportRequest) async throws(ServiceError) -> ExportSession {
    try requireWriter()
    let gate = try gate()
    let selected = try replayFilter(request.filter, in: try timeZone())
    let run = try await start(try await admit(request, selected, gate), gate)
    return ExportSession(self, request, selected, run)
  }

  /// What an export that ended wrote: its manifest, for who made it, and for administrators and
  /// auditors.
  public func exportManifest(_ id: String) throws(ServiceError) -> Answer {
    let found: (state: any Aggregate, revision: Revision)?
    do throws(CommandFailure) {
      found = try executor.record(RecordKey(.export, id))
    } catch { throw ServiceError(error) }
    let gate = try gate()
    guard let export = found?.state as? DataExport, let stream = RecordKey(.export, id).stream
    else { throw Self.noExport(id) }
    if export.requestedBy != gate.user { try requireOperator("export manifest") }
    for event in try readEvents(.stream(stream), limit: 1_000) {
      do throws(PayloadError) {
        guard case .export(.exportGenerated(let result))? = try event.payload() else { continue }
        return Self.manifest(of: export, result, origin: log.origin)
      } catch { throw ServiceError(.failed, code: "LOG.UNREADABLE", "\(error)") }
    }
    throw ServiceError(
      .refused, code: "STATE.STATUS",
      "The export \(id) is \(export.status.rawValue): it has a manifest when it is generated.")
  }

  private static func noExport(_ id: String) -> ServiceError {
    ServiceError(
      .refused, code: "STATE.NOT_FOUND",
      "There is no export “\(id.prefix(60))” of yours: its identifier came with its first part.")
  }

  private static func manifest(
    of export: DataExport, _ result: ExportGenerated, origin: String
  ) -> Answer {
    Answer(
      "Manifest of \(export.id)",
      facts: [
        .init("origin", "Origin", .text(origin)), .init("format", "Format", .text(export.format)),
        .init("exportId", "Export", .text(export.id)),
        .init("watermarkId", "Watermark", .text(export.watermarkID)),
        .init("purpose", "Purpose", .text(export.purpose)),
        .init("events", "Events", .integer(Int64(clamping: result.rowCount))),
        .init("bytes", "Bytes", .integer(Int64(clamping: result.byteCount))),
        .init("records", "Records", .integer(Int64(clamping: result.recordCount))),
        .init("withheld", "Withheld", .integer(Int64(clamping: result.withheldCount))),
        .init("fieldsWithheld", "Not in it", .list(result.fieldsMasked.map { .text($0) })),
        .init("logSize", "Log size", .integer(Int64(clamping: result.asOfSize))),
        .init("filter", "Filter", .list(export.filter.map { .text($0) })),
        .init("sha256", "SHA-256", .text([UInt8](result.sha256).hex)),
      ])
  }
}
