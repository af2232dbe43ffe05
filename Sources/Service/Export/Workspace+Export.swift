internal import Audit
internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema
internal import SwiftProtobuf

/// The form of an export's lines.
public enum ExportFormat: String, Sendable, Hashable, CaseIterable {
  /// Deed's own JSON.
  case lines = "deed.event/v1"
  /// CloudEvents 1.0 JSON.
  case cloudEvents = "cloudevents/1.0"
  /// A row an event, what it says as JSON in one column.
  case csv = "deed.event.csv/v1"
}

/// What is exported, why, and where to.
public struct ExportRequest: Sendable, Hashable {
  /// Which events.
  public var filter: EventFilter
  /// The file to write; it must not exist.
  public var path: String
  /// In which form.
  public var format: ExportFormat
  /// Why, as a code, such as `monthly-report`.
  public var purpose: String
  /// An export that was asked for before, and is approved by now; a new one when `nil`.
  public var approved: String?
  /// A file with the actor's own key, to sign what is asked for.
  public var signingKeyFile: String?
  /// The request as the actor signed it on their own device.
  public var signed: SignedRequest?

  /// Puts a request together.
  public init(
    _ filter: EventFilter, to path: String, as format: ExportFormat = .lines, purpose: String,
    approved: String? = nil
  ) {
    self.filter = filter
    self.path = path
    self.format = format
    self.purpose = purpose
    self.approved = approved
  }
}

/// Events in a file, with a manifest that says which they are.
extension Workspace {
  /// Writes the selected events to a new file, one JSON object a line, as far as the principal may
  /// export them.
  ///
  /// That it begins is in the log before the first byte, and that it ended, or was broken off, after
  /// the last; which records the file has stands in the access log. More rows than the principal's
  /// roles allow wait for somebody else's approval. The manifest beside the file has what was asked,
  /// the range, the count and the file's SHA-256.
  ///
  /// - Throws: ``ServiceError`` `EXPORT.PURPOSE` without a purpose, `PERMISSION.DENIED` without the
  ///   right, `EXPORT.FILE` when the file can't be made.
  public func export(_ request: ExportRequest) async throws(ServiceError) -> Answer {
    try requireWriter()
    let gate = try gate()
    let selected = try replayFilter(request.filter, in: try timeZone())
    let admission = try await admit(request, selected, gate)
    let file = try ExportFile(request.path)
    var run = try await start(admission, gate)
    do throws(ServiceError) {
      return try await write(request, selected, to: file, &run)
    } catch {
      try await abort(run.broken, error.code)
      throw error
    }
  }

  /// Says in the log that an export begins, and breaks it off when others took what was left of the
  /// quota meanwhile: their positions say who was first.
  func start(
    _ admission: ExportAdmission, _ gate: AccessGate
  ) async throws(ServiceError) -> ExportRun {
    let (id, watermark) = (admission.id, random.bytes(8).hex)
    let started = try await carryOut(
      .startExport(.with { ($0.exportID, $0.watermarkID) = (id, watermark) }), "start-\(id)")
    let run = ExportRun(
      id: id, watermark: watermark, size: admission.size, rowLimit: admission.rows,
      filterer: EventFilterer(gate, .export))
    do throws(ServiceError) {
      try checkQuota(admission, startedAt: started.first, gate)
    } catch {
      try await abort(run.broken, error.code)
      throw error
    }
    return run
  }

  /// Says in the logs that an export was broken off, and which records had gone out by then.
  func abort(_ broken: BrokenExport, _ cause: String) async throws(ServiceError) {
    var failure: ServiceError?
    do throws(ServiceError) { try record(exported: broken.records, in: broken.id) } catch {
      // That it ended is said all the same.
      failure = error
    }
    _ = try await carryOut(
      .abortExport(
        .with {
          ($0.exportID, $0.cause, $0.rowsWritten) = (broken.id, cause, UInt64(broken.rows))
        }), "abort-\(broken.id)")
    if let failure { throw failure }
  }

  private func record(exported records: [String], in id: String) throws(ServiceError) {
    for (part, names) in AccessEntries.parts(records).enumerated() {
      try record(
        atOnce: .recordsExported(
          .with { ($0.exportID, $0.records, $0.part) = (id, names, UInt32(part)) }))
    }
  }

  private func write(
    _ request: ExportRequest, _ selected: ReplayFilter, to file: ExportFile,
    _ run: inout ExportRun
  ) async throws(ServiceError) -> Answer {
    let (size, limit) = (run.size, run.rowLimit)
    let origin = log.origin
    var count = 0
    defer { run.count = count }
    var range: (first: Position, last: Position)?
    if request.format == .csv { file.append(ExportLine.csvHeader) }
    try visit(selected, through: &run.filterer) { event throws(ServiceError) in
      guard event.event.position.rawValue < size else { return false }
      guard limit.map({ count < $0 }) ?? true else { throw Self.tooMany(limit) }
      file.append(ExportLine.text(event, request.format, origin: origin))
      count += 1
      range = (range?.first ?? event.event.position, event.event.position)
      return file.failure == nil
    }
    run.count = count
    let digest = try file.finish()
    let result = try await complete(run, byteCount: file.byteCount, digest: digest)
    try writeManifest(request, result, run, range, digest)
    return answer(request, result, run, digest)
  }

