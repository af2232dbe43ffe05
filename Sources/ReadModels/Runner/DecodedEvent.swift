internal import EventModel

/// An event on its way from the log to the models that read it.
struct DecodedEvent: Sendable {
  let position: Position
  let eventID: EventID
  /// Its type's number among the chunk's.
  let type: Int
  /// The event, or why it can't be read.
  let outcome: Result<ProjectedEvent, ProjectionFailure>

  init(
    _ layout: RecordLayout, _ record: Span<UInt8>, _ type: KnownType, number: Int,
    at position: Position
  ) {
    self.position = position
    eventID = layout.leaf.eventID(in: record.extracting(layout.leafRange))
    self.type = number
    outcome = Result { () throws(ProjectionFailure) in
      try ProjectedEvent(layout, record, type)
    }
  }
}
