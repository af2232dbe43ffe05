internal import Audit
internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Foundation
internal import Schema
internal import SwiftProtobuf

/// What becomes of a leaver's records, as `deed handover plan` takes it.
public struct HandoverPlan: Sendable, Hashable {
  /// Records by their identifiers; all that have no plan yet when empty.
  public var records: [String]
  /// A user or a pool; the leaver keeps the records when `nil`.
  public var receiver: String?
  /// What to know of them; sealed.
  public var note: String

  /// Puts a plan together.
  public init(records: [String] = [], receiver: String?, note: String = "") {
    self.records = records
    self.receiver = receiver
    self.note = note
  }
}

/// A person leaves, and others take over.
extension Workspace {
  /// Starts a handover: the leaver's rights to carry customers off end at once.
  ///
  /// The cause is `resignation`, `dismissal`, `internalMove` or `longLeave`; the times are RFC 3339.
  public func startHandover(
    of user: String, cause: String, effectiveAt: String? = nil, returnOn: String? = nil
  ) async throws(ServiceError) -> Answer {
    var start = StartHandover()
    start.fromUserID = user
    start.cause = try Self.code(cause, "cause")
    if let effectiveAt { start.effectiveAt = try Self.instant(effectiveAt).message }
    if let returnOn { start.returnOn = try Self.instant(returnOn).message }
    let result = try await act(.startHandover(start), reason: cause)
    try await reportAccess(ofLeaverIn: result.targetID)
    return try handover(result.targetID)
  }

  /// How far the report on a leaver looks back (H-6).
  static let reportDays: Int64 = 90

  /// Attaches what the log tells of the leaver's last weeks; nothing when it is attached.
  private func reportAccess(ofLeaverIn id: String) async throws(ServiceError) {
    let handover = try existingHandover(id)
    guard handover.accessReport == nil else { return }
    let to = clock()
    let from = to.advanced(byMicroseconds: -Self.reportDays * 86_400_000_000)
    let size = log.size
    try flushAccessLog()
    let access = try accessRecords(before: size, sealed: nil)
    let report = try auditing { auditor throws(AuditError) in
      try auditor.leaverReport(
        of: handover.fromUserID, from: from, to: to, size: size, access: access)
    }
    let reported = HandoverAccessReported.with {
      $0.userID = report.userID
      $0.from = from.message
      $0.to = to.message
      $0.exportCount = report.exportCount
      $0.viewCount = report.viewCount
      $0.revealCount = report.revealCount
      $0.exportedRecordCount = report.exportedRecordCount
      if let size = report.accessSize { $0.accessSize = size }
      $0.eventCount = report.eventCount
      $0.foreignRecordCount = UInt64(report.foreignRecords.count)
      $0.toPosition = size
      $0.sha256 = Data(report.sha256.bytes)
    }
    _ = try await perform(
      .handover(.reportHandoverAccess(.with { ($0.handoverID, $0.report) = (id, reported) })),
      by: ActorID(system: "handovers"), key: "handover-report-\(id)")
  }

  /// Plans records, or all that have no plan yet.
  public func planHandover(
    _ id: String, _ plan: HandoverPlan
  ) async throws(ServiceError) -> Answer {
    var item = HandoverItemInput()
    item.disposition = .keep
    if let receiver = plan.receiver {
      let owner = try Self.owner(receiver)
      item.disposition = owner.kind == .pool ? .toPool : .toUser
      if owner.kind == .pool { item.poolID = owner.id } else { item.toUserID = owner.id }
    }
    var command = PlanHandoverItems()
    command.handoverID = id
    if plan.records.isEmpty {
      command.rest = item
    } else {
      item.note = plan.note
      for record in plan.records {
        item.recordRef = try Self.record(record).reference
        command.items.append(item)
      }
    }
    // The rest goes in by so many at a time.
    var planned = 0
    repeat {
      planned = try await act(.planHandoverItems(command)).count
    } while plan.records.isEmpty && planned == Handover.itemLimit
    return try handover(id)
  }

  /// Approves a plan that covers all that the leaver owns.
  public func approveHandover(_ id: String) async throws(ServiceError) -> Answer {
    _ = try await act(.approveHandoverPlan(.with { $0.handoverID = id }))
    return try handover(id)
  }

