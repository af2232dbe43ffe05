internal import Audit
internal import CRM
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema
internal import Subscriptions
internal import Synchronization

/// One subscriber's stream: what there is, then what comes, with a cursor at every step.
///
/// It holds no snapshot and no events between two steps: who reads slowly lags, and costs nobody
/// anything. Each step asks anew what the subscriber may see; when its rights have changed, the
/// stream ends, for its digest was under the old ones.
public final class EventSubscription: Sendable {
  private struct State {
    var cursor: SubscriptionCursor
    /// Where the subscriber was told to be last.
    var told: UInt64
    var toldAt: ContinuousClock.Instant
    var isCaughtUp = false
    /// Records delivered, and how many events, since the access log heard of them.
    var records: Set<String> = []
    var delivered = 0
  }

  private let workspace: Workspace
  private let filter: SubscriptionFilter
  private let grants: String
  private let state: Mutex<State>
  private let maxLag: UInt64?
  /// What the digest is of: the log, the filter, whose rights; the digest of this text begins it.
  public let header: String
  /// The header's SHA-256, 32 bytes.
  public let headerDigest: [UInt8]

  /// The most events of one step, and the most bytes of their records but for one.
  static let eventLimit = 256
  static let byteLimit = 1 << 20
  /// So many positions without a matching event are worth a mark.
  private static let checkpointInterval: UInt64 = 1_000
  /// A subscriber who was at the end and is so far behind is told so.
  private static let behindLimit: UInt64 = 10_000
  private static let traceLimit = 1_000

  init(
    _ workspace: Workspace, _ filter: SubscriptionFilter, grants: String, start: StreamStart,
    maxLag: UInt64?
  ) throws(ServiceError) {
    self.workspace = workspace
    self.filter = filter
    self.grants = grants
    self.maxLag = maxLag
    let header = SubscriptionHeader(
      origin: workspace.log.origin, filter: filter, grants: grants)
    self.header = header.text
    headerDigest = header.digest.bytes
    let cursor = try Self.cursor(
      try workspace.located(start), header, size: workspace.log.size)
    state = Mutex(
      State(
        cursor: cursor, told: cursor.position.map { $0 + 1 } ?? 0,
        toldAt: ContinuousClock().now))
  }

  private static func cursor(
    _ start: StreamStart, _ header: SubscriptionHeader, size: UInt64
  ) throws(ServiceError) -> SubscriptionCursor {
    switch start {
    case .beginning: return SubscriptionCursor(header, after: nil)
    case .end: return SubscriptionCursor(header, after: size == 0 ? nil : size - 1)
    case .after(let position):
      guard position < size else { throw .notThere(position, size: size) }
      return SubscriptionCursor(header, after: position)
    case .time: preconditionFailure("a time is a position by now")
    case .cursor(let text):
      guard let cursor = SubscriptionCursor(text) else {
        throw ServiceError(
          .usage, code: "SUBSCRIPTION.CURSOR",
          "“\(text.prefix(130))” is no cursor: give one that this stream gave, or a position.")
      }
      guard cursor.mark == header.mark else {
        throw ServiceError(
          .refused, code: "SUBSCRIPTION.CURSOR",
          "The cursor is of a stream with another filter, user or rights: give its position alone "
            + "to begin a new digest there.")
      }
      if let position = cursor.position, position >= size {
        throw .notThere(position, size: size)
      }
      return cursor
    }
  }

  /// Where it stands.
  public var cursor: String { state.withLock { $0.cursor.text } }

  /// The next step, without waiting.
  public func next() throws(ServiceError) -> StreamStep {
    let size = workspace.log.size
    let user = try workspace.actingUser().text
    let now = try workspace.streamShelf.grants(of: user, size: size) { () throws(ServiceError) in
      try workspace.gate().grants
    }
    guard now == grants else {
      throw ServiceError(
        .refused, code: "SUBSCRIPTION.GRANTS",
        "The rights of \(user) have changed: begin a new stream behind the last position.")
    }
    let behind = state.withLock { $0.cursor.position }
    let start = behind.map { $0 + 1 } ?? 0
    if let maxLag, size - min(start, size) > maxLag {
      throw ServiceError(
        .refused, code: "SUBSCRIPTION.LAG",
        "The subscriber is \(size - start) events behind, and \(maxLag) is the most it asked for: "
          + "begin again with its cursor, or at the end.")
    }
    guard start < size else { return atEnd(size) }
    if let mark = fallingBehind(start, size) { return mark }
    let key = StreamShelf.Key(user: user, header: headerDigest, start: start, size: size)
    let read = try workspace.streamShelf.read(key) { () throws(ServiceError) in
      var filterer = EventFilterer(try workspace.gate(), .stream)
      let page = try workspace.page(
        EventSelection(filter.query, from: Position(start), through: Position(size - 1)),
        &filterer)
      return StreamShelf.Read(page: page, records: filterer.records.map(\.description))
    }
    return try take(read.page, size, read.records)
  }

