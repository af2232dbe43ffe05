internal import Audit
internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Foundation
internal import LMDB
internal import Schema

/// Which events are asked for.
public struct EventFilter: Sendable, Hashable {
  /// From when to when, by what was recorded.
  public var period: Period
  /// Of one of these types; of any when empty.
  public var types: [String]
  /// Of this stream.
  public var stream: String?
  /// With all of these tags.
  public var tags: [String]
  /// By this actor, or on their behalf.
  public var actor: String?

  /// All events unless narrowed.
  public init(
    period: Period = Period(), types: [String] = [], stream: String? = nil, tags: [String] = [],
    actor: String? = nil
  ) {
    self.period = period
    self.types = types
    self.stream = stream
    self.tags = tags
    self.actor = actor
  }
}

extension Workspace {
  /// The events themselves, in order.
  public func replay(_ filter: EventFilter, limit: Int) throws(ServiceError) -> Answer {
    let zone = try timeZone()
    let selected = try replayFilter(filter, in: zone)
    let gate = try gate()
    try gate.require(.replay, .account, path: "replay")
    var filterer = EventFilterer(gate, .replay)
    let events = try bulkReading("replay") { () throws(ServiceError) in
      var events: [ReplayedEvent] = []
      try visit(selected, through: &filterer) { event in
        events.append(event)
        return events.count < limit
      }
      return (events, events.count)
    }
    try gate.record(
      .listed(
        type: "", path: "replay", records: filterer.records.map(\.description).sorted(),
        classes: [], results: events.count))
    let table = Answer.Table(
      "events", "",
      columns: Self.eventColumns + [
        .init("stream", "Stream"), .init("revision", "Revision"), .init("eventId", "Event"),
        .init("tags", "Tags"), .init("data", "Says"), .init("personal", "Personal"),
      ],
      rows: events.map { event in
        Self.row(of: event.event) + [
          .text(event.event.stream), .integer(Int64(event.event.revision.rawValue)),
          .text(event.event.eventID.uuidText), .list(event.tags.map { .text($0) }),
          .text(event.data), .list(event.personal.map { Value($0.content.map(\.json)) }),
        ]
      })
    let notes =
      (events.count == limit ? ["There may be more: raise --limit, or narrow it."] : [])
      + filterer.notes
    var answer = Answer("Replay", tables: [table], notes: notes, timeZone: zone.identifier)
    answer.isCut = events.count == limit
    return answer
  }

  /// Visits the selected events as far as they may be seen, until `body` says no more.
  func visit(
    _ filter: ReplayFilter, through filterer: inout EventFilterer,
    _ body: (ReplayedEvent) throws(ServiceError) -> Bool
  ) throws(ServiceError) {
    var failure: ServiceError?
    try auditing { auditor throws(AuditError) in
      try auditor.replay(filter) { event throws(AuditError) in
        do throws(ServiceError) {
          guard let seen = try filterer.filtered(event) else { return .proceed }
          return try body(seen) ? .proceed : .stop
        } catch {
          failure = error
          return .stop
        }
      }
    }
    if let failure { throw failure }
  }

  func replayFilter(
    _ filter: EventFilter, in zone: TimeZone
  ) throws(ServiceError) -> ReplayFilter {
    ReplayFilter(
      period: try period(filter.period, in: zone),
      types: try filter.types.map { text throws(ServiceError) in
        let type: EventType = try Self.name(text, "event type", "LeadCaptured")
        guard try isKnown(type) else {
          throw ServiceError(
            .usage, code: "VALIDATION.NAME",
            "There is no event type “\(text)”: give one such as LeadCaptured.")
        }
        return type
      },
      streams: try (filter.stream.map { [$0] } ?? []).map { text throws(ServiceError) in
        try Self.name(text, "stream", "account-acc_01KAKV2DC093PHN6MKAZPW38M7")
      },
      tags: try filter.tags.map { text throws(ServiceError) in
        try Self.name(text, "tag", "account:acc_01KAKV2DC093PHN6MKAZPW38M7")
      },
      actors: try (filter.actor.map { [$0] } ?? []).map { text throws(ServiceError) in
        try Self.name(text, "actor", "usr_01KAH8NPC0244KE13EW15XFQAC")
      })
  }

  /// Whether the catalogue has events of `type`, or the log.
  func isKnown(_ type: EventType) throws(ServiceError) -> Bool {
    if EventCatalogue.entry(type.text) != nil { return true }
    if SystemEventType(rawValue: type.text) != nil { return true }
    do throws(LMDBError) {
      return try !log.events(EventSelection(.types([type]), limit: 1)).isEmpty
    } catch { throw ServiceError(storage: error) }
  }

  private static func name<N: Name>(
    _ text: String, _ what: String, _ example: String
  ) throws(ServiceError) -> N {
    guard let name = N(text) else {
      throw ServiceError(
        .usage, code: "VALIDATION.NAME", "“\(text)” is no \(what): give one such as \(example).")
    }
    return name
  }
}