  /// Hands every planned record over, each in an append of its own, and completes the handover.
  ///
  /// What is refused is listed with its reason and tried again by the next call, which goes on where
  /// this one ended, whatever ended it.
  public func executeHandover(_ id: String) async throws(ServiceError) -> Outcome {
    var refused: [[Value]] = []
    try await reportAccess(ofLeaverIn: id)
    for record in try existingHandover(id).records {
      let command = ExecuteHandoverItem.with {
        ($0.handoverID, $0.recordRef) = (id, record.reference)
      }
      do throws(ServiceError) {
        _ = try await act(.executeHandoverItem(command))
      } catch {
        guard error.kind == .refused else { throw error }
        refused.append([.text("\(record)"), .text(error.code), .text(error.sentence)])
      }
    }
    var notes: [String] = []
    do throws(ServiceError) {
      _ = try await act(.completeHandover(.with { $0.handoverID = id }))
    } catch {
      guard error.kind == .refused else { throw error }
      notes.append(error.sentence)
    }
    var answer = try handover(id)
    answer.notes += notes
    if !refused.isEmpty {
      answer.tables.append(
        .init(
          "refused", "Refused",
          columns: [.init("record", "Record"), .init("code", "Code"), .init("sentence", "Why")],
          rows: refused))
    }
    return Outcome(answer, isRefused: !refused.isEmpty || !notes.isEmpty)
  }

  /// Tells the receiver of a record what to know of it.
  public func briefHandover(
    _ id: String, record: String, summary: String, commitments: [String]
  ) async throws(ServiceError) -> Answer {
    let key = try Self.record(record)
    _ = try await act(
      .writeHandoverBriefing(
        .with {
          $0.handoverID = id
          $0.recordRef = key.reference
          $0.summary = summary
          $0.openCommitments = commitments
        }))
    return try handover(id)
  }

  /// Says that the receiver has read all that it received.
  public func acknowledgeHandover(_ id: String) async throws(ServiceError) -> Answer {
    _ = try await act(.acknowledgeHandover(.with { $0.handoverID = id }))
    return try handover(id)
  }

  /// Cancels a handover before anything was handed over.
  public func cancelHandover(_ id: String, reason: String) async throws(ServiceError) -> Answer {
    _ = try await act(.cancelHandover(.with { $0.handoverID = id }), reason: reason)
    return try handover(id)
  }

  /// Gives back what a long leave handed over, as far as its receivers still have it.
  public func revertHandover(_ id: String) async throws(ServiceError) -> Answer {
    for record in try existingHandover(id).records {
      _ = try await act(
        .returnHandoverItem(.with { ($0.handoverID, $0.recordRef) = (id, record.reference) }))
    }
    _ = try await act(.revertHandover(.with { $0.handoverID = id }), reason: "returned")
    return try handover(id)
  }

  private func act(
    _ command: HandoverCommand.OneOf_Command, reason: String? = nil
  ) async throws(ServiceError) -> CommandResult {
    try requireWriter()
    let key = CommandID(version7At: clock(), random: random.words()).uuidText
    return try await perform(
      .handover(command), by: try actingUser(), key: key, reason: reason.map { Reason(code: $0) })
  }

  private static func instant(_ text: String) throws(ServiceError) -> Timestamp {
    guard let time = Timestamp(text) else {
      throw ServiceError(
        .usage, code: "VALIDATION.TIME",
        "“\(text)” is no time: give RFC 3339, such as 2026-05-10T09:00:00+08:00.")
    }
    return time
  }
}

/// Handovers, as people look at them.
extension Workspace {
  /// The handovers that the principal has a part in, or all for whoever sees all, newest first (RM-26).
  public func handovers() throws(ServiceError) -> Answer {
    let gate = try gate()
    let seesAll = try seesAllDisputes()
    var rows: [[Value]] = []
    var hidden = 0
    let types = ["HandoverStarted"].compactMap(EventType.init)
    for event in try readEvents(.types(types), limit: 100_000).reversed() {
      guard let id = StreamName(event.stream)?.id else { continue }
      let handover = try existingHandover(id)
      let isPart =
        handover.fromUserID == gate.user
        || handover.items.values.contains { $0.toUserID == gate.user }
        || gate.evaluator.isAbove(gate.user, handover.fromUserID)
      guard seesAll || isPart else {
        hidden += 1
        continue
      }
      func count(_ test: (Handover.Item) -> Bool) -> Value {
        .integer(Int64(handover.items.values.count(where: test)))
      }
      rows.append([
        .text(id), .text("\(handover.status)"), .text(handover.fromUserID),
        .text("\(handover.started.cause)"), .moment(Timestamp(handover.started.effectiveAt)),
        .integer(Int64(handover.records.count)), count { $0.state == .executed },
        count { $0.state == .executed && $0.disposition == .toUser && !$0.isAcknowledged },
        .moment(handover.acknowledgeUntil),
      ])
    }
    try gate.record(.question("handovers"))
    return Answer(
      "Handovers",
      tables: [
        .init(
          "handovers", "",
          columns: [
            .init("id", "Handover"), .init("status", "Status"), .init("from", "From"),
            .init("cause", "Cause"), .init("effectiveAt", "Effective"),
            .init("planned", "Planned"), .init("executed", "Executed"),
            .init("unacknowledged", "Not acknowledged"),
            .init("acknowledgeUntil", "Acknowledge until"),
          ], rows: rows)
      ], notes: Self.withheldNote(hidden), timeZone: try timeZone().identifier)
  }

