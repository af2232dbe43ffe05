import CRM
import EventModel
import Schema
import SwiftProtobuf

/// Carries out decisions in memory: what a workspace does, without a log.
struct Desk {
  private(set) var records: [RecordKey: any Aggregate] = [:]
  /// Every event in its order, with the record in whose stream it stands.
  private(set) var facts: [(record: RecordKey, fact: Fact)] = []
  var now = Timestamp(microseconds: 1_760_000_000_000_000)
  var settings = OrganizationSettings()
  private var serial = 0

  init() {}

  /// A desk with the users `admin`, `boss`, `ann`, `bob` (both below the boss) and `carl`, who is
  /// suspended.
  static func staffed() -> Desk {
    var desk = Desk()
    for (id, manager, roles) in [
      ("usr_admin", "", [BuiltInRole.administrator]), ("usr_boss", "", []),
      ("usr_ann", "usr_boss", []), ("usr_bob", "usr_boss", []), ("usr_carl", "usr_boss", []),
    ] {
      let provisioned = UserProvisioned.with {
        ($0.userID, $0.managerID, $0.roleIds, $0.active) = (id, manager, roles, true)
      }
      desk.record(DecidedEvent(.user(id), .user(.userProvisioned(provisioned))), by: "usr_admin")
    }
    desk.record(DecidedEvent(.user("usr_carl"), .user(.userSuspended(.init()))), by: "usr_admin")
    return desk
  }

  /// The record `id`; before its first event when it doesn't exist.
  func state<A: Aggregate>(_ type: A.Type, _ id: String) -> A {
    records[RecordKey(A.objectType, id)] as? A ?? A()
  }

  func context(
    by actor: String, reason: String? = nil, channel: Channel.Code = .web,
    kind: ActorKind.Code = .user, at occurredAt: Timestamp? = nil
  ) throws -> DecisionContext {
    guard let actor = ActorID(actor) else { throw DeskError.noActor(actor) }
    let days = Int(now.microseconds / 86_400_000_000)
    return DecisionContext(
      now: now, occurredAt: occurredAt, today: CalendarDate(daysSince1970: days), actor: actor,
      actorKind: kind, channel: channel, reason: reason.map { Reason(code: $0) },
      settings: settings)
  }

  /// Decides and records a command of an aggregate.
  @discardableResult
  mutating func run<A: Aggregate>(
    _ type: A.Type, _ command: A.Command, _ context: DecisionContext,
    parents: [String] = []
  ) throws -> [DecidedEvent] {
    var command = command
    A.identify(&command) { prefix in
      serial += 1
      return "\(prefix)_\(serial)"
    }
    let target = state(A.self, A.target(of: command))
    var context = context
    try load(&context) { target.needs(for: command, in: $0) }
    for parent in [A.target(of: command)] + parents {
      addChildren(of: RecordKey(A.objectType, parent), to: &context)
    }
    return recordAll(try target.decide(command, in: context), context)
  }

  /// Decides and records a command on who owns a record.
  @discardableResult
  mutating func run(
    _ command: OwnershipDecision.Command, _ context: DecisionContext
  ) throws -> [DecidedEvent] {
    var command = command
    OwnershipDecision.identify(&command) { prefix in
      serial += 1
      return "\(prefix)_\(serial)"
    }
    let key = OwnershipDecision.target(of: command)
    let empty = Aggregates.empty(key.type) as? any OwnedAggregate
    guard let target = records[key] as? any OwnedAggregate ?? empty else {
      throw DeskError.noOwner(key)
    }
    var context = context
    try load(&context) { OwnershipDecision.needs(for: command, on: target, in: $0) }
    addChildren(of: key, to: &context)
    return recordAll(try OwnershipDecision.decide(command, on: target, in: context), context)
  }

  private func load(
    _ context: inout DecisionContext, _ needs: (DecisionContext) -> [RecordKey]
  ) throws {
    for _ in 0..<100 {
      let missing = needs(context).filter { !context.records.isLoaded($0) }
      guard !missing.isEmpty else { return }
      for key in missing { context.records.insert(records[key], for: key) }
    }
    throw DeskError.endlessNeeds
  }

  /// Every record that some event of `parent`'s names is one of its children.
  func addChildren(of parent: RecordKey, to context: inout DecisionContext) {
    var children: [RecordKey] = []
    for (record, fact) in facts where record != parent && !children.contains(record) {
      guard EventTags.references(of: fact.payload).contains(parent) else { continue }
      children.append(record)
      context.records.insert(records[record], for: record)
    }
    context.records.insertChildren(children, of: parent)
  }

  private mutating func recordAll(
    _ events: [DecidedEvent], _ context: DecisionContext
  ) -> [DecidedEvent] {
    for event in events { record(event, by: context.actor.text, at: context.occurredAt) }
    now = now.advanced(byMicroseconds: 1_000_000)
    return events
  }

  mutating func record(_ event: DecidedEvent, by actor: String, at occurredAt: Timestamp? = nil) {
    guard let actor = ActorID(actor) else { return }
    let revision = facts.count { $0.record == event.record }
    let fact = Fact(
      payload: event.payload, personal: event.personal.map { .value($0.payload) },
      position: Position(UInt64(facts.count)), revision: Revision(UInt64(revision)),
      recordedAt: now, occurredAt: occurredAt ?? now, actor: actor)
    facts.append((event.record, fact))
    guard var state = records[event.record] ?? Aggregates.empty(event.record.type) else { return }
    state.apply(fact)
    records[event.record] = state
  }

  /// The record folded anew from its events.
  func replayed(_ key: RecordKey) -> (any Aggregate)? {
    guard var state = Aggregates.empty(key.type) else { return nil }
    for (record, fact) in facts where record == key { state.apply(fact) }
    return state
  }
}

enum DeskError: Error {
  case noActor(String)
  case noOwner(RecordKey)
  case endlessNeeds
}

/// The code with which `body` is refused; `nil` when it isn't.
func refusal(_ body: () throws -> Void) throws -> RefusalCode? {
  do {
    try body()
    return nil
  } catch let refusal as Refusal {
    return refusal.code
  }
}
