package import CRM
internal import EventLog
internal import EventModel
package import Schema

/// What one look at the log decided, and what must still hold when it is appended.
struct DecisionRound: Sendable {
  let now: Timestamp
  let events: [DecidedEvent]
  let conditions: [AppendCondition]
  let context: DecisionContext
  /// The records that the events make.
  let madeIDs: [String]
  /// By what right, where that was checked.
  let authorization: Authorization?
}

extension CommandExecutor {
  /// How many records one decision may look at.
  static let recordLimit = 5000

  /// Decides when no command that resembles this one is on its way.
  func decideInTurn(
    _ command: AskedCommand, _ context: CommandContext
  ) async throws(CommandFailure) -> DecisionRound {
    for _ in 1...Self.waitLimit {
      switch try decide(command, context) {
      case .decided(let round): return round
      case .busy(let generation): await identity.wait(after: generation)
      }
    }
    throw .refused(
      Refusal(
        .contention,
        "Too many records that resemble each other are made at once; send \(command.name) again."))
  }

  /// How many others a command waits for.
  private static let waitLimit = 65_536

  enum Decision: Sendable {
    case decided(DecisionRound)
    case busy(generation: UInt64)
  }

  /// Loads what the decision needs, and decides.
  private func decide(
    _ command: AskedCommand, _ context: CommandContext
  ) throws(CommandFailure) -> Decision {
    var looked = LookedAt(reader: reader)
    let (target, standing) = try situation(of: command.body, context, &looked)
    var decision = standing
    var authorization = context.authorization
    if context.isChecked {
      authorization = try authorize(command, on: target, decision, context, &looked)
    }
    if let generation = try match(command, target, &decision, &looked) {
      return .busy(generation: generation)
    }
    let events: [DecidedEvent]
    do {
      events = try command.body.decide(on: target, in: decision)
    } catch { throw .refused(error) }
    try check(events)
    let madeIDs = try looked.made(by: events)
    return .decided(
      DecisionRound(
        now: decision.now, events: events, conditions: looked.allConditions(), context: decision,
        madeIDs: madeIDs, authorization: authorization))
  }

  /// The record that `command` is about, and all that its decision would look at, as they are now.
  ///
  /// For whoever has to know whether a command makes sense before it is carried out.
  package func situation(
    of command: CommandPayload, _ context: CommandContext
  ) throws(CommandFailure) -> (record: any Aggregate, context: DecisionContext) {
    var looked = LookedAt(reader: reader)
    return try situation(of: command.executable, context, &looked)
  }

