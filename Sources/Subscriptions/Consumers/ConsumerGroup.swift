package import EventLog
package import EventModel
internal import Foundation
package import LMDB

/// A consumer group at work: reads the log for its machine, keeps what the machine must not lose,
/// and wakes the consumers for whom there is something.
///
/// It holds positions, no events: who takes an assignment reads its event from the log.
package actor ConsumerGroup {
  package nonisolated let definition: ConsumerDefinition
  private let log: EventLog
  private let store: ConsumerStore
  private let clock: @Sendable () -> Timestamp
  private let query: EventQuery
  private var machine: GroupMachine
  /// Handed out, and not yet fetched by the consumer.
  private var outboxes: [ConsumerID: [Assignment]] = [:]
  private var waiting: [ConsumerID: CheckedContinuation<Void, Never>] = [:]
  private var runner: Task<Void, Never>?
  private var isClosed = false
  private var failure: LMDBError?
  private var changeNumber: UInt64 = 0
  private var keptNumber: UInt64 = 0
  private var keeping: Write?
  private var statusAt: Int64 = 0
  /// Parked events that leave, until the store knows it.
  private var leaving: Set<UInt64> = []

  /// How many events are read at a time.
  private static let readLimit = 512

  /// - Throws: ``ConsumerFailure`` when nothing is kept of this generation, or the log is older
  ///   than what is kept.
  package init(
    _ definition: ConsumerDefinition, log: EventLog, store: ConsumerStore,
    clock: @escaping @Sendable () -> Timestamp
  ) throws(ConsumerFailure) {
    self.definition = definition
    self.log = log
    self.store = store
    self.clock = clock
    do throws(FilterError) { query = try definition.filter.query } catch { throw .filter(error) }
    let saved: SavedGroup?
    do throws(LMDBError) {
      saved = try store.group(
        definition.name, origin: log.origin, generation: definition.generation)
    } catch { throw .storage(error) }
    guard let saved else { throw .stateMissing(definition.name) }
    guard saved.checkpoint <= log.size else {
      throw .logBehind(definition.name, checkpoint: saved.checkpoint, size: log.size)
    }
    machine = GroupMachine(
      definition.rules, restoring: saved, now: clock().microseconds)
    machine.isPaused = definition.isPaused
  }

  private var now: Int64 { clock().microseconds }

  /// Connects a consumer that takes up to `credit` events at a time.
  package func join(_ name: String, credit: Int) -> ConsumerID {
    let id = machine.join(name, credit: credit, now: now)
    outboxes[id] = []
    startRunning()
    step()
    return id
  }

  /// What the consumer did not answer goes to others.
  package func leave(_ id: ConsumerID) {
    outboxes[id] = nil
    waiting.removeValue(forKey: id)?.resume()
    machine.leave(id, now: now)
    step()
  }

  /// Waits for assignments; `nil` when the consumer left, or the group was closed.
  package func next(_ id: ConsumerID) async -> [Assignment]? {
    while !isClosed, let outbox = outboxes[id], !Task.isCancelled {
      if !outbox.isEmpty {
        outboxes[id] = []
        return outbox
      }
      guard waiting[id] == nil else { return nil }
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          if Task.isCancelled { continuation.resume() } else { waiting[id] = continuation }
        }
      } onCancel: {
        Task { await self.wake(id) }
      }
    }
    return nil
  }

  private func wake(_ id: ConsumerID) { waiting.removeValue(forKey: id)?.resume() }

  /// Takes answers, and returns when they are durable.
  ///
  /// - Returns: the positions that this consumer didn't hold any more.
  package func settle(
    _ answers: [(position: UInt64, answer: ConsumerAnswer)], by id: ConsumerID
  ) async throws(ConsumerFailure) -> [UInt64] {
    let now = now
    var stale: [UInt64] = []
    for (position, answer) in answers
    where !machine.answer(answer, on: position, by: id, now: now) {
      stale.append(position)
    }
    step()
    try await keep()
    return stale
  }

  /// Moves parked events, all of them when `positions` is `nil`, back ahead of what is new, or
  /// gives them up.
  ///
  /// - Returns: how many.
  package func settleParked(
    _ positions: [UInt64]?, replaying: Bool
  ) async throws(ConsumerFailure) -> Int {
    try await keep()
    var found: [(position: UInt64, event: ParkedEvent)] = []
    do throws(LMDBError) {
      let limit = positions == nil ? machine.rules.window : Int.max
      found = try store.parkedEvents(of: definition.name, limit: limit)
    } catch { throw .storage(error) }
    if let positions {
      let wanted = Set(positions)
      found = found.filter { wanted.contains($0.position) }
    }
    // The store still has those that another call settles.
    found.removeAll { leaving.contains($0.position) }
    let positions = found.map(\.position)
    leaving.formUnion(positions)
    defer { leaving.subtract(positions) }
    if replaying {
      machine.replay(found, now: now)
    } else {
      machine.discard(positions)
    }
    step()
    try await keep()
    return found.count
  }

  package func status() -> GroupStatus { machine.status(logSize: log.size, now: now) }

  /// Lets all consumers go, and keeps where it stands.
  package func close() async {
    isClosed = true
    runner?.cancel()
    for id in outboxes.keys.sorted() {
      waiting.removeValue(forKey: id)?.resume()
      machine.leave(id, now: now)
    }
    outboxes = [:]
    do throws(ConsumerFailure) { try await keep() } catch {
      // What was not kept is handed out again.
    }
  }
}

