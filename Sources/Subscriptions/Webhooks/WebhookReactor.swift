package import EventModel

/// An event on its way to a receiver.
package struct WebhookDelivery: Hashable, Sendable {
  package let url: WebhookURL
  /// Names are of lower case.
  package let headers: [(name: String, value: String)]
  package let body: [UInt8]
  /// The W3C traceparent of the request that the event came of; empty when there was none.
  package let traceParent: String
  /// How long the receiver has to answer.
  package let timeoutSeconds: Int64

  package init(
    url: WebhookURL, headers: [(name: String, value: String)], body: [UInt8], traceParent: String,
    timeoutSeconds: Int64
  ) {
    self.url = url
    self.headers = headers
    self.body = body
    self.traceParent = traceParent
    self.timeoutSeconds = timeoutSeconds
  }

  package static func == (a: Self, b: Self) -> Bool {
    a.url == b.url && a.body == b.body && a.timeoutSeconds == b.timeoutSeconds
      && a.headers.map { "\($0.name): \($0.value)" } == b.headers.map { "\($0.name): \($0.value)" }
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(url)
    hasher.combine(body)
  }
}

/// How a delivery went.
package enum WebhookOutcome: Hashable, Sendable {
  /// The receiver answered; with the seconds of `Retry-After`, if it gave them.
  case answered(status: Int, retryAfterSeconds: Int64?)
  /// Nothing was sent, because the address is none that webhooks may go to.
  case refused(String)
  /// It could not be reached, or did not answer in time.
  case failed(String)
}

/// Sends deliveries: the one thing here that acts on the world outside.
///
/// It resolves the host once, vets the addresses, connects to a vetted one, and follows no
/// redirect.
package protocol WebhookSender: Sendable {
  /// Whether `http` URLs and addresses of closed networks are allowed: for trials.
  var isOpenToAll: Bool { get }
  func send(_ delivery: WebhookDelivery) async -> WebhookOutcome
}

/// What a webhook's events say.
package protocol WebhookContent: Sendable {
  /// The event as the webhook's user may see it; `nil` when it is withheld.
  func event(at position: UInt64) -> Result<WebhookEvent?, WebhookContentFailure>
}

/// An event as a receiver gets it.
package struct WebhookEvent: Hashable, Sendable {
  /// A UUID.
  package let id: String
  /// A CloudEvent.
  package let body: [UInt8]
  /// The W3C traceparent of the request that it came of; empty when there was none.
  package let traceParent: String

  package init(id: String, body: [UInt8], traceParent: String) {
    self.id = id
    self.body = body
    self.traceParent = traceParent
  }
}

/// Why an event can't be read for a webhook.
package struct WebhookContentFailure: Error, Hashable, Sendable {
  package let sentence: String

  package init(_ sentence: String) { self.sentence = sentence }
}

/// Posts a consumer's events to its URL, and answers for the receiver.
///
/// A reactor, no projector: it acts, so nothing that rebuilds or replays can have one. It takes its
/// events from a ``ConsumerGroup``, which hands each out until it is answered, and from nowhere
/// else; read models and replays stand on floors that can't name it.
package struct WebhookReactor: Sendable {
  private let group: ConsumerGroup
  private let url: WebhookURL
  private let concurrency: Int
  private let secrets: WebhookSecrets
  private let sender: any WebhookSender
  private let content: any WebhookContent
  private let clock: @Sendable () -> Timestamp
  private let random: RandomSource
  /// Called once when the receiver says that it is gone.
  private let onGone: @Sendable () async -> Void

  package static let timeoutSeconds: Int64 = 15
  private static let retryAfterLimit: Int64 = 86_400

  package init(
    _ group: ConsumerGroup, url: WebhookURL, concurrency: Int, secrets: WebhookSecrets,
    sender: any WebhookSender, content: any WebhookContent,
    clock: @escaping @Sendable () -> Timestamp, random: RandomSource,
    onGone: @escaping @Sendable () async -> Void
  ) {
    self.group = group
    self.url = url
    self.concurrency = concurrency
    self.secrets = secrets
    self.sender = sender
    self.content = content
    self.clock = clock
    self.random = random
    self.onGone = onGone
  }

  /// Delivers until the group is closed or the receiver is gone.
  package func run() async {
    let id = await group.join(url.host, credit: concurrency)
    let isGone = await withTaskGroup(of: Bool.self) { tasks in
      var isGone = false
      var underWay = 0
      while !isGone, let assignments = await group.next(id) {
        for assignment in assignments {
          underWay += 1
          tasks.addTask { await deliver(assignment, by: id) }
        }
        // Those that are done are taken away, so that no more are kept than are under way.
        while underWay > concurrency, let gone = await tasks.next() {
          underWay -= 1
          isGone = isGone || gone
        }
      }
      while let gone = await tasks.next() { isGone = isGone || gone }
      return isGone
    }
    await group.leave(id)
    if isGone { await onGone() }
  }

  /// Delivers one event; whether the receiver is gone for good.
  private func deliver(_ assignment: Assignment, by id: ConsumerID) async -> Bool {
    let (answer, isGone) = await outcome(of: assignment)
    do throws(ConsumerFailure) {
      _ = try await group.settle([(assignment.position, answer)], by: id)
    } catch {
      // What was not kept is delivered again, under the same identifier.
    }
    if isGone { await group.leave(id) }
    return isGone
  }

  private func outcome(
    of assignment: Assignment
  ) async -> (answer: ConsumerAnswer, isGone: Bool) {
    let event: WebhookEvent
    switch content.event(at: assignment.position) {
    case .failure(let failure): return (again(assignment, failure.sentence), false)
    // What the webhook's user may not see is nobody's to wait for.
    case .success(nil): return (.skip, false)
    case .success(let found?): event = found
    }
    let id = "\(event.id)-\(group.definition.name)"
    let now = clock()
    let timestamp = now.microseconds / 1_000_000
    let delivery = WebhookDelivery(
      url: url,
      headers: [
        ("content-type", "application/cloudevents+json; charset=utf-8"), ("webhook-id", id),
        ("webhook-timestamp", String(timestamp)),
        (
          "webhook-signature",
          secrets.signature(id: id, timestamp: timestamp, body: event.body, at: now)
        ),
      ], body: event.body, traceParent: event.traceParent, timeoutSeconds: Self.timeoutSeconds)
    switch await sender.send(delivery) {
    case .answered(let status, _) where (200..<300).contains(status): return (.done, false)
    case .answered(410, _):
      return (.retry(reason: "the receiver answered 410: it is gone", seconds: 0), true)
    case .answered(let status, let wait):
      return (again(assignment, "the receiver answered \(status)", wait), false)
    case .refused(let reason): return (.park(reason: reason), false)
    case .failed(let reason): return (again(assignment, reason), false)
    }
  }

  private func again(
    _ assignment: Assignment, _ reason: String, _ asked: Int64? = nil
  ) -> ConsumerAnswer {
    let wait = RetrySchedule.seconds(
      afterAttempt: assignment.attempt, chance: random.words().0)
    return .retry(
      reason: String(reason.prefix(500)),
      seconds: max(wait, min(asked ?? 0, Self.retryAfterLimit)))
  }
}
