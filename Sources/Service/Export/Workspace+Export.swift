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
    let limit = try exportLimit(gate)
    let id = try await admit(request, selected, limit, gate)
    let file = try ExportFile(request.path)
    var run = try await start(id, gate)
    do throws(ServiceError) {
      return try await write(request, selected, limit, to: file, &run)
    } catch {
      try await abort(run, error.code)
      throw error
    }
  }

  /// Asks for the export and begins it.
  func begin(
    _ request: ExportRequest, _ selected: ReplayFilter, _ limit: ExportLimit, _ gate: AccessGate
  ) async throws(ServiceError) -> ExportRun {
    try await start(try await admit(request, selected, limit, gate), gate)
  }

  private func start(_ id: String, _ gate: AccessGate) async throws(ServiceError) -> ExportRun {
    let watermark = random.bytes(8).hex
    _ = try await carryOut(
      .startExport(.with { ($0.exportID, $0.watermarkID) = (id, watermark) }), "start-\(id)")
    return ExportRun(id: id, watermark: watermark, filterer: EventFilterer(gate, .export))
  }

  /// Says in the log that an export was broken off.
  func abort(_ run: ExportRun, _ cause: String) async throws(ServiceError) {
    let (id, rows) = (run.id, run.count)
    _ = try await carryOut(
      .abortExport(
        .with { ($0.exportID, $0.cause, $0.rowsWritten) = (id, cause, UInt64(rows)) }),
      "abort-\(id)")
  }

  private func write(
    _ request: ExportRequest, _ selected: ReplayFilter, _ limit: ExportLimit,
    to file: ExportFile, _ run: inout ExportRun
  ) async throws(ServiceError) -> Answer {
    let size = log.size
    let origin = log.origin
    let isApproved = request.approved != nil
    var count = 0
    var range: (first: Position, last: Position)?
    if request.format == .csv { file.append(ExportLine.csvHeader) }
    try visit(selected, through: &run.filterer) { event throws(ServiceError) in
      guard limit.rows.map({ isApproved || count < $0 }) ?? true else {
        throw Self.tooMany(limit)
      }
      file.append(ExportLine.text(event, request.format, origin: origin))
      count += 1
      range = (range?.first ?? event.event.position, event.event.position)
      return file.failure == nil
    }
    run.count = count
    let digest = try file.finish()
    let result = try await complete(
      run, byteCount: file.byteCount, digest: digest, size: size)
    try writeManifest(request, result, run, range, digest)
    return answer(request, result, run, digest)
  }

  static func tooMany(_ limit: ExportLimit) -> ServiceError {
    ServiceError(
      .refused, code: "QUOTA.EXCEEDED",
      "The export has more than \(limit.rows ?? 0) rows by now; ask again, and have it approved.")
  }

  /// Says in the logs what an export has: which records, and the figures of the whole.
  func complete(
    _ run: ExportRun, byteCount: Int, digest: EventModel.Digest, size: UInt64
  ) async throws(ServiceError) -> ExportGenerated {
    let count = run.count
    let records = run.filterer.records.map(\.description).sorted()
    for (part, names) in AccessEntries.parts(records).enumerated() {
      try record(
        atOnce: .recordsExported(
          .with { ($0.exportID, $0.records, $0.part) = (run.id, names, UInt32(part)) }))
    }
    let result = ExportGenerated.with {
      $0.exportID = run.id
      $0.rowCount = UInt64(count)
      $0.byteCount = UInt64(byteCount)
      $0.asOfSize = size
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
  var filterer: EventFilterer
  var count = 0
}

/// How many rows a principal may export without asking; `nil` for any number.
struct ExportLimit {
  let rows: Int?
}

/// May it begin?
extension Workspace {
  private static let dayMicroseconds: Int64 = 86_400_000_000

  /// What the principal's roles allow, less what it exported in the last day.
  func exportLimit(_ gate: AccessGate) throws(ServiceError) -> ExportLimit {
    let roles = gate.evaluator.directory.roles(of: gate.user)
    let types = ObjectType.Code.allCases
    let mayExport = roles.filter { role in types.contains { role.grants(.export, $0) } }
    guard !mayExport.isEmpty,
      let person = gate.evaluator.directory.users[gate.user], person.status == .active
    else { throw try gate.denied("export", nil, "no role of theirs gives “export”") }
    if mayExport.contains(where: { $0.definition.hasUnlimitedExport_p }) {
      return ExportLimit(rows: nil)
    }
    let allowed = mayExport.map { Int($0.definition.exportRowLimit) }.max() ?? 0
    return ExportLimit(rows: max(0, allowed - (try exportedToday(by: gate.user))))
  }

  /// Rows of the last day: an export can't be cut in pieces to stay below the limit.
  private func exportedToday(by user: String) throws(ServiceError) -> Int {
    guard let actor = ActorID(user), let type = EventType("ExportGenerated") else { return 0 }
    let since = clock().advanced(byMicroseconds: -Self.dayMicroseconds)
    let events = try readEvents(
      EventQuery([EventQuery.Item(types: [type], actors: [actor])]), limit: 10_000)
    var rows = 0
    for event in events where event.recordedAt >= since {
      do throws(PayloadError) {
        if case .export(.exportGenerated(let generated))? = try event.payload() {
          rows += Int(generated.rowCount)
        }
      } catch {
        throw ServiceError(.failed, code: "LOG.UNREADABLE", "\(error)")
      }
    }
    return rows
  }

  /// Asks for the export, or takes up one that is approved.
  ///
  /// - Returns: its identifier.
  private func admit(
    _ request: ExportRequest, _ selected: ReplayFilter, _ limit: ExportLimit, _ gate: AccessGate
  ) async throws(ServiceError) -> String {
    let filter = request.filter.words
    if let id = request.approved {
      let found: (state: any Aggregate, revision: Revision)?
      do throws(CommandFailure) {
        found = try executor.record(RecordKey(.export, id))
      } catch { throw ServiceError(error) }
      guard let export = found?.state as? DataExport, export.requestedBy == gate.user,
        export.filter == filter
      else {
        throw ServiceError(
          .refused, code: "STATE.NOT_FOUND",
          "\(gate.user) has no export “\(id)” of just these events: ask for them as before.")
      }
      return id
    }
    guard !request.purpose.isEmpty else {
      throw ServiceError(
        .usage, code: "EXPORT.PURPOSE", "An export needs a purpose: give --purpose CODE.")
    }
    var rows = 0
    if let most = limit.rows {
      var filterer = EventFilterer(gate, .export)
      try visit(selected, through: &filterer) { _ in
        rows += 1
        return rows <= most
      }
    }
    let needsApproval = limit.rows.map { rows > $0 } ?? false
    let asked = RequestExport.with {
      $0.content = "events"
      $0.filter = filter
      $0.format = request.format.rawValue
      $0.purpose = request.purpose
      $0.rowEstimate = UInt64(rows)
      $0.needsApproval = needsApproval
    }
    let id = try await ask(asked, signedWith: request.signingKeyFile)
    guard needsApproval else { return id }
    throw ServiceError(
      .refused, code: "EXPORT.APPROVAL",
      "The export has more than \(limit.rows ?? 0) rows: have somebody carry out ApproveExport "
        + "{\"exportId\":\"\(id)\"}, then export again with --approved \(id).")
  }

  /// Asks for an export, signed by who asks where a key is given; its identifier.
  private func ask(
    _ asked: RequestExport, signedWith file: String?
  ) async throws(ServiceError) -> String {
    guard let file else {
      return try await carryOut(.requestExport(asked), "request-\(random.bytes(16).hex)").targetID
    }
    let body: String
    do { body = try asked.jsonString() } catch {
      throw ServiceError(.failed, code: "EXPORT.REQUEST", "The request can't be written: \(error).")
    }
    var command = CommandRequest(name: "RequestExport", body: body)
    command.signingKeyFile = file
    let answer = try await execute(command)
    guard case .text(let id)? = answer.facts.first(where: { $0.name == "id" })?.value else {
      throw ServiceError(.failed, code: "EXPORT.REQUEST", "The export has no identifier.")
    }
    return id
  }

  private func carryOut(
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
