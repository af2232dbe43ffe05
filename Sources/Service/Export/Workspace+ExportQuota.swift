internal import Audit
internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema
internal import SwiftProtobuf

/// An export that may begin.
struct ExportAdmission {
  let id: String
  /// How many events the log had when its rows were counted.
  let size: UInt64
  /// How many rows it has at the most; `nil` where there is no limit, or somebody lifted it.
  let rows: Int?
}

/// May it begin?
extension Workspace {
  private static let dayMicroseconds: Int64 = 86_400_000_000

  /// How many rows the principal's roles allow in a day; `nil` for any number.
  private func exportQuota(_ gate: AccessGate) throws(ServiceError) -> Int? {
    let roles = gate.evaluator.directory.roles(of: gate.user)
    let types = ObjectType.Code.allCases
    let mayExport = roles.filter { role in types.contains { role.grants(.export, $0) } }
    guard !mayExport.isEmpty,
      let person = gate.evaluator.directory.users[gate.user], person.status == .active
    else { throw try gate.denied("export", nil, "no role of theirs gives “export”") }
    if mayExport.contains(where: { $0.definition.hasUnlimitedExport_p }) { return nil }
    return mayExport.map { Int($0.definition.exportRowLimit) }.max() ?? 0
  }

  /// The rows that went out to `user` in the last day, and those of exports on their way.
  ///
  /// So an export can't be cut in pieces, broken off or made beside another to stay below the limit.
  /// Exports that began at `position` or later are not counted; `nil` counts all.
  ///
  /// - Complexity: the user's exports of a day.
  private func rowsExported(
    by user: String, before position: Position? = nil
  ) throws(ServiceError) -> Int {
    guard let actor = ActorID(user) else { return 0 }
    let types = ["ExportStarted", "ExportGenerated", "ExportAborted"].compactMap { EventType($0) }
    let query = EventQuery([EventQuery.Item(types: types, actors: [actor])])
    let since = clock().advanced(byMicroseconds: -Self.dayMicroseconds)
    let events: [RecordedEvent]
    do throws(LMDBError) {
      events = try log.events(EventSelection(query, from: try log.position(at: since)?.next))
    } catch { throw ServiceError(storage: error) }
    var onTheirWay: Set<String> = []
    var late: Set<String> = []
    var rows = 0
    for event in events {
      guard !late.contains(event.stream) else { continue }
      if event.type == "ExportStarted" {
        let isLate = position.map { event.position >= $0 } ?? false
        if isLate { late.insert(event.stream) } else { onTheirWay.insert(event.stream) }
        continue
      }
      onTheirWay.remove(event.stream)
      rows += try Self.rowsWritten(event)
    }
    for stream in onTheirWay {
      guard let id = StreamName(stream)?.id, let export = try export(id) else { continue }
      rows += Int(clamping: export.rowEstimate)
    }
    return rows
  }

  /// The rows of an export that ended, or was broken off.
  private static func rowsWritten(_ event: RecordedEvent) throws(ServiceError) -> Int {
    do throws(PayloadError) {
      guard case .export(let said)? = try event.payload() else { return 0 }
      if case .exportGenerated(let generated) = said { return Int(clamping: generated.rowCount) }
      if case .exportAborted(let aborted) = said { return Int(clamping: aborted.rowsWritten) }
      return 0
    } catch { throw ServiceError(.failed, code: "LOG.UNREADABLE", "\(error)") }
  }

  private func export(_ id: String) throws(ServiceError) -> DataExport? {
    do throws(CommandFailure) {
      return try executor.record(RecordKey(.export, id))?.state as? DataExport
    } catch { throw ServiceError(error) }
  }

  /// Refuses an export that came behind others which, with it, have more rows than allowed.
  func checkQuota(
    _ admission: ExportAdmission, startedAt position: Position?, _ gate: AccessGate
  ) throws(ServiceError) {
    guard let rows = admission.rows, let position, let quota = try exportQuota(gate) else { return }
    let left = max(0, quota - (try rowsExported(by: gate.user, before: position)))
    guard rows <= left else { throw Self.tooMany(left) }
  }