  private func situation(
    of body: any ExecutableCommand, _ context: CommandContext, _ looked: inout LookedAt
  ) throws(CommandFailure) -> (record: any Aggregate, context: DecisionContext) {
    let now = clock()
    let size = log.size
    guard body.target.stream != nil else {
      throw .refused(
        Refusal(.format, "“\(body.target.id)” is no identifier of a record; correct it."))
    }
    guard let target = try looked.load(body.target) else {
      throw .refused(
        .notAvailable("A command on a \(body.target.typeName)", needs: "that aggregate"))
    }
    try checkRevision(of: target, body.target, context)
    let settings = (try looked.load(Organization.key)?.state as? Organization)?.settings
    var decision = DecisionContext(
      now: now, occurredAt: context.occurredAt ?? now,
      today: ActorDirectory.day(of: now, in: settings?.timeZone ?? "UTC"), actor: context.actor,
      actorKind: context.actorKind, channel: context.channel, reason: context.reason,
      settings: settings ?? OrganizationSettings(), onBehalfOf: context.onBehalfOf,
      zones: ActorDirectory.zones, logSize: size)
    decision.records.insert(target.state, for: body.target)
    decision.calendar = ActorDirectory.calendar(of: settings?.timeZone ?? "UTC")
    if body.looksAtPools { decision.poolIDs = try poolIDs() }
    if body.looksAtRecycling { try lookAtRecycling(of: body.target, size, &decision, &looked) }
    if let record = body.contacted(on: target.state) {
      try lookAtContacts(with: record, size, &decision, &looked)
    }
    for counter in body.counters(on: target.state, in: decision) {
      decision.counters[counter] = try standing(of: counter)
    }
    for parent in body.parents(on: target.state) where parent.stream != nil {
      let query = try children(of: parent, &decision, &looked)
      let last = size == 0 ? nil : Position(size - 1)
      looked.conditions.append(.noMatch(query, after: last))
    }
    if let record = body.participants() {
      decision.records.insertParticipants(try participants(of: record), of: record)
    }
    if let userID = body.holder(on: target.state) {
      decision.records.insertHoldings(try holdings(of: userID), of: userID)
      // What the user gets from here on is a reason to decide again.
      let query = EventQuery.tags(
        [RecordKey.user(userID).tag].compactMap(\.self), types: Self.ownerTypes)
      let last = size == 0 ? nil : Position(size - 1)
      looked.conditions.append(.noMatch(query, after: last))
    }
    try loadNeeds(of: body, target.state, &decision, &looked)
    // Whom a rule may choose is known only now, and so is what they hold.
    let later = body.counters(on: target.state, in: decision).filter {
      decision.counters[$0] == nil
    }
    if !later.isEmpty {
      for counter in later { decision.counters[counter] = try standing(of: counter) }
      try loadNeeds(of: body, target.state, &decision, &looked)
    }
    return (target.state, decision)
  }

  private func checkRevision(
    of target: LoadedRecord, _ key: RecordKey, _ context: CommandContext
  ) throws(CommandFailure) {
    guard let expected = context.expectedRevision, expected != target.revision else { return }
    let actual = target.revision.map { "revision \($0)" } ?? "no event"
    throw .refused(
      Refusal(
        .version,
        "The \(key) has \(actual), and the command expects revision \(expected); read it "
          + "again and decide anew.", field: "expectedRevision"))
  }

  private func loadNeeds(
    of body: any ExecutableCommand, _ record: any Aggregate, _ decision: inout DecisionContext,
    _ looked: inout LookedAt
  ) throws(CommandFailure) {
    while looked.count < Self.recordLimit {
      let missing = body.needs(on: record, in: decision).filter {
        !$0.id.isEmpty && !decision.records.isLoaded($0)
      }
      guard !missing.isEmpty else { return }
      for key in missing where !decision.records.isLoaded(key) {
        let state = try looked.load(key)?.state
        decision.records.insert(state.flatMap { $0.exists ? $0 : nil }, for: key)
      }
    }
    throw .refused(
      Refusal(
        .range, "The command looks at more than \(Self.recordLimit) records; do it in parts."))
  }

  /// Loads the records that ever belonged to `parent`, and returns what found them.
  private func children(
    of parent: RecordKey, _ decision: inout DecisionContext, _ looked: inout LookedAt
  ) throws(CommandFailure) -> EventQuery {
    guard let tag = parent.tag else { return EventQuery() }
    let query = EventQuery.tags([tag], types: Self.childTypes)
    let events: [RecordedEvent]
    do {
      events = try log.events(EventSelection(query, limit: Self.recordLimit))
    } catch { throw .storage(error) }
    guard events.count < Self.recordLimit else {
      throw .refused(
        Refusal(
          .range,
          "The \(parent) has more than \(Self.recordLimit) children; transfer them in "
            + "parts."))
    }
    var keys: [RecordKey] = []
    for event in events {
      guard let stream = StreamName(event.stream), let key = RecordKey(stream),
        key != parent, !keys.contains(key)
      else { continue }
      keys.append(key)
      decision.records.insert(try looked.load(key)?.state, for: key)
    }
    decision.records.insertChildren(keys, of: parent)
    return query
  }

