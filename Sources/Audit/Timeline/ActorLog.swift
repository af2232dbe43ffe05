internal import CRM
internal import EventLog
package import EventModel
internal import LMDB
internal import Schema

/// One deed of an actor, or one that was done for them.
package struct ActorLogEntry: Hashable, Sendable {
  package enum Part: String, Hashable, Sendable {
    /// The actor did it.
    case did
    /// Somebody else did it for the actor.
    case onBehalf
  }

  package let event: EventSummary
  package let part: Part
  /// The record in whose stream the event is; the stream's name for others.
  package let record: String
  /// The changes that the event itself lists; empty for events of another shape.
  package let changes: [FieldDiff]

  package var words: String {
    ([event.words] + changes.map(\.words)).joined(separator: "; ")
  }
}

extension Auditor {
  /// Everything an actor did, and what was done on their behalf.
  ///
  /// - Parameters:
  ///   - actor: as it stands in the log, such as `usr_…` or `system:import`.
  ///   - period: which events are listed.
  ///   - limit: at most so many entries; the next page goes on from the last one's position.
  /// - Returns: the entries in the order of the log.
  /// - Throws: ``AuditError``.
  package func deeds(
    of actor: ActorID, in period: Period = .everything, limit: Int = .max
  ) throws(AuditError) -> [ActorLogEntry] {
    let range = try resolve(period)
    guard !range.isEmpty else { return [] }
    let query = EventQuery([EventQuery.Item(actors: [actor])])
    var entries: [ActorLogEntry] = []
    try visit(
      EventSelection(query, from: range.from, through: range.through)
    ) { decoded throws(AuditError) in
      guard range.includes(decoded.occurredAt) else { return .proceed }
      let stream = decoded.event.stream
      entries.append(
        ActorLogEntry(
          event: EventSummary(decoded),
          part: decoded.event.actor == actor.text ? .did : .onBehalf,
          record: StreamName(stream).flatMap(RecordKey.init)?.description ?? stream,
          changes: ListedChanges.changes(of: decoded)))
      return entries.count < limit ? .proceed : .stop
    }
    return entries
  }
}
