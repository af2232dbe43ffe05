package import EventModel
package import LMDB

/// The log carries its own schema, so that an old log can always be read.
extension EventLog {
  /// Appends `schema`, the serialized FileDescriptorSet of the event catalogue, unless it is the
  /// one in force; to be called before the first event that needs it.
  ///
  /// Blocks the calling thread. `nil` when the schema is in force already.
  package func registerSchema(_ schema: [UInt8]) throws(AppendError) -> AppendResult? {
    for _ in 0..<Self.schemaAttemptLimit {
      let newest: RecordedEvent?
      do throws(LMDBError) {
        newest = try schemaInForce()
      } catch { throw .storage(error) }
      if let (_, content) = newest?.plain(0), content == schema { return nil }
      let revision = newest?.revision
      let event = SchemaEvent(
        origin: origin, revision: revision.map(\.next.rawValue) ?? 0, schema: schema
      ).event
      do throws(AppendError) {
        return try appendAndWait(
          AppendRequest(
            command: CommandID(high: event.eventID.high, low: event.eventID.low),
            events: [event],
            conditions: [
              .stream(SchemaEvent.stream, revision.map(ExpectedRevision.exactly) ?? .none)
            ]))
      } catch .conflict {
        continue
      }
    }
    throw .closed("others register schemas all the time")
  }

  private static let schemaAttemptLimit = 8

  /// The `SchemaRegistered` that events before `position` are read with: the last one before it;
  /// of all events when `nil`.
  package func schemaInForce(before position: Position? = nil) throws(LMDBError) -> RecordedEvent? {
    if let position, position.rawValue == 0 { return nil }
    return try events(
      EventSelection(
        .stream(SchemaEvent.stream), from: position.map { Position($0.rawValue - 1) },
        direction: .backwards, limit: 1)
    ).first
  }
}
