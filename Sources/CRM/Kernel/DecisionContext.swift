package import EventModel
package import Schema

/// What a decision may look at beside the record itself; given from outside, so that the same
/// command on the same state always decides the same.
package struct DecisionContext: Sendable {
  package var now: Timestamp
  /// When the actor says it happened; at most five minutes behind ``now``.
  package var occurredAt: Timestamp
  /// The day of ``now`` in the organisation's time zone.
  package var today: CalendarDate
  package var actor: ActorID
  package var actorKind: ActorKind.Code
  /// For whom the actor acts; `nil` for the actor's own part.
  package var onBehalfOf: ActorID?
  package var channel: Channel.Code
  package var reason: Reason?
  package var settings: OrganizationSettings
  package var records: RecordStates
  /// What resembles the record in hand, most alike first; empty where nothing was looked for.
  package var matches: [MatchFinding] = []
  /// Days in the organisation's time zone.
  package var calendar = LocalCalendar.utc
  /// The pools for records of the type in question, in the order of their making.
  package var poolIDs: [String] = []
  /// The last contact about the record, where the decision looks at it.
  package var lastFollowUp: FollowUp?
  /// What the guards count, where the decision looks at it.
  package var counters: [GuardCounter: CounterStanding] = [:]
  /// How far time zones are from UTC.
  package var zones: ZoneOffsets
  /// How many events the log had when the command was decided on.
  package var logSize: UInt64

  package init(
    now: Timestamp, occurredAt: Timestamp? = nil, today: CalendarDate, actor: ActorID,
    actorKind: ActorKind.Code = .user, channel: Channel.Code, reason: Reason? = nil,
    settings: OrganizationSettings = OrganizationSettings(),
    records: RecordStates = RecordStates(), onBehalfOf: ActorID? = nil,
    zones: ZoneOffsets = .utc, logSize: UInt64 = 0
  ) {
    self.now = now
    self.occurredAt = occurredAt ?? now
    self.today = today
    self.actor = actor
    self.actorKind = actorKind
    self.channel = channel
    self.reason = reason
    self.settings = settings
    self.records = records
    self.onBehalfOf = onBehalfOf
    self.zones = zones
    self.logSize = logSize
  }

  /// Whether the command brings in a history, or is a policy's: people's own rules don't bind it.
  package var isSystem: Bool { actorKind == .system }

  /// Whose rights count: those of the person on whose behalf it is done.
  package var effectiveActorID: String { onBehalfOf?.text ?? actor.text }
}

/// Why: a code of the reference data, and words, which are sealed under the record's subject.
package struct Reason: Hashable, Sendable {
  package let code: String
  package let text: String

  package init(code: String, text: String = "") {
    self.code = code
    self.text = text
  }
}

extension DecisionContext {
  package func count(_ counter: GuardCounter) -> CounterStanding { counters[counter] ?? .zero }

  /// The actor's reason, without which `command` is refused.
  package func requireReason(for command: String) throws(Refusal) {
    guard let reason, !reason.code.isEmpty else { throw .reasonRequired(command) }
  }

  /// The record that `field` refers to, which must exist (S-7).
  package func require<A: Aggregate>(
    _ type: A.Type, _ id: String, field: String
  ) throws(Refusal) -> A {
    guard let state = records.state(type, id) else {
      throw .missing(RecordKey(A.objectType, id), field: field)
    }
    return state
  }
}

/// The states of the other records that a command names, loaded beforehand.
package struct RecordStates: Sendable {
  private var states: [RecordKey: (any Aggregate)?] = [:]
  private var childKeys: [RecordKey: [RecordKey]] = [:]
  private var participantIDs: [RecordKey: Set<String>] = [:]
  private var holdingKeys: [String: [RecordKey]] = [:]

  package init() {}

  /// Keeps `state`; `nil` says that the record was looked for and doesn't exist.
  package mutating func insert(_ state: (any Aggregate)?, for key: RecordKey) {
    states[key] = .some(state)
  }

  /// Whether the record was looked for.
  package func isLoaded(_ key: RecordKey) -> Bool { states[key] != nil }

  /// The record `id`; `nil` when it doesn't exist.
  package func state<A: Aggregate>(_ type: A.Type, _ id: String) -> A? {
    guard let found = states[RecordKey(A.objectType, id)], let state = found as? A, state.exists
    else { return nil }
    return state
  }

  /// The record with whatever state it has; `nil` when it doesn't exist.
  package func anyState(_ key: RecordKey) -> (any Aggregate)? {
    guard let found = states[key], let state = found, state.exists else { return nil }
    return state
  }

  /// Keeps the records that belong to `parent`, whose states are inserted as well.
  package mutating func insertChildren(_ children: [RecordKey], of parent: RecordKey) {
    childKeys[parent] = children
  }

  /// The records that belonged to `parent` at any time, in the order of the log; none unless
  /// they were asked for.
  package func children(of parent: RecordKey) -> [RecordKey] { childKeys[parent] ?? [] }

  /// Keeps who had a part in `record`: who made it, worked on it, owned it.
  package mutating func insertParticipants(_ ids: Set<String>, of record: RecordKey) {
    participantIDs[record] = ids
  }

  /// Who had a part in `record` at any time; nobody unless it was asked for.
  package func participants(of record: RecordKey) -> Set<String> { participantIDs[record] ?? [] }

  /// Keeps what the user owns, of every type.
  package mutating func insertHoldings(_ records: [RecordKey], of userID: String) {
    holdingKeys[userID] = records
  }

  /// What the user owns, in the order of type and identifier; none unless it was asked for.
  package func holdings(of userID: String) -> [RecordKey] { holdingKeys[userID] ?? [] }
}