  /// Asks for the export, or takes up one that is approved.
  func admit(
    _ request: ExportRequest, _ selected: ReplayFilter, _ gate: AccessGate
  ) async throws(ServiceError) -> ExportAdmission {
    let quota = try exportQuota(gate)
    let size = log.size
    if let id = request.approved {
      guard request.signed == nil, request.signingKeyFile == nil else {
        throw ServiceError(
          .usage, code: "VALIDATION.SIGNATURE",
          "The export \(id) was signed when it was asked for: take it up without a signature.")
      }
      try requireApproval(of: id, for: request, gate)
      return ExportAdmission(id: id, size: size, rows: nil)
    }
    guard !request.purpose.isEmpty else {
      throw ServiceError(
        .usage, code: "EXPORT.PURPOSE", "An export needs a purpose: give --purpose CODE.")
    }
    guard let quota else {
      let id = try await ask(request, rows: 0, needsApproval: false)
      return ExportAdmission(id: id, size: size, rows: nil)
    }
    let left = max(0, quota - (try rowsExported(by: gate.user)))
    var rows = 0
    var filterer = EventFilterer(gate, .export)
    try visit(selected, through: &filterer) { event in
      guard event.event.position.rawValue < size else { return false }
      rows += 1
      return rows <= left
    }
    let id = try await ask(request, rows: rows, needsApproval: rows > left)
    guard rows > left else { return ExportAdmission(id: id, size: size, rows: rows) }
    throw ServiceError(
      .refused, code: "EXPORT.APPROVAL",
      "The export has more than \(left) rows: have somebody carry out ApproveExport "
        + "{\"exportId\":\"\(id)\"}, then export again with --approved \(id).")
  }

  private func requireApproval(
    of id: String, for request: ExportRequest, _ gate: AccessGate
  ) throws(ServiceError) {
    guard let export = try export(id), export.requestedBy == gate.user,
      export.filter == request.filter.words
    else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "\(gate.user) has no export “\(id)” of just these events: ask for them as before.")
    }
    guard export.needsApproval, export.status == .approved else {
      let remedy =
        export.needsApproval && export.status == .requested
        ? "have somebody carry out ApproveExport {\"exportId\":\"\(id)\"}" : "ask for another one"
      throw ServiceError(
        .refused, code: "EXPORT.APPROVAL",
        "The export \(id) is \(export.status.rawValue), and nobody approved it to be made now: "
          + "\(remedy).")
    }
  }

  /// Asks for an export, signed by who asks where they sign; its identifier.
  ///
  /// A signed request is good for one export: sent again, it makes no second one.
  private func ask(
    _ request: ExportRequest, rows: Int, needsApproval: Bool
  ) async throws(ServiceError) -> String {
    let asked = RequestExport.with {
      $0.content = "events"
      $0.filter = request.filter.words
      $0.format = request.format.rawValue
      $0.purpose = request.purpose
      $0.rowEstimate = UInt64(rows)
      $0.needsApproval = needsApproval
    }
    // The product asks in the actor's name: nobody sends this command, but they sign it.
    var context = CommandContext(
      actor: try actingUser(), actorKind: principal.kind.actorKind,
      channel: principal.channel.code, idempotencyKey: "request-\(random.bytes(16).hex)")
    if let signed = request.signed {
      context.idempotencyKey = signed.key
      context.signature = try signed.signature.proof(
        key: signed.key, body: signed.body, to: Self.exportTarget)
    } else if let file = request.signingKeyFile {
      context.idempotencyKey = CommandID(version7At: clock(), random: random.words()).uuidText
      context.signature = try signature(
        of: Self.exportCommand, key: context.idempotencyKey, body: try Self.body(asked), with: file)
    }
    let result: CommandResult
    do throws(CommandFailure) {
      result = try await executor.execute(.export(.requestExport(asked)), context)
    } catch {
      if case .refused(let refusal) = error {
        try record(
          .refused(command: Self.exportCommand, target: "", code: refusal.code.rawValue))
      }
      throw ServiceError(error)
    }
    guard !result.isRepeat else {
      try record(
        .refused(
          command: Self.exportCommand, target: "\(RecordKey(.export, result.targetID))",
          code: RefusalCode.idempotency.rawValue))
      throw ServiceError(
        .refused, code: RefusalCode.idempotency.rawValue,
        "This signed request made the export \(result.targetID) already: sign another with a new "
          + "idempotency key.")
    }
    return result.targetID
  }

  private static let exportCommand = "RequestExport"
  /// Where exports are asked for over HTTP.
  private static let exportTarget = "/v1/export"

  private static func body(_ asked: RequestExport) throws(ServiceError) -> String {
    do { return try asked.jsonString() } catch {
      throw ServiceError(.failed, code: "EXPORT.REQUEST", "The request can't be written: \(error).")
    }
  }
}
