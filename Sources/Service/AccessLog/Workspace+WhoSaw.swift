internal import Audit
internal import CRM
internal import EventLog
internal import EventModel
internal import Foundation
internal import Schema

/// Who saw what: the access log as people ask it.
extension Workspace {
  /// Everybody who saw a record, how, when and which kinds of fields: views, lists, searches,
  /// reveals, exports, and refused attempts.
  ///
  /// - Parameters:
  ///   - record: its identifier.
  ///   - user: only what this one did.
  ///   - period: by recorded time.
  /// - Returns: a row a look, with how often.
  /// - Throws: ``ServiceError`` `STATE.NOT_FOUND` for a record that the principal may not see.
  public func whoSaw(
    _ record: String, by user: String? = nil, period: Period = Period()
  ) throws(ServiceError) -> Answer {
    let key = try Self.record(record)
    let gate = try gate()
    _ = try gate.readable(key, path: .replay)
    try gate.record(.question("who-saw"))
    guard let tag = key.tag else { return Answer("Who saw \(key)") }
    let query = EventQuery([EventQuery.Item(tags: [tag], actors: try Self.actors(user))])
    return try accessAnswer("Who saw \(key)", query, period) { look in look.record == "\(key)" }
  }

  /// Everything that a user saw, asked for and was refused.
  public func accesses(
    of user: String, period: Period = Period()
  ) throws(ServiceError) -> Answer {
    let actor = try Self.actor(user)
    let gate = try gate()
    if gate.user != actor.text { try gate.require(.replay, .account, path: "accesses") }
    try gate.record(.question("accesses"))
    let query = EventQuery([EventQuery.Item(actors: [actor])])
    return try accessAnswer("What \(actor) saw", query, period) { _ in true }
  }

  /// Attempts that were refused: commands, and questions that rights don't allow.
  public func refusals(
    of record: String? = nil, by user: String? = nil, period: Period = Period()
  ) throws(ServiceError) -> Answer {
    let gate = try gate()
    try gate.require(.replay, .account, path: "refusals")
    try gate.record(.question("refusals"))
    let key = try record.map { text throws(ServiceError) in try Self.record(text) }
    let query = EventQuery([
      EventQuery.Item(
        types: ["CommandRefused", "AccessDenied"].compactMap(EventType.init),
        tags: key?.tag.map { [$0] } ?? [],
        actors: try Self.actors(user))
    ])
    return try accessAnswer("Refused attempts", query, period) { _ in true }
  }

  /// The one actor that is asked for; none for anybody.
  private static func actors(_ user: String?) throws(ServiceError) -> [ActorID] {
    guard let user else { return [] }
    return [try actor(user)]
  }

  /// What the actor saw, asked for and was refused, for those who may ask that: a table or none.
  func looks(
    of actor: ActorID, _ period: Period, _ gate: AccessGate
  ) throws(ServiceError) -> [Answer.Table] {
    let facts = RecordFacts(RecordKey(.account, ""))
    guard gate.user == actor.text || gate.evaluator.may(gate.user, .replay, on: facts),
      !Self.isByPosition(period)
    else { return [] }
    let query = EventQuery([EventQuery.Item(actors: [actor])])
    return try accessAnswer("", query, period) { _ in true }.tables.map { table in
      Answer.Table(
        table.name, "What they saw, asked for and were refused", columns: table.columns,
        rows: table.rows)
    }
  }

  /// The access log has positions of its own.
  private static func isByPosition(_ period: Period) -> Bool {
    [period.from, period.to].contains { moment in
      if case .position? = moment { true } else { false }
    }
  }

  private func accessAnswer(
    _ title: String, _ query: EventQuery, _ period: Period, _ isAsked: (AccessLook) -> Bool
  ) throws(ServiceError) -> Answer {
    try flushAccessLog()
    let zone = try timeZone()
    let from = try accessTime(period.from, .start, zone)
    let to = try accessTime(period.to, .end, zone)
    guard let accessLog else {
      return Answer(title, notes: ["There is no access log yet."], timeZone: zone.identifier)
    }
    let looks = try accessLog.events(query).flatMap(AccessLook.looks).filter { look in
      isAsked(look) && (from.map { $0 <= look.time } ?? true)
        && (to.map { look.time <= $0 } ?? true)
    }
    return Answer(
      title,
      tables: [
        .init(
          "accesses", "",
          columns: [
            .init("at", "When"), .init("actor", "Who"), .init("onBehalfOf", "For"),
            .init("how", "How"), .init("record", "Record"), .init("detail", "What"),
            .init("count", "Times"), .init("session", "Session"),
            .init("accessPosition", "Access position"), .init("mainLogSize", "Main log size"),
          ], rows: looks.map(\.row))
      ],
      notes: [
        "Rows stand in the order of the access log; each says how many events the main log had "
          + "when it was written."
      ], timeZone: zone.identifier)
  }

  private func accessTime(
    _ moment: Moment?, _ end: DayEnd, _ zone: TimeZone
  ) throws(ServiceError) -> Timestamp? {
    guard let moment else { return nil }
    guard let time = moment.time(end, in: zone) else {
      throw ServiceError(
        .usage, code: "VALIDATION.MOMENT",
        "The access log is asked by time: give a time or a day, not a position of the main log.")
    }
    return time
  }
}

/// One look at one record, or one attempt, as a row.
struct AccessLook {
  let event: RecordedAccess
  let trace: AccessTrace

  var time: Timestamp { trace.time }
  /// `<type>:<id>`; empty for none.
  var record: String { trace.record }

  var row: [Value] {
    [
      .time(microseconds: time.microseconds), .text(event.actor), .named(event.onBehalfOf),
      .text(trace.how), .named(record), .named(trace.detail), .integer(Int64(trace.count)),
      .named(event.event.sessionID), .integer(Int64(event.position.rawValue)),
      .integer(Int64(event.event.mainLogSize)),
    ]
  }

  /// The looks that an event of the access log says.
  static func looks(_ event: RecordedAccess) -> [AccessLook] {
    AccessTrace.traces(of: event.event, recordedAt: event.recordedAt).map {
      AccessLook(event: event, trace: $0)
    }
  }
}
