package import EventLog
package import EventModel
package import LMDB
internal import Schema
internal import SwiftProtobuf

/// Which events a replay shows: those of the period that are of one of each list that is not
/// empty, and have all of the tags.
package struct ReplayFilter: Hashable, Sendable {
  package var period: Period
  package var types: [EventType]
  package var streams: [StreamName]
  package var tags: [Tag]
  package var actors: [ActorID]
  /// Newest first.
  package var isBackwards: Bool

  package init(
    period: Period = .everything, types: [EventType] = [], streams: [StreamName] = [],
    tags: [Tag] = [], actors: [ActorID] = [], isBackwards: Bool = false
  ) {
    self.period = period
    self.types = types
    self.streams = streams
    self.tags = tags
    self.actors = actors
    self.isBackwards = isBackwards
  }
}

extension Auditor {
  /// Visits the selected events one by one, so that any number of them needs little memory.
  package func replay(
    _ filter: ReplayFilter, _ body: (ReplayedEvent) throws(AuditError) -> Continuation
  ) throws(AuditError) {
    let range = try resolve(filter.period)
    guard !range.isEmpty else { return }
    let item = EventQuery.Item(
      types: filter.types, tags: filter.tags, streams: filter.streams, actors: filter.actors)
    let isEverything = item == EventQuery.Item()
    let selection = EventSelection(
      isEverything ? .everything : EventQuery([item]),
      from: filter.isBackwards ? range.through : range.from,
      through: filter.isBackwards ? range.from : range.through,
      direction: filter.isBackwards ? .backwards : .forwards)
    try visit(selection) { decoded throws(AuditError) in
      guard range.includes(decoded.occurredAt) else { return .proceed }
      return try body(try replayed(decoded))
    }
  }

  /// The selected events, at most `limit` of them.
  package func replay(
    _ filter: ReplayFilter, limit: Int
  ) throws(AuditError) -> [ReplayedEvent] {
    var events: [ReplayedEvent] = []
    guard limit > 0 else { return events }
    try replay(filter) { event throws(AuditError) in
      events.append(event)
      return events.count < limit ? .proceed : .stop
    }
    return events
  }

  /// Visits the selected events, each with the hash of its leaf.
  package func replay(
    _ selection: EventSelection,
    _ body: (ReplayedEvent, Digest) throws(AuditError) -> Continuation
  ) throws(AuditError) {
    try visit(selection) { decoded throws(AuditError) in
      try body(try replayed(decoded), decoded.event.leafHash)
    }
  }

  private func replayed(_ decoded: DecodedEvent) throws(AuditError) -> ReplayedEvent {
    let event = decoded.event
    let metadata = decoded.metadata
    var data: ReplayedContent
    var parts: [ReplayedPart] = []
    do throws(PayloadError) {
      data = try Self.data(decoded)
      for part in decoded.sealedParts {
        let content = try part.content.map { content throws(PayloadError) in
          try Self.content(content)
        }
        parts.append(
          ReplayedPart(
            section: part.section, keyID: part.keyID, subject: part.subject, content: content))
      }
    } catch {
      throw .unreadable(event.position, error)
    }
    if decoded.payload == nil, let receipt = try redaction(of: event) {
      data = ReplayedContent(type: "", json: #"{"erased":\#(receipt)}"#)
    }
    return ReplayedEvent(
      event: EventSummary(decoded), correlation: event.correlation, causation: event.causation,
      tags: metadata.tags, batchID: metadata.batchID,
      policies: metadata.policyRefs.map { "\($0.kind)/\($0.id)@\($0.version)" },
      traceParent: metadata.traceParent,
      dataType: data.type, data: data.json, personal: parts)
  }

  /// Where it is recorded that the event's payload was blanked; `nil` when it was not.
  private func redaction(of event: RecordedEvent) throws(AuditError) -> Position? {
    guard event.sectionCount > 1, event.section(1).kind == .plain, event.plain(1) == nil else {
      return nil
    }
    do throws(LMDBError) { return try log.redaction(of: 1, at: event.position) } catch {
      throw .storage(error)
    }
  }

  /// The plain payload: an event of the catalogue, or the JSON of one of the log's own.
  private static func data(_ decoded: DecodedEvent) throws(PayloadError) -> ReplayedContent {
    if let payload = decoded.payload {
      return ReplayedContent(
        type: EventCatalogue.entry(payload.typeName)?.eventMessageName ?? payload.messageName,
        json: try payload.json())
    }
    guard decoded.event.sectionCount > 0, let (contentType, content) = decoded.event.plain(0) else {
      return ReplayedContent(type: "", json: "null")
    }
    guard contentType == ContentType.json, let text = String(validating: content, as: UTF8.self)
    else { return ReplayedContent(type: contentType, json: "null") }
    return ReplayedContent(type: contentType, json: text)
  }

  private static func content(
    _ content: SealedContent
  ) throws(PayloadError) -> ReplayedContent {
    switch content {
    case .personal(let payload):
      ReplayedContent(type: payload.messageName, json: try payload.json())
    case .reason(let text): try json(ReasonText.with { $0.text = text })
    case .client(let client): try json(client)
    case .other(let contentType): ReplayedContent(type: contentType, json: "null")
    }
  }

  private static func json<M: Message>(_ message: M) throws(PayloadError) -> ReplayedContent {
    do {
      return ReplayedContent(type: M.protoMessageName, json: try message.jsonString())
    } catch {
      throw .malformed(message: M.protoMessageName, reason: "\(error)")
    }
  }
}
