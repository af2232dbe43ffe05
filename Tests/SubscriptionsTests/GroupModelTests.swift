import Subscriptions
import TestSupport
import Testing

/// A group against a model that is simple enough to be right: the set of events not yet settled.
///
/// Seeded; the seed is in each failure.
@Suite struct GroupModelTests {
  /// What a disk would hold.
  struct Disk {
    var saved = SavedGroup(checkpoint: 0)
    var parked: [UInt64: ParkedEvent] = [:]

    mutating func apply(_ changes: GroupChanges) {
      if let checkpoint = changes.checkpoint { saved.checkpoint = checkpoint }
      saved.done.formUnion(changes.done)
      saved.done.subtract(changes.undone)
      for (position, event) in changes.pending { saved.pending[position] = event }
      for (position, event) in changes.parked { parked[position] = event }
      saved.parkedCount = parked.count
    }
  }

  struct Trial {
    let strategy: DispatchStrategy
    let seed: UInt64
    var generator: SeededGenerator
    var machine: GroupMachine
    var disk = Disk()
    var now: Int64 = 0
    var consumers: [ConsumerID] = []
    /// The events that match, by position, with their streams.
    var events: [UInt64: UInt64] = [:]
    var size: UInt64 = 0
    /// What a consumer holds, to the best of the test's knowledge.
    var held: [UInt64: ConsumerID] = [:]
    var settled: Set<UInt64> = []
    /// Settled and on disk: never to be seen again.
    var kept: Set<UInt64> = []
    /// Of each stream, what was settled for the first time, in order.
    var settledOfStream: [UInt64: [UInt64]] = [:]
    let rules: ConsumerRules

    init(_ strategy: DispatchStrategy, seed: UInt64) {
      self.strategy = strategy
      self.seed = seed
      generator = SeededGenerator(seed: seed)
      var rules = ConsumerRules()
      rules.strategy = strategy
      rules.window = 12
      rules.attemptLimit = 4
      rules.ackSeconds = 5
      rules.firstRetrySeconds = 1
      rules.mostRetrySeconds = 4
      self.rules = rules
      machine = GroupMachine(rules, restoring: disk.saved, now: 0)
    }

    var name: Comment { "\(strategy) seed \(seed)" }

    mutating func chance(_ one: Int, in all: Int) -> Bool {
      Int.random(in: 0..<all, using: &generator) < one
    }

    mutating func step() {
      switch Int.random(in: 0..<10, using: &generator) {
      case 0, 1: grow()
      case 2: join()
      case 3: if chance(1, in: 3) { leave() }
      case 4, 5, 6: answer()
      case 7: pass()
      case 8: keep()
      default: if chance(1, in: 4) { crash() } else { replay() }
      }
      load()
      dispatch()
      check()
    }

    mutating func grow() {
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        if chance(3, in: 4) { events[size] = UInt64.random(in: 0..<4, using: &generator) }
        size += 1
      }
    }

    mutating func join() {
      guard consumers.count < 4 else { return }
      consumers.append(
        machine.join("c", credit: Int.random(in: 1...5, using: &generator), now: now))
    }

    mutating func leave() {
      guard let index = consumers.indices.randomElement(using: &generator) else { return }
      let gone = consumers.remove(at: index)
      machine.leave(gone, now: now)
      forget { $0.value == gone }
    }

    /// Takes away what is held no more; the last attempt may have parked it.
    mutating func forget(_ isGone: ((key: UInt64, value: ConsumerID)) -> Bool) {
      held = held.filter { !isGone($0) }
      noteParked()
    }

    mutating func noteParked() {
      for (position, event) in pendingParked() where event != nil { settled.insert(position) }
    }

    func pendingParked() -> [UInt64: ParkedEvent?] {
      var copy = machine
      return copy.takeChanges().parked
    }

    mutating func load() {
      let room = machine.room
      guard room > 0, machine.nextToRead < size else { return }
      let found = events.filter { $0.key >= machine.nextToRead }.sorted { $0.key < $1.key }
        .prefix(room)
      let isWhole = found.count < room
      machine.load(
        found.map { Arrival(position: $0.key, stream: $0.value) },
        through: isWhole ? size : found.last.map { $0.key + 1 } ?? size)
    }