  private func take(
    _ page: StreamPage, _ size: UInt64, _ records: [String]
  ) throws(ServiceError) -> StreamStep {
    let (step, trace) = state.withLock { state -> (StreamStep, (records: [String], count: Int)?) in
      let events = page.entries.map { entry in
        state.cursor.position = entry.position
        state.cursor.digest.add(entry.position, leafHash: entry.leafHash)
        return StreamedEvent(
          position: entry.position, cursor: state.cursor.text, content: entry.content)
      }
      if page.isWhole { state.cursor.position = size - 1 }
      state.delivered += events.count
      state.records.formUnion(records)
      let trace = state.records.count >= Self.traceLimit ? Self.trace(&state) : nil
      guard events.isEmpty else {
        state.told = state.cursor.position.map { $0 + 1 } ?? 0
        state.toldAt = ContinuousClock().now
        return (.events(events), trace)
      }
      return (Self.endStep(&state, size), trace)
    }
    if let trace { try record(trace) }
    return step
  }

  private func atEnd(_ size: UInt64) -> StreamStep {
    state.withLock { Self.endStep(&$0, size) }
  }

  /// At the end, or nothing on a long way: says so when it is news.
  private static func endStep(_ state: inout State, _ size: UInt64) -> StreamStep {
    let next = state.cursor.position.map { $0 + 1 } ?? 0
    let isNews = next >= size && !state.isCaughtUp
    let moved = next - min(state.told, next)
    guard
      isNews || moved >= checkpointInterval
        || (moved > 0 && state.toldAt.duration(to: ContinuousClock().now) >= .seconds(5))
    else { return .nothing }
    state.told = next
    state.toldAt = ContinuousClock().now
    let mark = StreamMark(
      cursor: state.cursor.text, position: state.cursor.position, size: size,
      digest: state.cursor.digest.value.hex)
    guard isNews else { return .checkpoint(mark) }
    state.isCaughtUp = true
    return .caughtUp(mark)
  }

  private func fallingBehind(_ start: UInt64, _ size: UInt64) -> StreamStep? {
    state.withLock { state in
      guard state.isCaughtUp, size - start > Self.behindLimit else { return nil }
      state.isCaughtUp = false
      return .fellBehind(
        StreamMark(
          cursor: state.cursor.text, position: state.cursor.position, size: size,
          digest: state.cursor.digest.value.hex))
    }
  }

  /// Whether the log has events behind what was looked at.
  public var hasMore: Bool {
    workspace.log.size > state.withLock { $0.cursor.position.map { $0 + 1 } ?? 0 }
  }

  /// The header's SHA-256 in hexadecimal digits.
  public var headerHex: String { headerDigest.hex }

  /// Calls `body` once when there are events behind what was looked at, or none will come.
  ///
  /// It may be called early. It must not take long: a writer waits for it.
  ///
  /// - Returns: what takes the call back.
  public func whenGrown(_ body: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
    let next = state.withLock { $0.cursor.position.map { $0 + 1 } ?? 0 }
    return workspace.log.callWhenGrown(beyond: next, body)
  }

  /// Waits for events behind what was looked at, and at most so long.
  ///
  /// - Returns: `false` when none will come, because the log was closed or the task cancelled.
  public func wait(within duration: Duration) async -> Bool {
    let next = state.withLock { $0.cursor.position.map { $0 + 1 } ?? 0 }
    return await workspace.waitForEvents(beyond: next, within: duration)
  }

  /// Tells the access log what was delivered since it was told last; to be called at the end.
  public func end() throws(ServiceError) {
    guard let trace = state.withLock({ Self.trace(&$0) }) else { return }
    try record(trace)
  }

  private static func trace(_ state: inout State) -> (records: [String], count: Int)? {
    guard state.delivered > 0 else { return nil }
    defer {
      state.records = []
      state.delivered = 0
    }
    return (state.records.sorted(), state.delivered)
  }

  private func record(_ trace: (records: [String], count: Int)) throws(ServiceError) {
    try workspace.record(
      .listed(
        type: "", path: "stream", records: trace.records, classes: [], results: trace.count))
  }
}

extension ServiceError {
  static func notThere(_ position: UInt64, size: UInt64) -> ServiceError {
    ServiceError(
      .refused, code: "VALIDATION.POSITION",
      "The log has \(size) events, so position \(position) is not there yet: begin at an earlier "
        + "one, or at the end.")
  }
}
