internal import Dispatch
internal import EventModel

/// An event on its way from the log to the models that read it.
struct DecodedEvent: Sendable {
  let position: Position
  let eventID: EventID
  let type: KnownType
  /// The event, or why it can't be read.
  let outcome: Result<ProjectedEvent, ProjectionFailure>

  init(_ layout: RecordLayout, _ record: Span<UInt8>, _ type: KnownType, at position: Position) {
    self.position = position
    eventID = layout.leaf.eventID(in: record.extracting(layout.leafRange))
    self.type = type
    outcome = Result { () throws(ProjectionFailure) in
      try ProjectedEvent(layout, record, type)
    }
  }
}

/// A thread that applies events in their order, while the next ones are decoded on the caller's.
final class ApplyLine: Sendable {
  /// How many events are handed over at a time.
  static let chunkCount = 512

  private let queue = DispatchQueue(label: "deed.models.apply", qos: .userInitiated)
  /// So many chunks wait at the most, so that decoding can't run away from applying.
  private let room = DispatchSemaphore(value: 4)

  /// Runs `work` behind what was handed over before; waits while too much does.
  func add(_ work: @escaping @Sendable () -> Void) {
    room.wait()
    queue.async { [room] in
      work()
      room.signal()
    }
  }

  /// Waits until all that was handed over has run.
  func drain() { queue.sync {} }
}
