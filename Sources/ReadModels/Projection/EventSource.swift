package import EventLog
package import EventModel
package import LMDB

/// Where events come from: the log, or a handful of events in memory.
package protocol EventSource: Sendable {
  /// How many positions there are.
  var size: UInt64 { get }
  /// Names the log; a model keeps to one.
  var origin: String { get }
  /// Visits the events from `start` on, in order, until `visit` says stop.
  func scan(
    from start: Position,
    _ visit: (RecordLayout, Span<UInt8>) throws(LMDBError) -> Continuation
  ) throws(LMDBError)
}

extension EventLog: EventSource {
  package func scan(
    from start: Position,
    _ visit: (RecordLayout, Span<UInt8>) throws(LMDBError) -> Continuation
  ) throws(LMDBError) {
    try scan(EventSelection(from: start), visit)
  }
}

/// The first events of a log, as if nothing had happened behind them.
package struct EventPrefix: EventSource {
  private let source: any EventSource
  package let size: UInt64

  /// The events of `source` up to `last`; none when it is `nil`.
  package init(_ source: any EventSource, through last: Position?) {
    self.source = source
    size = min(source.size, last.map { $0.rawValue + 1 } ?? 0)
  }

  package var origin: String { source.origin }

  package func scan(
    from start: Position,
    _ visit: (RecordLayout, Span<UInt8>) throws(LMDBError) -> Continuation
  ) throws(LMDBError) {
    let size = size
    try source.scan(from: start) { layout, record throws(LMDBError) in
      let position = layout.leaf.position(in: record.extracting(layout.leafRange))
      return position.rawValue < size ? try visit(layout, record) : .stop
    }
  }
}

/// Events in memory, in the order of their positions; positions may be missing.
package struct EventArray: EventSource {
  package let events: [RecordedEvent]
  package let origin: String

  package init(_ events: [RecordedEvent], origin: String) {
    self.events = events
    self.origin = origin
  }

  package var size: UInt64 { events.last.map { $0.position.rawValue + 1 } ?? 0 }

  package func scan(
    from start: Position,
    _ visit: (RecordLayout, Span<UInt8>) throws(LMDBError) -> Continuation
  ) throws(LMDBError) {
    var low = 0
    var high = events.count
    while low < high {
      let middle = (low + high) / 2
      if events[middle].position < start { low = middle + 1 } else { high = middle }
    }
    for event in events[low...] {
      guard try visit(event.layout, event.record.span) == .proceed else { return }
    }
  }
}
