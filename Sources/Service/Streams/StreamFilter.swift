internal import EventModel
package import Subscriptions
internal import Synchronization

/// Which events a subscriber asks for: those of one of each list that is not empty, with all of
/// the tags; 64 terms at the most.
public struct StreamFilter: Sendable, Hashable {
  /// Of one of these types.
  public var types: [String]
  /// Of streams of one of these categories, such as `account`.
  public var categories: [String]
  /// Of one of these streams.
  public var streams: [String]
  /// With all of these tags.
  public var tags: [String]
  /// By one of these actors, or on their behalf.
  public var actors: [String]

  /// All events unless narrowed.
  public init(
    types: [String] = [], categories: [String] = [], streams: [String] = [], tags: [String] = [],
    actors: [String] = []
  ) {
    self.types = types
    self.categories = categories
    self.streams = streams
    self.tags = tags
    self.actors = actors
  }

  package func checked() throws(ServiceError) -> SubscriptionFilter {
    do throws(FilterError) {
      return try SubscriptionFilter(
        types: types, categories: categories, streams: streams, tags: tags, actors: actors)
    } catch {
      throw ServiceError(.usage, code: "VALIDATION.FILTER", error.description)
    }
  }
}

/// Where a subscription begins.
public enum StreamStart: Sendable, Hashable {
  /// With the first event.
  case beginning
  /// With the first event that is not there yet.
  case end
  /// Behind this position.
  case after(UInt64)
  /// With the first event that was recorded at this time or later, in microseconds since 1970.
  case time(microseconds: Int64)
  /// Where a cursor of the same subscription stands.
  case cursor(String)

  /// Reads `start`, `end`, the last position that is not wanted, or an RFC 3339 time.
  public init(_ text: String) throws(ServiceError) {
    switch text {
    case "start": self = .beginning
    case "end": self = .end
    default:
      if text.utf8.count <= 18, let position = UInt64(text), String(position) == text {
        self = .after(position)
      } else if let time = Timestamp(text) {
        self = .time(microseconds: time.microseconds)
      } else {
        throw ServiceError(
          .usage, code: "VALIDATION.START",
          "“\(text.prefix(40))” is no place to begin: give start, end, a position, or a time such "
            + "as 2026-03-31T09:00:00Z.")
      }
    }
  }
}

/// One event as subscribers get it.
public struct StreamedEvent: Sendable, Hashable {
  /// Where it stands in the log.
  public let position: UInt64
  /// What to give to go on behind it.
  public let cursor: String
  /// What it says; `nil` when the subscriber may not see it: then nothing but its place is known.
  public let content: StreamedContent?
}

/// What an event says to a subscriber who may see it.
public struct StreamedContent: Sendable, Hashable {
  /// A UUID.
  public let id: String
  /// What happened.
  public let type: String
  /// Whose stream it stands in.
  public let stream: String
  /// The hash of its leaf in the log's tree, 32 bytes.
  public let leafHash: [UInt8]
  /// Whether a part of it was erased.
  public let isRedacted: Bool
  /// The W3C traceparent of the request that it came of; empty when there was none.
  public let traceParent: String
  /// The event as CloudEvents 1.0 JSON, on one line.
  public let json: String
  /// What a protocol made of all this, for all who get it.
  public let encoded = EncodedOnce()
}

/// Bytes that are made when they are first asked for, and shared from then on.
///
/// They follow from what they stand with, so that all of them are equal.
public final class EncodedOnce: Sendable, Hashable {
  private let bytes = Mutex<[UInt8]?>(nil)

  /// The bytes; `make` makes them when nobody has.
  public func value<Failure: Error>(
    _ make: () throws(Failure) -> [UInt8]
  ) throws(Failure) -> [UInt8] {
    if let known = bytes.withLock({ $0 }) { return known }
    let made = try make()
    bytes.withLock { $0 = made }
    return made
  }

  /// Always: they differ in nothing but whether they were made.
  public static func == (_: EncodedOnce, _: EncodedOnce) -> Bool { true }
  /// Adds nothing, for all are equal.
  public func hash(into _: inout Hasher) {}
}

/// What a subscription has for its subscriber next.
public enum StreamStep: Sendable, Hashable {
  /// In the order of the log.
  case events([StreamedEvent])
  /// Nothing matched for long: the place moved all the same.
  case checkpoint(StreamMark)
  /// Everything there is was delivered.
  case caughtUp(StreamMark)
  /// The subscriber was at the end, and is far behind now.
  case fellBehind(StreamMark)
  /// Nothing now: wait.
  case nothing
}

/// A place in a subscription.
public struct StreamMark: Sendable, Hashable {
  /// What to give to go on from there.
  public let cursor: String
  /// The last position that was looked at; `nil` before the first.
  public let position: UInt64?
  /// How many events the log has.
  public let size: UInt64
  /// What was delivered up to there, 64 hexadecimal digits.
  public let digest: String
}