    mutating func dispatch() {
      for assignment in machine.dispatch(now: now) {
        let position = assignment.position
        #expect(!kept.contains(position), "\(position) was settled and kept: \(name)")
        #expect(held[position] == nil, "\(position) is with two: \(name)")
        #expect(consumers.contains(assignment.consumer), name)
        #expect(assignment.attempt <= rules.attemptLimit, name)
        #expect(events[position] != nil, name)
        if strategy.keepsStreamOrder {
          let others = held.keys.filter { events[$0] == events[position] }
          #expect(others.isEmpty, "\(position) beside \(others) of its stream: \(name)")
        }
        held[position] = assignment.consumer
      }
      if strategy == .single { #expect(Set(held.values).count <= 1, name) }
    }

    mutating func answer() {
      guard
        let (position, consumer) = held.sorted(by: { $0.key < $1.key })
          .randomElement(using: &generator)
      else { return }
      let answer: ConsumerAnswer
      switch Int.random(in: 0..<8, using: &generator) {
      case 0: answer = .retry(reason: "r", seconds: nil)
      case 1: answer = .park(reason: "p")
      case 2: answer = .skip
      case 3: answer = .extend(seconds: 9)
      default: answer = .done
      }
      let isTaken = machine.answer(answer, on: position, by: consumer, now: now)
      #expect(isTaken, name)
      if case .extend = answer { return }
      held[position] = nil
      switch answer {
      case .done, .skip, .park:
        if settled.insert(position).inserted, let stream = events[position] {
          settledOfStream[stream, default: []].append(position)
        }
      case .retry: noteParked()
      case .extend: break
      }
    }

    mutating func pass() {
      now += Int64.random(in: 0...4_000_000, using: &generator)
      for (_, position) in machine.pass(to: now) { held[position] = nil }
      noteParked()
    }

    mutating func keep() {
      disk.apply(machine.takeChanges())
      kept = settled
    }

    mutating func replay() {
      keep()
      let some = disk.parked.sorted { $0.key < $1.key }.prefix(2)
      machine.replay(some.map { ($0.key, $0.value) }, now: now)
      for (position, _) in some {
        settled.remove(position)
        kept.remove(position)
      }
    }

    /// What was not kept is lost, and comes again.
    mutating func crash() {
      // A replay of parked events that was not kept is void: they are parked still.
      settled = kept.union(disk.parked.keys)
      held = [:]
      consumers = []
      machine = GroupMachine(rules, restoring: disk.saved, now: now)
    }

    func check() {
      #expect(machine.checkpoint <= machine.nextToRead, name)
      let status = machine.status(logSize: size, now: now)
      #expect(status.inFlight == held.count, name)
      #expect(status.inFlight + status.ready + status.retrying <= rules.window + 4, name)
    }

    /// Everything is worked off at last: nothing is lost.
    mutating func finish() {
      join()
      for _ in 0..<2_000 {
        load()
        dispatch()
        for (position, consumer) in held.sorted(by: { $0.key < $1.key }) {
          let isTaken = machine.answer(.done, on: position, by: consumer, now: now)
          #expect(isTaken, name)
          held[position] = nil
          settled.insert(position)
        }
        now += 5_000_000
        for (_, position) in machine.pass(to: now) { held[position] = nil }
        if machine.checkpoint == size { break }
      }
      keep()
      #expect(machine.checkpoint == size, name)
      #expect(disk.saved.done.isEmpty, name)
      let lost = Set(events.keys).subtracting(settled).subtracting(disk.parked.keys)
      #expect(lost.isEmpty, "lost \(lost.sorted()): \(name)")
    }
  }

  @Test(arguments: DispatchStrategy.allCases, 1...40)
  func `nothing is lost, doubled after it was kept, or out of its stream's order`(
    strategy: DispatchStrategy, seed: UInt64
  ) {
    var trial = Trial(strategy, seed: seed)
    for _ in 0..<300 { trial.step() }
    trial.finish()
  }
}
