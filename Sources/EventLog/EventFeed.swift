internal import EventModel
package import LMDB

/// Events as they come: an asynchronous sequence that pulls, so that a slow reader costs nobody
/// anything but itself.
///
/// It ends when its task is cancelled or its log is closed.
package struct EventFeed: AsyncSequence, Sendable {
  package enum Element: Sendable {
    /// One event or more, in the order of the log.
    case events([RecordedEvent])
    /// Everything up to this log size was delivered or did not match; comes each time the
    /// feed reaches the end.
    case caughtUp(size: UInt64)
  }

  /// `nil` when the log was closed before.
  let source: FeedSource?
  let query: EventQuery
  let start: UInt64
  let batchLimit: Int

  package struct Iterator: AsyncIteratorProtocol {
    fileprivate let feed: EventFeed
    /// The first position that was not looked at.
    fileprivate var next: UInt64
    /// The size that was last said to be reached.
    fileprivate var saidSize: UInt64?

    package mutating func next() async throws(LMDBError) -> Element? {
      try await next(isolation: #isolation)
    }

    package mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(LMDBError) -> Element? {
      guard let source = feed.source else { return nil }
      while !Task.isCancelled && !source.signal.isClosed {
        let size = try source.size()
        if next < size {
          let events = try batch(from: source, below: size)
          if !events.isEmpty { return .events(events) }
          next = size
        }
        if saidSize != size {
          saidSize = size
          return .caughtUp(size: size)
        }
        await source.wait(beyond: size)
      }
      return nil
    }

    private mutating func batch(
      from source: FeedSource, below size: UInt64
    ) throws(LMDBError) -> [RecordedEvent] {
      let events = try source.batch(
        feed.query, from: next, below: size, limit: feed.batchLimit)
      if let last = events.last { next = last.position.rawValue + 1 }
      return events
    }
  }

  package func makeAsyncIterator() -> Iterator { Iterator(feed: self, next: start) }
}

/// What a feed reads from: it keeps the log's files open as long as it lives.
struct FeedSource: Sendable {
  let lease: LogLease
  let signal: CommitSignal

  /// The most bytes of one batch; one event alone may have more.
  static let batchByteLimit = 4 << 20
  /// How often the store is asked where another process writes.
  static let pollInterval = Duration.milliseconds(20)

  func size() throws(LMDBError) -> UInt64 {
    lease.core.hasWriter ? signal.size : try lease.core.readSize()
  }

  func wait(beyond size: UInt64) async {
    if lease.core.hasWriter {
      await signal.wait(beyond: size)
    } else {
      do {
        try await Task.sleep(for: Self.pollInterval)
      } catch {
        // Cancelled: the feed sees it next.
      }
    }
  }

  func batch(
    _ query: EventQuery, from start: UInt64, below size: UInt64, limit: Int
  ) throws(LMDBError) -> [RecordedEvent] {
    var events: [RecordedEvent] = []
    var byteCount = 0
    let selection = EventSelection(
      query, from: Position(start), through: Position(size - 1), limit: limit)
    try lease.core.scan(selection) { layout, record throws(LMDBError) in
      guard events.isEmpty || byteCount + record.count <= Self.batchByteLimit else { return .stop }
      byteCount += record.count
      events.append(RecordedEvent(copying: record, layout: layout))
      return .proceed
    }
    return events
  }
}
