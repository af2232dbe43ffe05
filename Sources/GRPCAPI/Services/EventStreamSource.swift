internal import Schema
internal import Service
internal import SwiftProtobuf
internal import Synchronization

/// The messages of `Subscribe`.
final class EventStreamSource: ResponseSource {
  private let caller: StreamCaller
  private let subscription: EventSubscription
  private let endsCaughtUp: Bool
  private var hasOpened = false
  private var isOver = false

  init(_ request: StreamsSubscribeRequest, for caller: StreamCaller) throws(GRPCStatus) {
    self.caller = caller
    endsCaughtUp = request.endsCaughtUp
    let filter = StreamFilter(
      types: request.filter.types, categories: request.filter.categories,
      streams: request.filter.streams, tags: request.filter.tags, actors: request.filter.actors)
    let start: StreamStart =
      switch request.start {
      case nil, .atEnd(false): .beginning
      case .atEnd(true): .end
      case .after(let position): .after(position)
      case .cursor(let cursor): .cursor(cursor)
      case .atUs(let microseconds): .time(microseconds: microseconds)
      }
    do throws(ServiceError) {
      subscription = try caller.workspace.subscribe(
        filter, from: start, maxLag: request.hasMaxLag ? request.maxLag : nil)
    } catch { throw GRPCStatus(error) }
  }

  deinit {
    do throws(ServiceError) { try subscription.end() } catch {
      // The log is closed, or full: nobody is left to tell.
    }
  }

  func next() throws(GRPCStatus) -> ResponseStep {
    guard hasOpened else {
      hasOpened = true
      return .message(
        try Self.message {
          $0.opened = .with {
            $0.header = subscription.header
            $0.headerDigest = .init(subscription.headerDigest)
            $0.cursor = subscription.cursor
          }
        })
    }
    guard !isOver else { return .end }
    try caller.check()
    let step: StreamStep
    do throws(ServiceError) { step = try subscription.next() } catch { throw GRPCStatus(error) }
    switch step {
    case .events(let events): return .message(try EventsMessage.bytes(events))
    case .checkpoint(let mark): return .message(try Self.message { $0.checkpoint = .init(mark) })
    case .fellBehind(let mark): return .message(try Self.message { $0.fellBehind = .init(mark) })
    case .caughtUp(let mark):
      isOver = endsCaughtUp
      return .message(try Self.message { $0.caughtUp = .init(mark) })
    case .nothing:
      let subscription = subscription
      return .ask { wake in subscription.whenGrown(wake) }
    }
  }

  private static func message(
    _ fill: (inout StreamsSubscribeResponse) -> Void
  ) throws(GRPCStatus) -> [UInt8] {
    try StreamsService.encoded(StreamsSubscribeResponse.with(fill)).get()
  }
}

extension StreamsEvent {
  init(_ event: StreamedEvent) {
    self = .with {
      $0.position = event.position
      $0.cursor = event.cursor
      guard let content = event.content else {
        $0.withheld = true
        return
      }
      $0.redacted = content.isRedacted
      $0.leafHash = .init(content.leafHash)
      $0.type = content.type
      $0.stream = content.stream
      $0.eventID = content.id
      $0.cloudEvent = content.json
    }
  }
}

extension StreamsMark {
  init(_ mark: StreamMark) {
    self = .with {
      $0.cursor = mark.cursor
      if let position = mark.position { $0.position = position }
      $0.logSize = mark.size
      $0.digest = mark.digest
    }
  }
}

/// The messages of `Consume`: what the group hands out, as long as the caller takes it.
final class ConsumerSource: ResponseSource {
  /// What the waiting task has brought.
  private struct Arrived {
    var session: ConsumerSession?
    var deliveries: [Delivery] = []
    var failure: GRPCStatus?
    var isOver = false
  }

  private let caller: StreamCaller
  private let request: StreamsConsumeRequest
  private let arrived = Box()
  private var hasJoined = false

  private final class Box: Sendable {
    let value = Mutex(Arrived())
  }

  init(_ request: StreamsConsumeRequest, for caller: StreamCaller) {
    self.caller = caller
    self.request = request
  }

  deinit {
    let box = arrived
    // A session that is being made ends itself when it sees that nobody waits.
    let session = box.value.withLock { arrived in
      arrived.isOver = true
      return arrived.session
    }
    if let session { Task { await session.end() } }
  }

  func next() throws(GRPCStatus) -> ResponseStep {
    try caller.check()
    let (session, deliveries, failure, isOver) = arrived.value.withLock { arrived in
      defer { arrived.deliveries = [] }
      return (arrived.session, arrived.deliveries, arrived.failure, arrived.isOver)
    }
    if let failure { throw failure }
    guard let session else { return .wait(joining()) }
    guard hasJoined else {
      hasJoined = true
      return .message(
        try Self.message { $0.joined = .with { $0.consumerID = session.number } })
    }
    if !deliveries.isEmpty {
      return .message(
        try Self.message {
          $0.deliveries.deliveries = deliveries.map { delivery in
            .with {
              $0.event = StreamsEvent(delivery.event)
              $0.attempt = UInt32(clamping: delivery.attempt)
            }
          }
        })
    }
    guard !isOver else {
      throw GRPCStatus(.unavailable, "The group was changed or ended: connect again.")
    }
    let box = arrived
    return .wait {
      do throws(ServiceError) {
        let deliveries = try await session.next()
        box.value.withLock {
          $0.deliveries += deliveries ?? []
          if deliveries == nil { $0.isOver = true }
        }
      } catch { box.value.withLock { $0.failure = GRPCStatus(error) } }
      return true
    }
  }

  func check() throws(GRPCStatus) { try caller.check() }

  private func joining() -> @Sendable () async -> Bool {
    let (box, caller, request) = (arrived, caller, request)
    return {
      do throws(ServiceError) {
        let credit = request.maxInFlight == 0 ? 32 : Int(request.maxInFlight)
        let session = try await caller.workspace.consume(
          request.group, as: request.consumer, credit: credit)
        let isWanted = box.value.withLock { arrived in
          guard !arrived.isOver else { return false }
          arrived.session = session
          return true
        }
        if !isWanted { await session.end() }
      } catch { box.value.withLock { $0.failure = GRPCStatus(error) } }
      return true
    }
  }

  private static func message(
    _ fill: (inout StreamsConsumeResponse) -> Void
  ) throws(GRPCStatus) -> [UInt8] {
    try StreamsService.encoded(StreamsConsumeResponse.with(fill)).get()
  }
}
