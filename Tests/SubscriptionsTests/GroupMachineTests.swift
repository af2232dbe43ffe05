import Subscriptions
import TestSupport
import Testing

@Suite struct GroupMachineTests {
  static func machine(
    _ strategy: DispatchStrategy = .roundRobin, events: Int, streams: UInt64 = 4,
    _ change: (inout ConsumerRules) -> Void = { _ in }
  ) -> HeldMachine {
    var rules = ConsumerRules()
    rules.strategy = strategy
    change(&rules)
    let machine = HeldMachine(rules, restoring: SavedGroup(checkpoint: 0))
    machine.load(
      (0..<UInt64(events)).map { Arrival(position: $0, stream: $0 % streams) },
      through: UInt64(events))
    return machine
  }

  @Test func `round robin gives each consumer its turn, and no more than it has room for`() {
    let machine = Self.machine(events: 10)
    let ann = machine.join("ann", credit: 3, now: 0)
    let bob = machine.join("bob", credit: 2, now: 0)
    let given = machine.dispatch(now: 0)
    #expect(given.map(\.position) == [0, 1, 2, 3, 4])
    #expect(given.filter { $0.consumer == ann }.map(\.position) == [0, 2, 4])
    #expect(given.filter { $0.consumer == bob }.map(\.position) == [1, 3])
    #expect(machine.dispatch(now: 0).isEmpty)
  }

  @Test func `a stream's next event waits for the one before, whatever becomes of it`() {
    let machine = Self.machine(.byStream, events: 8, streams: 2)
    let ann = machine.join("ann", credit: 100, now: 0)
    #expect(machine.dispatch(now: 0).map(\.position) == [0, 1])
    #expect(machine.answer(.retry(reason: "later", seconds: 5), on: 0, by: ann, now: 0))
    #expect(machine.answer(.done, on: 1, by: ann, now: 0))
    #expect(machine.dispatch(now: 0).map(\.position) == [3])
    _ = machine.pass(to: 5_000_000)
    #expect(machine.dispatch(now: 5_000_000).map(\.position) == [0])
    #expect(machine.answer(.park(reason: "bad"), on: 0, by: ann, now: 5_000_000))
    #expect(machine.dispatch(now: 5_000_000).map(\.position) == [2])
  }

