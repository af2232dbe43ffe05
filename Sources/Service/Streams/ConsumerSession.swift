internal import CRM
internal import EventLog
internal import EventModel
internal import Schema
internal import Subscriptions

/// What a consumer says of an event it got.
public enum DeliveryAnswer: Sendable, Hashable {
  /// It is worked on: don't hand it out again.
  case done
  /// Again, after so many seconds, or after the wait that the rules have.
  case retry(reason: String, seconds: Int64?)
  /// Put it aside for a person.
  case park(reason: String)
  /// Never again.
  case skip
  /// It needs so many seconds more.
  case extend(seconds: Int64)
}

/// An event handed to a consumer.
public struct Delivery: Sendable, Hashable {
  /// The event as the subscription's user may see it.
  public let event: StreamedEvent
  /// 1 for the first time.
  public let attempt: Int
}

/// A consumer of a group while it is connected.
public final class ConsumerSession: Sendable {
  private let group: ConsumerGroup
  private let reader: Workspace
  private let id: ConsumerID

  init(_ group: ConsumerGroup, _ reader: Workspace, _ id: ConsumerID) {
    self.group = group
    self.reader = reader
    self.id = id
  }

  /// What it is known as when it answers.
  public var number: UInt64 { id.rawValue }

  /// Waits for events; `nil` when the session ended or the group was changed.
  public func next() async throws(ServiceError) -> [Delivery]? {
    guard let assignments = await group.next(id) else { return nil }
    var deliveries: [Delivery] = []
    for assignment in assignments {
      deliveries.append(
        Delivery(
          event: try reader.delivered(at: assignment.position), attempt: assignment.attempt))
    }
    return deliveries
  }

  /// Ends the session: what it did not answer goes to others.
  public func end() async { await group.leave(id) }
}

extension Workspace {
  /// Connects a consumer to a group.
  ///
  /// - Parameters:
  ///   - name: the group's.
  ///   - consumer: how the consumer calls itself, for those who look.
  ///   - credit: how many events it takes at a time, 1 to 1000.
  /// - Returns: the consumer's session, to be ended when it is gone.
  /// - Throws: ``ServiceError`` when there is no such group, or it can't go on.
  public func consume(
    _ name: String, as consumer: String, credit: Int
  ) async throws(ServiceError) -> ConsumerSession {
    try requireCRM()
    try requireWriter()
    let definition = try consumerRecord(name).definition
    try requireConsumer(definition)
    try requireReader(definition.user, "subscription")
    guard definition.kind == .group else {
      throw ServiceError(
        .refused, code: "SUBSCRIPTION.KIND",
        "“\(name)” is a webhook: the server posts its events, and nobody connects.")
    }
    guard (1...1_000).contains(credit) else {
      throw ServiceError(
        .usage, code: "VALIDATION.CREDIT",
        "A consumer takes 1 to 1000 events at a time, not \(credit).")
    }
    let title = consumer.isEmpty ? "consumer" : String(consumer.prefix(100))
    let reader = try reader(of: definition)
    do throws(ConsumerFailure) {
      let group = try await consumerShelf.group(definition)
      return ConsumerSession(group, reader, await group.join(title, credit: credit))
    } catch { throw ServiceError(error) }
  }

  /// Takes a consumer's answers, and returns when they are durable.
  ///
  /// - Returns: the positions that the consumer didn't hold any more.
  public func settle(
    _ name: String, consumer: UInt64, _ answers: [(position: UInt64, answer: DeliveryAnswer)]
  ) async throws(ServiceError) -> [UInt64] {
    try requireCRM()
    try requireConsumer(try consumerRecord(name).definition)
    guard let group = consumerShelf.running(name) else {
      return answers.map { $0.position }
    }
    do throws(ConsumerFailure) {
      return try await group.settle(
        answers.map { ($0.position, ConsumerAnswer($0.answer)) },
        by: ConsumerID(rawValue: consumer))
    } catch { throw ServiceError(error) }
  }

  /// The workspace as the user that the subscription reads as.
  func reader(of definition: ConsumerDefinition) throws(ServiceError) -> Workspace {
    try acting(
      as: Principal(
        definition.user, kind: .apiClient, sessionID: "subscription-\(definition.name)",
        channel: .api))
  }

  /// The event at `position` as whoever this workspace acts as may see it.
  func delivered(
    at position: UInt64, contentByteLimit: Int? = nil
  ) throws(ServiceError) -> StreamedEvent {
    let gate = try gate()
    try gate.require(.replay, .account, path: "stream")
    var filterer = EventFilterer(gate, .stream)
    let page = try page(
      EventSelection(from: Position(position), through: Position(position), limit: 1), &filterer,
      contentByteLimit: contentByteLimit)
    try gate.record(
      .listed(
        type: "", path: "stream", records: filterer.records.map(\.description).sorted(),
        classes: [], results: 1))
    return StreamedEvent(
      position: position, cursor: String(position), content: page.entries.first?.content)
  }
}

extension ConsumerAnswer {
  init(_ answer: DeliveryAnswer) {
    self =
      switch answer {
      case .done: .done
      case .retry(let reason, let seconds):
        .retry(reason: String(reason.prefix(500)), seconds: seconds)
      case .park(let reason): .park(reason: String(reason.prefix(500)))
      case .skip: .skip
      case .extend(let seconds): .extend(seconds: seconds)
      }
  }
}
