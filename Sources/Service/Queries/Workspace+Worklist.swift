internal import CRM
internal import EventModel
internal import Foundation
internal import ReadModels
internal import Schema

/// What waits for a person (RM-27).
extension Workspace {
  /// Tasks, first answers, deals, clocks of tickets, disputes and handovers that wait for a user,
  /// the first due first.
  ///
  /// - Parameters:
  ///   - user: whose; the principal's own when `nil`. Others' for those who may list their tasks.
  ///   - until: only what is due by this time or day's end; all when `nil`.
  ///   - limit: at most so many.
  /// - Returns: the table `work`.
  /// - Throws: ``ServiceError`` when the principal may not ask.
  public func worklist(
    of user: String? = nil, until: Moment? = nil, limit: Int = 200
  ) throws(ServiceError) -> Answer {
    let gate = try gate()
    let asked = try user.map { text throws(ServiceError) in try Self.actor(text).text } ?? gate.user
    guard limit > 0 else {
      throw ServiceError(
        .usage, code: "VALIDATION.RANGE", "--limit is \(limit): give 1 or more.")
    }
    if asked != gate.user {
      let facts = RecordFacts(RecordKey(.task, ""), ownerIDs: [asked])
      guard gate.evaluator.may(gate.user, .list, on: facts) else {
        throw try gate.denied("worklist", .user(asked), "no role of theirs gives “list” there")
      }
    }
    guard gate.evaluator.directory.users[asked] != nil else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "There is no user “\(asked)”: give an identifier such as usr_….")
    }
    let zone = try timeZone()
    let end = try until.map { moment throws(ServiceError) in
      guard let time = moment.time(.end, in: zone) else {
        throw ServiceError(
          .usage, code: "VALIDATION.MOMENT",
          "--until names a position: give a time such as 2026-04-01T09:00:00+08:00, or a day.")
      }
      return time
    }
    let found = try asking { reader throws(QueryError) in
      try reader.work(of: asked, dueBy: end?.microseconds, limit: limit)
    }
    var rows: [[Value]] = []
    var seen: Set<String> = []
    for item in found.value {
      guard
        let type = ObjectType.Code.allCases.first(where: { $0.streamCategory == item.recordType })
      else { continue }
      let key = RecordKey(type, item.recordID)
      // A person's part in a dispute or a handover is theirs to know; records are shown by rights.
      if Self.shownByRights.contains(type), try !gate.may(.read, key) { continue }
      seen.insert("\(key)")
      rows.append([
        .text(item.kind), .text("\(key)"), .moment(item.dueAt), .flag(item.isOverdue),
        .flag(item.isReminded), .named(item.priority), .integer(item.openCount),
        .integer(Int64(item.position.rawValue)),
      ])
    }
    try gate.record(
      .listed(
        type: "", path: "worklist", records: seen.sorted(), classes: [], results: rows.count))
    return Answer(
      "What waits for \(asked)",
      tables: [
        .init(
          "work", "",
          columns: [
            .init("kind", "What"), .init("record", "Record"), .init("dueAt", "Due"),
            .init("isOverdue", "Overdue"), .init("isReminded", "Reminded"),
            .init("priority", "Priority"), .init("count", "Count"),
            .init("position", "Position"),
          ], rows: rows)
      ], notes: Self.withheldNote(found.value.count - rows.count), timeZone: zone.identifier)
  }

  private static let shownByRights: Set<ObjectType.Code> = [
    .account, .lead, .opportunity, .ticket, .task,
  ]
}