  @Test func `a stream stays with its consumer while the same ones are connected`() {
    let machine = Self.machine(.byStream, events: 60, streams: 12)
    let all = (0..<3).map { machine.join("c\($0)", credit: 100, now: 0) }
    var home: [UInt64: ConsumerID] = [:]
    while true {
      let given = machine.dispatch(now: 0)
      if given.isEmpty { break }
      for assignment in given {
        let stream = assignment.position % 12
        #expect(home[stream, default: assignment.consumer] == assignment.consumer)
        home[stream] = assignment.consumer
        #expect(
          machine.answer(.done, on: assignment.position, by: assignment.consumer, now: 0))
      }
    }
    #expect(machine.checkpoint == 60)
    #expect(Set(home.values).count > 1)
    #expect(Set(home.values).isSubset(of: all))
  }

  @Test func `with a single active consumer the next one takes over when it leaves`() {
    let machine = Self.machine(.single, events: 6)
    let first = machine.join("first", credit: 2, now: 0)
    let second = machine.join("second", credit: 2, now: 0)
    #expect(machine.dispatch(now: 0).map(\.consumer) == [first, first])
    machine.leave(first, now: 1)
    let taken = machine.dispatch(now: 1)
    #expect(taken.map(\.position) == [0, 1])
    #expect(taken.allSatisfy { $0.consumer == second && $0.attempt == 2 })
  }

  @Test func `an event that nobody answers for is parked after its last attempt`() {
    let machine = Self.machine(events: 1) {
      $0.attemptLimit = 3
      $0.ackSeconds = 10
    }
    let ann = machine.join("ann", credit: 1, now: 0)
    var now: Int64 = 0
    for attempt in 1...3 {
      #expect(machine.dispatch(now: now).map(\.attempt) == [attempt])
      now += 10_000_000
      #expect(machine.pass(to: now).map(\.position) == [0])
    }
    #expect(machine.parkedCount == 1)
    #expect(machine.checkpoint == 1)
    #expect(!machine.answer(.done, on: 0, by: ann, now: now))
    let changes = machine.takeChanges()
    let parked = changes.parked[0].flatMap { $0 }
    #expect(parked?.attempts == 3)
    #expect(parked?.reason == "the consumer ann did not answer in 10 s")
    machine.replay([(0, ParkedEvent(stream: 0, attempts: 3, reason: "", at: 0))], now: now)
    #expect(machine.dispatch(now: now).map(\.attempt) == [1])
  }

  @Test func `the window bounds what is read, and a full parking place stops the group`() {
    let machine = Self.machine(events: 0) {
      $0.window = 5
      $0.parkedLimit = 2
    }
    #expect(machine.room == 0)
    let ann = machine.join("ann", credit: 100, now: 0)
    #expect(machine.room == 5)
    machine.load((0..<5).map { Arrival(position: $0, stream: $0) }, through: 5)
    #expect(machine.room == 0)
    #expect(machine.dispatch(now: 0).count == 5)
    for position: UInt64 in [0, 1] {
      #expect(machine.answer(.park(reason: "no"), on: position, by: ann, now: 0))
    }
    #expect(machine.room == 0)
    let status = machine.status(logSize: 9, now: 0)
    #expect(status.state == .stopped)
    #expect(status.reason.contains("2 events are parked"))
    machine.discard([0])
    #expect(machine.room == 2)
  }

  @Test func `a status says why nothing moves`() {
    let machine = Self.machine(events: 2)
    #expect(machine.status(logSize: 2, now: 0).state == .waitingForConsumers)
    let ann = machine.join("ann", credit: 1, now: 0)
    _ = machine.dispatch(now: 0)
    let busy = machine.status(logSize: 2, now: 4_000_000)
    #expect(busy.reason.contains("is 0, with ann, attempt 1, for 26 s more"))
    _ = machine.answer(.done, on: 0, by: ann, now: 0)
    _ = machine.dispatch(now: 0)
    _ = machine.answer(.retry(reason: "the CRM is down", seconds: 60), on: 1, by: ann, now: 0)
    let retry = machine.status(logSize: 2, now: 0)
    #expect(retry.state == .waitingToRetry)
    #expect(retry.reason == "Event 1 is tried again in 60 s, attempt 2: the CRM is down.")
    _ = machine.pass(to: 60_000_000)
    _ = machine.dispatch(now: 60_000_000)
    _ = machine.answer(.done, on: 1, by: ann, now: 60_000_000)
    #expect(machine.status(logSize: 2, now: 0).state == .waitingForEvents)
  }
}

/// A machine that expectations can ask to change.
final class HeldMachine {
  private var machine: GroupMachine

  init(_ rules: ConsumerRules, restoring saved: SavedGroup) {
    machine = GroupMachine(rules, restoring: saved, now: 0)
  }

  var checkpoint: UInt64 { machine.checkpoint }
  var parkedCount: Int { machine.parkedCount }
  var room: Int { machine.room }

  func load(_ arrivals: [Arrival], through end: UInt64) { machine.load(arrivals, through: end) }
  func join(_ name: String, credit: Int, now: Int64) -> ConsumerID {
    machine.join(name, credit: credit, now: now)
  }
  func leave(_ id: ConsumerID, now: Int64) { machine.leave(id, now: now) }
  func dispatch(now: Int64) -> [Assignment] { machine.dispatch(now: now) }
  func answer(
    _ answer: ConsumerAnswer, on position: UInt64, by id: ConsumerID, now: Int64
  ) -> Bool {
    machine.answer(answer, on: position, by: id, now: now)
  }
  func pass(to now: Int64) -> [(consumer: ConsumerID, position: UInt64)] { machine.pass(to: now) }
  func replay(_ events: [(position: UInt64, event: ParkedEvent)], now: Int64) {
    machine.replay(events, now: now)
  }
  func discard(_ positions: [UInt64]) { machine.discard(positions) }
  func takeChanges() -> GroupChanges { machine.takeChanges() }
  func status(logSize: UInt64, now: Int64) -> GroupStatus {
    machine.status(logSize: logSize, now: now)
  }
}
