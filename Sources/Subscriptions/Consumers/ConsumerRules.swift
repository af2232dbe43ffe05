/// Who of a group gets an event.
package enum DispatchStrategy: String, Sendable, Hashable, CaseIterable, Codable {
  /// The next consumer with room.
  case roundRobin = "round-robin"
  /// Always the same consumer for one stream, as long as the same ones are connected; and the next
  /// event of a stream only when the one before is settled.
  case byStream = "by-stream"
  /// The consumer that came first; the others stand by. Streams keep their order.
  case single

  /// Whether a stream's events are handed out one after the other.
  package var keepsStreamOrder: Bool { self != .roundRobin }
}

/// By which rules a group hands out events.
package struct ConsumerRules: Sendable, Hashable, Codable {
  package var strategy = DispatchStrategy.roundRobin
  /// How long a consumer has for an event, unless it asks for more.
  package var ackSeconds: Int64 = 30
  /// So often an event is handed out before it is parked.
  package var attemptLimit = 10
  /// The wait before an event is handed out again: doubled with each attempt, up to the most.
  package var firstRetrySeconds: Int64 = 1
  package var mostRetrySeconds: Int64 = 300
  /// The most events that are read and not settled.
  package var window = 1_024
  /// With so many parked events the group stops until some are replayed or discarded.
  package var parkedLimit = 10_000

  package init() {}

  /// The wait after the attempt of this number, 1 or more.
  package func retrySeconds(afterAttempt attempt: Int) -> Int64 {
    let doublings = min(max(attempt - 1, 0), 40)
    return min(firstRetrySeconds << Int64(doublings), mostRetrySeconds)
  }

  /// What is out of bounds; `nil` when nothing is.
  package var complaint: String? {
    if !(1...3_600).contains(ackSeconds) { return "the time to answer has 1 to 3600 seconds" }
    if !(1...1_000).contains(attemptLimit) { return "there are 1 to 1000 attempts" }
    if !(0...86_400).contains(firstRetrySeconds) || !(0...86_400).contains(mostRetrySeconds) {
      return "a retry waits 0 to 86400 seconds"
    }
    if !(1...10_000).contains(window) { return "the window has 1 to 10000 events" }
    if !(1...1_000_000).contains(parkedLimit) { return "1 to 1000000 events can be parked" }
    return nil
  }
}