/// At work.
extension ConsumerGroup {
  private func startRunning() {
    guard runner == nil, !isClosed else { return }
    runner = Task { [weak self] in
      while !Task.isCancelled {
        guard let wait = await self?.turn() else { return }
        await wait()
      }
    }
  }

  /// One look at the log and the clock; says how to wait for the next, `nil` at the end.
  private func turn() async -> (@Sendable () async -> Void)? {
    guard !isClosed else { return nil }
    step()
    if machine.hasChanges || now - statusAt > 1_000_000 {
      do throws(ConsumerFailure) { try await keep() } catch {
        // Told to whoever answers, and in the status; tried again with the next turn.
      }
    }
    let size = log.size
    let isBehind = machine.nextToRead < size
    let due = machine.nextDue.map { max(0, $0 - now) } ?? 1_000_000
    let microseconds = min(due + 1_000, 1_000_000)
    let log = log
    let mayGrow = !isBehind
    return {
      await withTaskGroup(of: Void.self) { group in
        if mayGrow { group.addTask { _ = await log.waitForGrowth(beyond: size) } }
        group.addTask {
          do { try await Task.sleep(for: .microseconds(microseconds)) } catch {
            // Cancelled: the other one has come, or the group is closed.
          }
        }
        await group.next()
        group.cancelAll()
      }
    }
  }

  /// Everything that can be done now without waiting.
  private func step() {
    let now = now
    for (consumer, position) in machine.pass(to: now) {
      outboxes[consumer]?.removeAll { $0.position == position }
    }
    repeat {
      for assignment in machine.dispatch(now: now) {
        outboxes[assignment.consumer]?.append(assignment)
      }
    } while read()
    for (id, outbox) in outboxes where !outbox.isEmpty {
      waiting.removeValue(forKey: id)?.resume()
    }
    if machine.hasChanges { changeNumber += 1 }
  }

  /// Reads on; whether anything new came.
  private func read() -> Bool {
    let size = log.size
    let room = min(machine.room, Self.readLimit)
    guard room > 0, machine.nextToRead < size else { return false }
    var arrivals: [Arrival] = []
    do throws(LMDBError) {
      let selection = EventSelection(
        query, from: Position(machine.nextToRead), through: Position(size - 1), limit: room)
      try log.scan(selection) { layout, record throws(LMDBError) in
        let leaf = record.extracting(layout.leafRange)
        let stream = Digest.sha256(leaf.extracting(layout.leaf.stream)).bytes
        arrivals.append(
          Arrival(
            position: layout.leaf.position(in: leaf).rawValue,
            stream: stream.span.bigEndian(at: 0)))
        return .proceed
      }
      failure = nil
    } catch {
      failure = error
      return false
    }
    let isWhole = arrivals.count < room
    machine.load(arrivals, through: isWhole ? size : (arrivals.last?.position ?? 0) + 1)
    return !arrivals.isEmpty
  }

  /// Makes everything that was changed durable; changes that come meanwhile share the next write.
  private func keep() async throws(ConsumerFailure) {
    changeNumber += 1
    let wanted = changeNumber
    while keptNumber < wanted {
      let write = keeping ?? beginWrite()
      let error = await write.task.value
      // Whoever comes first ends it: the others find that it has ended.
      if keeping?.number == write.number {
        keeping = nil
        if let error {
          machine.giveBack(write.changes)
          failure = error
        } else {
          keptNumber = write.number
        }
      }
      if let error, write.number >= wanted { throw .storage(error) }
    }
  }

  private func beginWrite() -> Write {
    let changes = machine.takeChanges()
    let status = status()
    statusAt = status.at
    let (store, name) = (store, definition.name)
    let task = Task { () -> LMDBError? in
      do throws(LMDBError) {
        try await store.apply(changes, to: name, status: status)
        return nil
      } catch { return error }
    }
    let write = Write(number: changeNumber, changes: changes, task: task)
    keeping = write
    return write
  }

  /// Changes on their way to the disk.
  private struct Write {
    let number: UInt64
    let changes: GroupChanges
    let task: Task<LMDBError?, Never>
  }
}

/// Why a consumer can't go on.
package enum ConsumerFailure: Error, Hashable, Sendable {
  case filter(FilterError)
  case storage(LMDBError)
  /// Nothing is kept of it, though it was made.
  case stateMissing(String)
  /// An older log was restored: its events are others.
  case logBehind(String, checkpoint: UInt64, size: UInt64)
}

extension ConsumerFailure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .filter(let error): "\(error)"
    case .storage(let error): "What the consumer did can't be read or written: \(error)."
    case .stateMissing(let name):
      "Nothing is kept of what the consumer “\(name)” had, as after a restored backup: say from "
        + "where it goes on with `deed subscription reset \(name) --to POSITION`."
    case .logBehind(let name, let checkpoint, let size):
      "The consumer “\(name)” stands at position \(checkpoint), and the log has \(size) events, as "
        + "after a restored backup: `deed subscription reset \(name) --to POSITION`."
    }
  }
}
