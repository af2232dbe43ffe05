internal import CRM
internal import EventLog
internal import EventModel
internal import Foundation
internal import LMDB
internal import ReadModels
internal import Schema

/// Who uses the system (RM-30; F-24).
extension Workspace {
  /// Sign-ins, commands, days of work and records of each user in a period: a view on both logs.
  ///
  /// - Parameter period: by recorded time; the last seven days when it has no beginning.
  /// - Returns: the table `users`, and how many of them were active.
  /// - Throws: ``ServiceError`` when the principal neither runs nor audits the workspace.
  /// - Complexity: one look at each event of the period.
  public func adoption(_ period: Period = Period()) throws(ServiceError) -> Answer {
    try requireOperator("adoption")
    let gate = try gate()
    let zone = try timeZone()
    let now = clock()
    let from =
      try adoptionTime(period.from, .start, zone)
      ?? now.advanced(byMicroseconds: -7 * 86_400_000_000)
    let to = try adoptionTime(period.to, .end, zone) ?? now
    var uses = try uses(from: from, to: to, in: zone)
    try addSignIns(to: &uses, from: from, to: to)
    var filter = QualityFilter(now: now, freshSince: from)
    filter.ownerIDs = nil
    let quality = try asking { reader throws(QueryError) in try reader.quality(filter) }
    var complete: [String: QualityScore] = [:]
    for score in quality.value where score.owner.hasPrefix("user:") {
      let owner = String(score.owner.dropFirst(5))
      complete[owner, default: QualityScore(owner: owner, recordType: "")].add(score)
    }
    let users = gate.evaluator.directory.users.values.sorted { $0.id < $1.id }
    let licensed = users.filter { $0.status == .active }
    let active = licensed.count { (uses[$0.id]?.commands.count ?? 0) > 0 }
    let rows = users.map { user -> [Value] in
      let use = uses[user.id] ?? Use()
      let records = complete[user.id]
      return [
        .text(user.id), .text("\(user.status)"), .integer(Int64(use.signIns)),
        .integer(Int64(use.failedSignIns)), .integer(Int64(use.commands.count)),
        .integer(Int64(use.events)), .integer(Int64(use.days.count)), .moment(use.last),
        .integer(records?.records ?? 0), records?.completeness.map { .decimal($0) } ?? .none,
      ]
    }
    try gate.record(
      .report(id: "F-24/1", parameters: ["from=\(from)", "to=\(to)"], asOfSize: log.size))
    return Answer(
      "Adoption",
      facts: [
        .init("from", "From", .moment(from)), .init("to", "To", .moment(to)),
        .init("users", "Active accounts of users", .integer(Int64(licensed.count))),
        .init("active", "Of these, who did something", .integer(Int64(active))),
        .init(
          "activePct", "Share %",
          licensed.isEmpty ? .none : .decimal(Self.share(active, of: licensed.count))),
      ],
      tables: [
        .init(
          "users", "",
          columns: [
            .init("user", "User"), .init("status", "Status"), .init("signIns", "Sign-ins"),
            .init("failedSignIns", "Failed"), .init("commands", "Commands"),
            .init("events", "Events"), .init("days", "Days"), .init("last", "Last command"),
            .init("records", "Records owned"), .init("completenessPct", "Complete %"),
          ], rows: rows)
      ],
      notes: [
        "Sign-ins are those of sessions and tokens; a command line on the server has none."
      ], timeZone: zone.identifier)
  }

  /// What somebody did in the period.
  private struct Use {
    var commands: Set<String> = []
    var events = 0
    var days: Set<Int64> = []
    var last: Timestamp?
    var signIns = 0
    var failedSignIns = 0
  }

  /// How many events are held in memory at a time.
  private static let adoptionBatch = 4096

  private func uses(
    from: Timestamp, to: Timestamp, in zone: TimeZone
  ) throws(ServiceError) -> [String: Use] {
    var uses: [String: Use] = [:]
    // Recorded times never go back: what is before `from` is skipped from the end.
    var before: Position?
    while true {
      var selection = EventSelection(direction: .backwards, limit: Self.adoptionBatch)
      if let before { selection = Self.selection(before: before) }
      let events: [RecordedEvent]
      do throws(LMDBError) { events = try log.events(selection) } catch {
        throw ServiceError(storage: error)
      }
      for event in events where event.recordedAt <= to && event.actor.hasPrefix("usr_") {
        guard event.recordedAt >= from else { break }
        let metadata: Metadata?
        do throws(PayloadError) { metadata = try event.metadata() } catch {
          throw ServiceError(.failed, code: "LOG.UNREADABLE", error.description)
        }
        var use = uses[event.actor] ?? Use()
        use.events += 1
        use.commands.insert(metadata?.commandID ?? "\(event.position)")
        use.last = max(use.last ?? event.recordedAt, event.recordedAt)
        let seconds = event.recordedAt.microseconds / 1_000_000
        let offset = Int64(
          zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
        use.days.insert((seconds + offset) / 86_400)
        uses[event.actor] = use
      }
      guard events.count == Self.adoptionBatch, let oldest = events.last,
        oldest.recordedAt >= from, oldest.position.rawValue > 0
      else { return uses }
      before = oldest.position
    }
  }

  private static func selection(before position: Position) -> EventSelection {
    EventSelection(
      from: Position(position.rawValue - 1), direction: .backwards, limit: adoptionBatch)
  }

  private func addSignIns(
    to uses: inout [String: Use], from: Timestamp, to end: Timestamp
  ) throws(ServiceError) {
    try flushAccessLog()
    guard let accessLog else { return }
    let types = ["SignInSucceeded", "SignInFailed"].compactMap { EventType($0) }
    let events: [RecordedEvent]
    do throws(LMDBError) {
      events = try accessLog.log.events(EventSelection(.types(types)))
    } catch { throw ServiceError(storage: error) }
    for event in events where event.recordedAt >= from && event.recordedAt <= end {
      var use = uses[event.actor] ?? Use()
      if event.type == "SignInSucceeded" { use.signIns += 1 } else { use.failedSignIns += 1 }
      uses[event.actor] = use
    }
  }

  private func adoptionTime(
    _ moment: Moment?, _ end: DayEnd, _ zone: TimeZone
  ) throws(ServiceError) -> Timestamp? {
    guard let moment else { return nil }
    guard let time = moment.time(end, in: zone) else {
      throw ServiceError(
        .usage, code: "VALIDATION.MOMENT",
        "Adoption is asked by time, over both logs: give a time or a day, not a position.")
    }
    return time
  }

  private static func share(_ part: Int, of whole: Int) -> String {
    let tenths = (part * 2000 + whole) / (whole * 2)
    return "\(tenths / 10).\(tenths % 10)"
  }
}