  /// A handover with its plan and how far it has come.
  public func handover(_ id: String) throws(ServiceError) -> Answer {
    let handover = try existingHandover(id)
    try requirePart(in: handover)
    let zone = try timeZone()
    let started = handover.started
    func count(_ test: (Handover.Item) -> Bool) -> Value {
      .integer(Int64(handover.items.values.count(where: test)))
    }
    return Answer(
      "Handover \(id)",
      facts: [
        .init("id", "Handover", .text(id)),
        .init("status", "Status", .text("\(handover.status)")),
        .init("from", "From", .text(handover.fromUserID)),
        .init("cause", "Cause", .text("\(started.cause)")),
        .init("effectiveAt", "Effective", .moment(Timestamp(started.effectiveAt))),
        .init(
          "returnOn", "Returns", .moment(started.hasReturnOn ? Timestamp(started.returnOn) : nil)),
        .init("planned", "Planned", .integer(Int64(handover.records.count))),
        .init("executed", "Executed", count { $0.state == .executed }),
        .init(
          "unacknowledged", "Not acknowledged",
          count { $0.state == .executed && $0.disposition == .toUser && !$0.isAcknowledged }),
        .init("acknowledgeUntil", "Acknowledge until", .moment(handover.acknowledgeUntil)),
        .init(
          "leaverEvents", "Leaver's events in 90 days",
          handover.accessReport.map { .integer(Int64(clamping: $0.eventCount)) } ?? .none),
        .init(
          "leaverForeignRecords", "Others' customers worked on",
          handover.accessReport.map { .integer(Int64(clamping: $0.foreignRecordCount)) } ?? .none),
        .init(
          "viewCount", "Looks at records",
          handover.accessReport.map { .integer(Int64(clamping: $0.viewCount)) } ?? .none),
        .init(
          "revealCount", "Fields revealed",
          handover.accessReport.map { .integer(Int64(clamping: $0.revealCount)) } ?? .none),
        .init(
          "exportedRecordCount", "Records exported",
          handover.accessReport.map { .integer(Int64(clamping: $0.exportedRecordCount)) } ?? .none),
        .init(
          "leaverExports", "Leaver's exports in 90 days",
          handover.accessReport.map { .integer(Int64(clamping: $0.exportCount)) } ?? .none),
        .init(
          "reportSha256", "Report's SHA-256",
          handover.accessReport.map { .text(Array($0.sha256).hex) } ?? .none),
      ],
      tables: [
        .init(
          "items", "",
          columns: [
            .init("record", "Record"), .init("disposition", "Disposition"), .init("to", "To"),
            .init("state", "State"), .init("code", "Code"), .init("briefed", "Briefed"),
            .init("acknowledged", "Acknowledged"),
          ],
          rows: handover.records.compactMap { record in
            handover.items[record].map { Self.row(record, $0) }
          })
      ], timeZone: zone.identifier)
  }

  private static func row(_ record: RecordKey, _ item: Handover.Item) -> [Value] {
    let state: (String, String) =
      switch item.state {
      case .planned: ("planned", "")
      case .executed: ("executed", "")
      case .failed(let code): ("failed", code)
      case .returned: ("returned", "")
      }
    return [
      .text("\(record)"), .text("\(item.disposition)"),
      .named(item.toUserID.isEmpty ? item.poolID : item.toUserID), .text(state.0),
      .named(state.1), .flag(item.isBriefed), .flag(item.isAcknowledged),
    ]
  }

  private func existingHandover(_ id: String) throws(ServiceError) -> Handover {
    let state = try auditing { auditor throws(AuditError) in
      try auditor.record(.handover(id))
    }.state
    guard let handover = state as? Handover, handover.exists else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "There is no handover “\(id)”: check the identifier.")
    }
    return handover
  }

  /// Refuses whoever is neither leaver nor receiver, nor stands above the leaver.
  private func requirePart(in handover: Handover) throws(ServiceError) {
    let actor = try actingUser().text
    let isReceiver = handover.items.values.contains { $0.toUserID == actor }
    guard actor != handover.fromUserID, !isReceiver, try !seesAllDisputes() else { return }
    var above = handover.fromUserID
    for _ in 0..<16 {
      let user = try auditing { auditor throws(AuditError) in
        try auditor.record(.user(above))
      }.state
      above = (user as? User)?.managerID ?? ""
      if above.isEmpty || above == actor { break }
    }
    guard above == actor else {
      throw ServiceError(
        .refused, code: "PERMISSION.DENIED",
        "\(actor) has no part in the handover \(handover.id) and may not see it; ask whoever stands "
          + "above \(handover.fromUserID).")
    }
  }
}
