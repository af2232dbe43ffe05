internal import Subscriptions

/// What a durable subscription is to be.
public struct NewConsumer: Sendable, Hashable {
  /// 1 to 60 of a–z, 0–9 and “-”, a letter first.
  public var name: String
  /// Which events it gets.
  public var filter: StreamFilter
  /// Where it begins; a cursor is of a stream, and can't be given.
  public var start: StreamStart
  /// As whom it reads; who makes it when `nil`.
  public var user: String?
  /// By which rules; what is `nil` is as usual.
  public var rules: ConsumerSettings
  /// Where events are posted; consumers connect when `nil`.
  public var webhook: NewWebhook?

  /// Puts a subscription together.
  public init(
    name: String, filter: StreamFilter = StreamFilter(), start: StreamStart = .end,
    user: String? = nil, rules: ConsumerSettings = ConsumerSettings(), webhook: NewWebhook? = nil
  ) {
    self.name = name
    self.filter = filter
    self.start = start
    self.user = user
    self.rules = rules
    self.webhook = webhook
  }
}

/// Where a webhook goes.
public struct NewWebhook: Sendable, Hashable {
  /// `https://…`.
  public var url: String
  /// How many deliveries are on their way at a time, 1 to 64; 8 when `nil`.
  public var concurrency: Int?

  /// Puts an endpoint together.
  public init(url: String, concurrency: Int? = nil) {
    self.url = url
    self.concurrency = concurrency
  }
}

/// Rules of a durable subscription; what is `nil` stays as it is.
public struct ConsumerSettings: Sendable, Hashable {
  /// `round-robin`, `by-stream` or `single`.
  public var strategy: String?
  /// How many seconds a consumer has for an event.
  public var ackSeconds: Int64?
  /// How often an event is handed out before it is parked.
  public var attemptLimit: Int?
  /// The wait before the second attempt, in seconds; doubled with each.
  public var firstRetrySeconds: Int64?
  /// The most that an attempt waits, in seconds.
  public var mostRetrySeconds: Int64?
  /// The most events that are read and not settled.
  public var window: Int?
  /// With so many parked events it stops.
  public var parkedLimit: Int?

  /// Nothing but what is usual.
  public init() {}

  func applied(to old: ConsumerRules) throws(ServiceError) -> ConsumerRules {
    var rules = old
    if let strategy {
      guard let known = DispatchStrategy(rawValue: strategy) else {
        let names = DispatchStrategy.allCases.map(\.rawValue).joined(separator: ", ")
        throw ServiceError(
          .usage, code: "VALIDATION.STRATEGY",
          "“\(strategy.prefix(80))” is no strategy: give one of \(names).")
      }
      rules.strategy = known
    }
    rules.ackSeconds = ackSeconds ?? rules.ackSeconds
    rules.attemptLimit = attemptLimit ?? rules.attemptLimit
    rules.firstRetrySeconds = firstRetrySeconds ?? rules.firstRetrySeconds
    rules.mostRetrySeconds = mostRetrySeconds ?? rules.mostRetrySeconds
    rules.window = window ?? rules.window
    rules.parkedLimit = parkedLimit ?? rules.parkedLimit
    if let complaint = rules.complaint {
      throw ServiceError(
        .usage, code: "VALIDATION.RULES", "The subscription's rules can't be so: \(complaint).")
    }
    return rules
  }
}
