internal import EventLog
internal import EventModel

extension EventStore {
  /// Appends `events` together and durably, or none of them.
  ///
  /// `answer` is called once, on the writer's thread, which it must not hold up, or at once: with
  /// the position of the last event. When the condition fails because these very events (their
  /// UUIDs and bytes) stand there already, the answer is their position: a repeat is harmless. No
  /// events: the head, or 0.
  /// - Parameters:
  ///   - events: up to 65,536, of 64 MiB at the most each and 256 MiB together.
  ///   - condition: what must hold.
  ///   - tracking: must be ahead of what its source has.
  ///   - answer: gets the position, or ``ServiceError`` `DCB.CONDITION`, `DCB.TRACKING`,
  ///     `DCB.READ_ONLY`, `VALIDATION.…` or `STORAGE.…`.
  public func append(
    _ events: [StoredEvent], condition: StoreCondition? = nil, tracking: TrackedPosition? = nil,
    then answer: @escaping @Sendable (Result<UInt64, ServiceError>) -> Void
  ) {
    guard case .store = place else {
      return answer(
        .failure(
          ServiceError(
            .refused, code: "DCB.READ_ONLY",
            "This workspace is a CRM's: it takes commands over HTTP, and events over no wire, for "
              + "they could pass its rules.")))
    }
    guard !events.isEmpty else { return answer(.success(head ?? 0)) }
    let attempt = AppendAttempt(
      store: self, events: events, condition: condition, tracking: tracking, answer: answer)
    attempt.start(left: Self.attemptLimit)
  }

  /// Appends like the other form, and waits.
  public func append(
    _ events: [StoredEvent], condition: StoreCondition? = nil, tracking: TrackedPosition? = nil
  ) async throws(ServiceError) -> UInt64 {
    let result = await withCheckedContinuation { continuation in
      append(events, condition: condition, tracking: tracking) {
        continuation.resume(returning: $0)
      }
    }
    return try result.get()
  }

  /// How often another append to the same source may come first.
  static let attemptLimit = 16
}

/// One append on its way.
private struct AppendAttempt: Sendable {
  let store: EventStore
  let events: [StoredEvent]
  let condition: StoreCondition?
  let tracking: TrackedPosition?
  let answer: @Sendable (Result<UInt64, ServiceError>) -> Void

  func start(left: Int) {
    let request: AppendRequest
    do throws(ServiceError) {
      request = try self.request()
    } catch { return answer(.failure(error)) }
    store.log.append(request) { result in
      switch result {
      case .success(let done): answer(.success(number(of: done.last)))
      case .failure(.matched(let position)): settle(position, left: left)
      case .failure(let error): answer(.failure(ServiceError(error)))
      }
    }
  }

  private func number(of position: Position) -> UInt64 {
    guard case .store(let foreign) = store.place else { return position.rawValue + 1 }
    return position.rawValue + 1 - UInt64(foreign.count { $0 < position.rawValue })
  }

  private func request() throws(ServiceError) -> AppendRequest {
    var conditions: [AppendCondition] = []
    if let condition {
      let after = condition.after ?? 0
      conditions.append(
        .noMatch(
          EventQuery(of: condition.query),
          after: after == 0 ? nil : store.place.lastPosition(through: after)))
    }
    if let tracking {
      let known = try store.trackingEvent(of: tracking.source)
      if let known, known.position >= tracking.position {
        throw ServiceError(
          .refused, code: "DCB.TRACKING",
          "The source “\(tracking.source)” stands at \(known.position): \(tracking.position) is "
            + "not ahead of it; nothing was appended.")
      }
      conditions.append(
        .noMatch(.tags([StoreTag.source.tag(tracking.source)]), after: known?.event))
    }
    let time = store.clock()
    return AppendRequest(
      command: CommandID(version7At: time, random: store.random.words()),
      events: store.recordable(events, tracking, at: time), conditions: conditions)
  }

  /// An event at `position` stands in the way: of the condition, or of the tracking alone.
  private func settle(_ position: Position, left: Int) {
    do throws(ServiceError) {
      if let condition, try store.matches(condition.query, at: position) {
        if let last = try store.lastOfRepeat(of: events, around: position) {
          return answer(.success(number(of: last)))
        }
        throw ServiceError(
          .refused, code: "DCB.CONDITION",
          "The condition failed: the event at \(number(of: position)) matches its query; nothing "
            + "was appended.")
      }
      guard left > 1 else {
        throw ServiceError(
          .refused, code: "DCB.TRACKING",
          "Others append to the same source all the time; nothing was appended: try again.")
      }
    } catch { return answer(.failure(error)) }
    start(left: left - 1)
  }
}

extension StorePlace {
  /// Where looking from the store's event behind `number` on begins: the log's position before.
  func lastPosition(through number: UInt64) -> Position {
    let next = number.addingReportingOverflow(1)
    guard !next.overflow else { return Position(.max - 1) }
    let position = self.position(of: next.partialValue)
    return Position(min(position, .max - 1) - 1)
  }
}

extension EventStore {
  static let eventType = storeType("StoreEventRecorded")
  static let contentType = ContentType.protobuf("umadb.v1.Event")
  static let trackingType = ContentType.protobuf("umadb.v1.TrackingInfo")
  private static let metadataType = ContentType.protobuf("deed.envelope.v1.Metadata")
  private static let actor = ActorID(system: "dcb")

  private static func storeType(_ name: String) -> EventType {
    guard let type = EventType(name) else { preconditionFailure("“\(name)” is an event type") }
    return type
  }

  /// The most events of one append.
  package static let appendLimit = 65_536

  /// The events as the log takes them.
  func recordable(
    _ events: [StoredEvent], _ tracking: TrackedPosition?, at time: Timestamp
  ) -> [NewEvent] {
    // An identifier and a salt for each section: asked for at once, since each asking costs.
    let wordCount = tracking == nil ? 3 : 4
    let bytes = random.bytes(16 * wordCount * events.count)
    return events.enumerated().map { index, event in
      let start = 16 * wordCount * index
      var sections = [
        section(Self.metadataType, metadata(of: event, tracking, at: time), bytes, start + 16),
        section(Self.contentType, event.message, bytes, start + 32),
      ]
      if let tracking {
        var content: [UInt8] = []
        content.append(field: 1, bytes: Array(tracking.source.utf8))
        content.append(field: 2, varint: tracking.position)
        sections.append(section(Self.trackingType, content, bytes, start + 48))
      }
      return NewEvent(
        eventID: EventID(version7At: time, random: bytes.span.identifier(at: start)),
        stream: Self.stream, type: Self.eventType, actor: Self.actor, sections: sections)
    }
  }

  private func section(
    _ type: String, _ content: [UInt8], _ random: [UInt8], _ offset: Int
  ) -> NewSection {
    NewSection(
      kind: .plain,
      blob: PlainSection.encode(
        salt: random.span.identifier(at: offset), contentType: type, content: content))
  }

  /// `deed.envelope.v1.Metadata` with its time and tags.
  private func metadata(
    of event: StoredEvent, _ tracking: TrackedPosition?, at time: Timestamp
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(event.tags.reduce(event.type.utf8.count + 24) { $0 + $1.utf8.count + 6 })
    bytes.append(field: 1, varint: UInt64(bitPattern: time.microseconds))
    for tag in event.distinctTags { bytes.append(tagField: .tag, tag) }
    bytes.append(tagField: .type, event.type)
    if let tracking { bytes.append(tagField: .source, tracking.source) }
    return bytes
  }
}
