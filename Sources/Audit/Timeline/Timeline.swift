package import CRM
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema

/// One line of a history that people read.
package struct TimelineEntry: Hashable, Sendable {
  package let event: EventSummary
  /// The record in whose stream the event is, such as `account:acc_1`; the stream's name for
  /// others.
  package let record: String
  /// The fields that the event changed; empty for events that change none.
  package let changes: [FieldDiff]

  /// Such as `opportunity stage changed; stage: “proposal” → “won”`.
  package var words: String {
    ([event.words] + changes.map(\.words)).joined(separator: "; ")
  }
}

extension Auditor {
  /// How many children of a record its timeline follows.
  static let childLimit = 10_000

  /// The history of a record: its own events, those that name it, and those of its children.
  ///
  /// Children are the contacts, opportunities, tickets, activities and tasks that named it when
  /// they were made.
  ///
  /// - Parameters:
  ///   - key: the record.
  ///   - period: which events are listed; earlier ones are folded, so that changes are right.
  ///   - includesChildren: whether only the record's own stream is read.
  ///   - limit: at most so many entries, the oldest first.
  /// - Returns: the entries in the order of the log.
  /// - Throws: ``AuditError``.
  package func timeline(
    of key: RecordKey, in period: Period = .everything, includesChildren: Bool = true,
    limit: Int = .max
  ) throws(AuditError) -> [TimelineEntry] {
    guard let stream = key.stream else { throw .badIdentifier(key.id) }
    let range = try resolve(period)
    guard !range.isEmpty else { return [] }
    var query = EventQuery.stream(stream)
    if includesChildren, let tag = key.tag {
      let streams = [stream] + (try children(of: key, tagged: tag))
      query = EventQuery([
        EventQuery.Item(streams: streams), EventQuery.Item(tags: [tag]),
      ])
    }
    var folds: [String: RecordFold] = [:]
    var entries: [TimelineEntry] = []
    try visit(EventSelection(query, through: range.through)) { decoded throws(AuditError) in
      let entry = try entry(of: decoded, &folds)
      guard range.includes(entry.event.position), range.includes(entry.event.occurredAt) else {
        return .proceed
      }
      entries.append(entry)
      return entries.count < limit ? .proceed : .stop
    }
    return entries
  }

  /// The streams that begin with an event that names the record.
  private func children(of key: RecordKey, tagged tag: Tag) throws(AuditError) -> [StreamName] {
    let categories: [ObjectType.Code] = [.contact, .opportunity, .ticket, .activity, .task]
    let parents: [ObjectType.Code] = [.account, .contact, .lead, .opportunity, .ticket]
    guard parents.contains(key.type) else { return [] }
    let query = EventQuery([
      EventQuery.Item(tags: [tag], categories: categories.map(\.streamCategory))
    ])
    var streams: [StreamName] = []
    try log.scan(EventSelection(query)) { layout, record throws(AuditError) in
      let event = RecordedEvent(copying: record, layout: layout)
      if event.revision == Revision(0), let stream = StreamName(event.stream),
        stream != key.stream
      {
        streams.append(stream)
      }
      return streams.count < Self.childLimit ? .proceed : .stop
    }
    return streams
  }

  /// A line for an event, with the fields it changed when its stream is followed from the start.
  private func entry(
    of decoded: DecodedEvent, _ folds: inout [String: RecordFold]
  ) throws(AuditError) -> TimelineEntry {
    let streamText = decoded.event.stream
    guard let stream = StreamName(streamText), let key = RecordKey(stream) else {
      return TimelineEntry(event: EventSummary(decoded), record: streamText, changes: [])
    }
    let isFollowed = folds[streamText] != nil || decoded.event.revision == Revision(0)
    guard isFollowed, Aggregates.empty(key.type) != nil else {
      return TimelineEntry(event: EventSummary(decoded), record: key.description, changes: [])
    }
    var fold: RecordFold
    if let begun = folds[streamText] { fold = begun } else { fold = try RecordFold(key) }
    guard fold.eventCount == decoded.event.revision.rawValue else {
      // Other streams give only the events that name the record: their fields can't be compared.
      folds[streamText] = nil
      return TimelineEntry(event: EventSummary(decoded), record: key.description, changes: [])
    }
    let (summary, changes) = fold.apply(decoded)
    folds[streamText] = fold
    return TimelineEntry(event: summary, record: key.description, changes: changes)
  }
}
