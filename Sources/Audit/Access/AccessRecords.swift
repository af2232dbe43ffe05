package import EventLog
package import EventModel
internal import LMDB
package import Schema
internal import SwiftProtobuf

/// An event of the access log.
package struct AccessRecord: Sendable {
  package let recorded: RecordedEvent
  package let event: AccessEvent

  /// `nil` for the log's own events.
  package init?(_ recorded: RecordedEvent) throws(AuditError) {
    guard recorded.sectionCount == 2, let (contentType, content) = recorded.plain(1),
      ContentType.messageName(contentType) == AccessEvent.protoMessageName
    else { return nil }
    self.recorded = recorded
    do { event = try AccessEvent(serializedBytes: content) } catch {
      throw .unreadable(
        recorded.position,
        .malformed(message: AccessEvent.protoMessageName, reason: "\(error)"))
    }
  }
}

/// The first entries of an access log, and what its tree says of them.
package struct AccessRecords: Sendable {
  package let log: EventLog
  /// The entries [0, `size`) are read.
  package let size: UInt64
  /// Of the access log's tree at that size.
  package let root: Digest

  package init(log: EventLog, size: UInt64, root: Digest) {
    self.log = log
    self.size = size
    self.root = root
  }

  /// How many entries of `log` were written while the main log had at most `mainSize` events.
  ///
  /// Whoever has both logs finds the same number, whenever they look.
  ///
  /// - Complexity: the entries behind that point.
  package static func size(
    of log: EventLog, when mainSize: UInt64
  ) throws(AuditError) -> UInt64 {
    var size = log.size
    while size > 0 {
      let from = Position(size > 256 ? size - 256 : 0)
      let events = try events(of: log, EventSelection(from: from, through: Position(size - 1)))
      for event in events.reversed() {
        if let record = try AccessRecord(event), record.event.mainLogSize > mainSize {
          size = event.position.rawValue
        } else if try AccessRecord(event) != nil {
          return size
        }
      }
      if from.rawValue == 0 { return size }
      if size > from.rawValue { size = from.rawValue }
    }
    return size
  }

  /// The entries that name one of `records`, in their order.
  func naming(_ records: [Tag]) throws(AuditError) -> [AccessRecord] {
    guard size > 0, !records.isEmpty else { return [] }
    let query = EventQuery(records.map { EventQuery.Item(tags: [$0]) })
    return try found(query)
  }

  /// What `actor` did, in the log's order.
  func entries(of actor: ActorID) throws(AuditError) -> [AccessRecord] {
    guard size > 0 else { return [] }
    return try found(EventQuery([EventQuery.Item(actors: [actor])]))
  }

  private func found(_ query: EventQuery) throws(AuditError) -> [AccessRecord] {
    let events = try Self.events(
      of: log, EventSelection(query, through: Position(size - 1)))
    var records: [AccessRecord] = []
    for event in events {
      if let record = try AccessRecord(event) { records.append(record) }
    }
    return records
  }

  private static func events(
    of log: EventLog, _ selection: EventSelection
  ) throws(AuditError) -> [RecordedEvent] {
    do throws(LMDBError) { return try log.events(selection) } catch { throw .storage(error) }
  }
}