  static func tooMany(_ limit: Int?) -> ServiceError {
    ServiceError(
      .refused, code: "QUOTA.EXCEEDED",
      "The export has more than \(limit ?? 0) rows by now; ask again, and have it approved.")
  }

  /// Says in the logs what an export has: which records, and the figures of the whole.
  func complete(
    _ run: ExportRun, byteCount: Int, digest: EventModel.Digest
  ) async throws(ServiceError) -> ExportGenerated {
    let count = run.count
    let records = run.broken.records
    try record(exported: records, in: run.id)
    let result = ExportGenerated.with {
      $0.exportID = run.id
      $0.rowCount = UInt64(count)
      $0.byteCount = UInt64(byteCount)
      $0.asOfSize = run.size
      $0.sha256 = .init(digest.bytes)
      $0.fieldsMasked = run.filterer.withheldFields.sorted()
      $0.recordIdsDigest = .init(
        Digest.sha256(Array((records.joined(separator: "\n") + "\n").utf8)).bytes)
      $0.recordCount = UInt64(records.count)
      $0.withheldCount = UInt64(run.filterer.withheldCount)
    }
    _ = try await carryOut(
      .completeExport(.with { ($0.exportID, $0.result) = (run.id, result) }), "complete-\(run.id)")
    return result
  }

  private func writeManifest(
    _ request: ExportRequest, _ result: ExportGenerated, _ run: ExportRun,
    _ range: (first: Position, last: Position)?, _ digest: EventModel.Digest
  ) throws(ServiceError) {
    let file = try ExportFile(request.path + ".manifest.json")
    file.write(manifest(of: request, result, run, range, digest).pretty)
    _ = try file.finish()
  }

  /// What was asked, the range, the counts and the content's SHA-256.
  func manifest(
    of request: ExportRequest, _ result: ExportGenerated, _ run: ExportRun,
    _ range: (first: Position, last: Position)?, _ digest: EventModel.Digest
  ) -> JSONValue {
    let filter = request.filter
    return JSONValue.object([
      JSONMember("origin", .string(log.origin)),
      JSONMember("format", .string(request.format.rawValue)),
      JSONMember("exportId", .string(run.id)),
      JSONMember("watermarkId", .string(run.watermark)),
      JSONMember("purpose", .string(request.purpose)),
      JSONMember("events", .integer(Int64(result.rowCount))),
      JSONMember("records", .integer(Int64(result.recordCount))),
      JSONMember("withheld", .integer(Int64(result.withheldCount))),
      JSONMember("fieldsWithheld", .array(result.fieldsMasked.map { .string($0) })),
      JSONMember("logSize", .integer(Int64(result.asOfSize))),
      JSONMember("first", range.map { .integer(Int64($0.first.rawValue)) } ?? .null),
      JSONMember("last", range.map { .integer(Int64($0.last.rawValue)) } ?? .null),
      JSONMember("types", .array(filter.types.map { .string($0) })),
      JSONMember("stream", filter.stream.map { .string($0) } ?? .null),
      JSONMember("tags", .array(filter.tags.map { .string($0) })),
      JSONMember("actor", filter.actor.map { .string($0) } ?? .null),
      JSONMember("sha256", .string(digest.hex)),
    ])
  }

  private func answer(
    _ request: ExportRequest, _ result: ExportGenerated, _ run: ExportRun,
    _ digest: EventModel.Digest
  ) -> Answer {
    Answer(
      "Exported",
      facts: [
        .init("file", "File", .text(request.path)),
        .init("manifest", "Manifest", .text(request.path + ".manifest.json")),
        .init("exportId", "Export", .text(run.id)),
        .init("events", "Events", .integer(Int64(result.rowCount))),
        .init("records", "Records", .integer(Int64(result.recordCount))),
        .init("withheld", "Withheld", .integer(Int64(result.withheldCount))),
        .init("sha256", "SHA-256", .text(digest.hex)),
      ], notes: run.filterer.notes)
  }
}

/// An export on its way.
struct ExportRun {
  let id: String
  let watermark: String
  /// How many events the log had when the rows were counted: later ones are not in it.
  let size: UInt64
  /// `nil` for any number.
  let rowLimit: Int?
  var filterer: EventFilterer
  var count = 0

  /// What is to be said of it if it goes no further.
  var broken: BrokenExport {
    BrokenExport(id: id, rows: count, records: filterer.records.map(\.description).sorted())
  }
}

/// What had gone out of an export.
struct BrokenExport: Sendable {
  let id: String
  let rows: Int
  let records: [String]
}

extension Workspace {
  func carryOut(
    _ command: ExportCommand.OneOf_Command, _ key: String
  ) async throws(ServiceError) -> CommandResult {
    try await perform(.export(command), by: try actingUser(), key: key)
  }
}

extension EventFilter {
  /// The filter in identifiers and codes, as the log keeps it.
  var words: [String] {
    types.map { "type=\($0)" } + (stream.map { ["stream=\($0)"] } ?? [])
      + tags.map { "tag=\($0)" } + (actor.map { ["actor=\($0)"] } ?? [])
      + (period.from.map { ["from=\($0)"] } ?? []) + (period.to.map { ["to=\($0)"] } ?? [])
  }
}
