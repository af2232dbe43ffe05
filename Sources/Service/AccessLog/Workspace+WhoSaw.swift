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
  let time: Timestamp
  /// Such as `view`, `list`, `reveal`, `export`, `refused`.
  let how: String
  /// `<type>:<id>`; empty for none.
  let record: String
  let detail: String
  let count: Int

  var row: [Value] {
    [
      .time(microseconds: time.microseconds), .text(event.actor), .named(event.onBehalfOf),
      .text(how), .named(record), .named(detail), .integer(Int64(count)),
      .named(event.event.sessionID), .integer(Int64(event.position.rawValue)),
      .integer(Int64(event.event.mainLogSize)),
    ]
  }

  private init(
    _ event: RecordedAccess, _ how: String, _ record: String, _ detail: [String],
    microseconds: Int64 = 0, count: Int = 1
  ) {
    self.event = event
    self.how = how
    self.record = record
    self.detail = detail.filter { !$0.isEmpty }.joined(separator: " ")
    self.count = count
    time = microseconds == 0 ? event.recordedAt : Timestamp(microseconds: microseconds)
  }

  /// The looks that an event of the access log says.
  static func looks(_ event: RecordedAccess) -> [AccessLook] {
    switch event.event.event {
    case .recordsViewed(let viewed):
      viewed.entries.map { entry in
        AccessLook(
          event, entry.kind == .related ? "related" : "view", entry.record,
          [entry.path, entry.fieldClasses.joined(separator: ",")],
          microseconds: entry.firstUs, count: Int(entry.count))
      }
    case .recordsListed(let listed):
      listed.records.map {
        AccessLook(event, "list", $0, [listed.path], microseconds: listed.atUs)
      }
    case .searchPerformed(let search):
      search.records.map {
        AccessLook(event, "search", $0, search.fields, microseconds: search.atUs)
      }
    case .matchLookupPerformed(let match):
      match.records.map {
        AccessLook(event, "match", $0, match.keyKinds, microseconds: match.atUs)
      }
    case .sensitiveFieldRevealed(let revealed):
      [AccessLook(event, "reveal", revealed.record, [revealed.field, revealed.reasonCode])]
    case .recordsExported(let exported):
      exported.records.map { AccessLook(event, "export", $0, [exported.exportID]) }
    case .commandRefused(let refused):
      [
        AccessLook(
          event, "refused", refused.target, [refused.commandName, refused.errorCode],
          microseconds: refused.firstUs, count: Int(refused.count))
      ]
    case .accessDenied(let denied):
      [
        AccessLook(
          event, "denied", denied.target, [denied.path, denied.errorCode],
          microseconds: denied.firstUs, count: Int(denied.count))
      ]
    case .reportRun(let run):
      [AccessLook(event, "report", "", [run.reportID] + run.parameters, microseconds: run.atUs)]
    case .auditQueryRun(let query):
      [AccessLook(event, "question", "", [query.question], microseconds: query.atUs)]
    case .signInSucceeded(let signIn): [AccessLook(event, "signIn", "", [signIn.method])]
    case .signInFailed(let signIn):
      [AccessLook(event, "signInFailed", "", [signIn.method, signIn.cause])]
    case .signedOut: [AccessLook(event, "signOut", "", [])]
    case .streamSubscribed(let subscribed):
      [AccessLook(event, "subscribe", "", subscribed.filter)]
    case .bulkReadStarted(let bulk): [AccessLook(event, "bulkRead", "", [bulk.purpose])]
    case .bulkReadCompleted, .accessWindowOpened, nil: []
    }
  }
}