  private static let childTypes = [
    "OpportunityCreated", "OpportunityMovedToAccount", "ContactCreated", "ContactMovedToAccount",
    "TaskCreated", "TicketOpened", "DuplicateSuspected", "CollisionDetected",
  ].compactMap { EventType($0) }

  private static let ownerTypes = [
    "OwnershipAssigned", "OwnershipTransferred", "OwnershipClaimed", "OwnershipReleasedToPool",
  ].compactMap { EventType($0) }

  /// Who made the record, owned it, worked on it or registered it.
  ///
  /// - Complexity: a look at each of its events of those kinds.
  private func participants(of record: RecordKey) throws(CommandFailure) -> Set<String> {
    guard let tag = record.tag else { return [] }
    let query = EventQuery.tags([tag], types: Self.participationTypes)
    var ids: Set<String> = []
    var from: Position?
    while true {
      let events: [RecordedEvent]
      do {
        events = try log.events(EventSelection(query, from: from, limit: Self.recordLimit))
      } catch { throw .storage(error) }
      for event in events {
        ids.insert(event.actor)
        if !event.onBehalfOf.isEmpty { ids.insert(event.onBehalfOf) }
        do {
          if case .ownership(.collaboratorAdded(let added))? = try event.payload() {
            ids.insert(added.userID)
          }
        } catch { throw .unreadable(error) }
      }
      guard events.count == Self.recordLimit, let last = events.last else { return ids }
      from = last.position.next
    }
  }

  private static let participationTypes = [
    "AccountCreated", "ActivityLogged", "CollaboratorAdded", "ContactCreated", "LeadCaptured",
    "OpportunityCreated", "OwnershipAssigned", "RegistrationSubmitted", "TicketOpened",
  ].compactMap { EventType($0) }

  /// What the user owns now, by the guard of holdings.
  private func holdings(of userID: String) throws(CommandFailure) -> [RecordKey] {
    do {
      return try log.standing(at: GuardDefinitions.holdingsKey(userID)).members
        .compactMap { RecordKey(text: String(decoding: $0, as: UTF8.self)) }
    } catch { throw .storage(error) }
  }

  /// Values of enumerations that came in with the command and that no code knows.
  private func check(_ events: [DecidedEvent]) throws(CommandFailure) {
    do {
      for event in events {
        try event.payload.checkValues()
        for part in event.personal { try part.payload.checkValues() }
      }
    } catch {
      throw .refused(Refusal(.unknownCode, "\(error)"))
    }
  }
}

/// The records of one round, and where their streams stood.
struct LookedAt {
  private let reader: RecordReader
  private var revisions: [RecordKey: Revision?] = [:]
  /// In the order in which they were looked at.
  private var streams: [(stream: StreamName, revision: Revision?)] = []
  var conditions: [AppendCondition] = []

  init(reader: RecordReader) { self.reader = reader }

  var count: Int { revisions.count }

  /// The record, which must not change before the events are appended; `nil` when this version
  /// has no such aggregate or the identifier can't be one.
  mutating func load(_ key: RecordKey) throws(CommandFailure) -> LoadedRecord? {
    guard let loaded = try reader.load(key) else { return nil }
    if revisions[key] == nil {
      revisions[key] = .some(loaded.revision)
      streams.append((loaded.stream, loaded.revision))
    }
    return loaded
  }

  func allConditions() -> [AppendCondition] {
    conditions
      + streams.map { .stream($0.stream, $0.revision.map { .exactly($0) } ?? .none) }
  }

  /// The records that `events` make: those whose streams had no event.
  ///
  /// Streams that were not looked at must have none either.
  mutating func made(by events: [DecidedEvent]) throws(CommandFailure) -> [String] {
    var made: [String] = []
    for event in events {
      if revisions[event.record] == nil { _ = try load(event.record) }
      guard case .some(.none) = revisions[event.record], !made.contains(event.record.id) else {
        continue
      }
      made.append(event.record.id)
    }
    return made
  }
}
