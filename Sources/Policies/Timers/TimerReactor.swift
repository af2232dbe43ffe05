internal import CRM
package import Commands
package import EventLog
package import EventModel
internal import LMDB
internal import Schema
internal import SwiftProtobuf

/// Carries out what is due: the one place where the passing of time becomes commands.
///
/// Each timer fires once, whatever stops the process in between: the log is read to its end before
/// a timer is looked at, so that one whose events are recorded is armed no more; and the command's
/// idempotency key is made of the timer.
package actor TimerReactor {
  private let log: EventLog
  private let executor: CommandExecutor
  private let store: TimerStore
  private let clock: @Sendable () -> Timestamp
  private let accepted: AcceptedClock?

  /// How many timers are taken at a time.
  static let batchLimit = 256
  /// The most days between the last event and the clock, unless a time is named: a clock that
  /// jumped ahead for a moment must not make everything expire.
  package static let gapLimitDays: Int64 = 30
  /// How long a timer whose command was refused waits.
  static let retryMicroseconds: Int64 = 3_600_000_000

  /// - Parameters:
  ///   - log: open for writing.
  ///   - executor: the log's.
  ///   - store: the log's timers, not read only.
  ///   - clock: the one that the log has.
  ///   - accepted: that somebody said that it is right, if so.
  package init(
    log: EventLog, executor: CommandExecutor, store: TimerStore,
    clock: @escaping @Sendable () -> Timestamp, accepted: AcceptedClock? = nil
  ) {
    self.log = log
    self.executor = executor
    self.store = store
    self.clock = clock
    self.accepted = accepted
  }

  /// When the next timer is due; `nil` when none is armed.
  package func nextDue() throws(TimerError) -> Timestamp? {
    try TimerFold(log: log, store: store).catchUp()
    do { return try store.nextDue() } catch { throw .storage(error) }
  }

  /// Carries out the timers that are due.
  ///
  /// - Parameters:
  ///   - until: those due by this time, which must have come; the clock's when `nil`, which is
  ///     refused when it is far ahead of all that is recorded.
  ///   - limit: at most so many timers.
  /// - Returns: what was carried out, and whether more is due.
  /// - Throws: ``TimerError``; what was carried out before stays.
  package func run(until: Timestamp? = nil, limit: Int = .max) async throws(TimerError) -> TimerRun
  {
    let end = try end(until)
    var run = TimerRun()
    while run.lookedAtCount < limit {
      try TimerFold(log: log, store: store).catchUp()
      let batch: [ArmedTimer]
      do {
        batch = try store.timers(
          dueBy: end, limit: min(Self.batchLimit, limit - run.lookedAtCount))
      } catch { throw .storage(error) }
      guard !batch.isEmpty else { return run }
      try await carryOut(batch, upTo: end, &run)
    }
    let more: [ArmedTimer]
    do { more = try store.timers(dueBy: end, limit: 1) } catch { throw .storage(error) }
    run.isCutShort = !more.isEmpty
    return run
  }

  private func end(_ until: Timestamp?) throws(TimerError) -> Timestamp {
    let now = clock()
    if let until {
      guard until <= now else { throw .notYet(until: until, now: now) }
      return until
    }
    let events: [RecordedEvent]
    do {
      events = try log.events(EventSelection(direction: .backwards, limit: 1))
    } catch { throw .storage(error) }
    if let last = events.first?.recordedAt,
      now
        > AcceptedClock.latest(accepted, after: last)
        .advanced(byMicroseconds: Self.gapLimitDays * 86_400_000_000)
    {
      throw .clockAhead(now: now, last: last)
    }
    return now
  }

  /// A timer leaves the batch in every case: fired, settled or moved behind `end`.
  private func carryOut(
    _ batch: [ArmedTimer], upTo end: Timestamp, _ run: inout TimerRun
  ) async throws(TimerError) {
    var settled: [ArmedTimer] = []
    var waiting: [(timer: ArmedTimer, until: Timestamp)] = []
    for (timer, look) in zip(batch, await looks(at: batch)) {
      switch look {
      case .fired(let result):
        run.fired.append(.init(timer: timer, result: result))
        // Its events have moved or disarmed it; if they didn't, it has had its time.
        settled.append(timer)
      case .settled:
        run.settledCount += 1
        settled.append(timer)
      case .waiting(let until):
        run.waitingCount += 1
        waiting.append((timer, max(until, Timestamp(microseconds: end.microseconds + 1))))
      case .swept(let opened, let next):
        run.openedCaseCount += opened
        run.waitingCount += 1
        waiting.append((timer, max(next, Timestamp(microseconds: end.microseconds + 1))))
      case .failed(.refused(let refusal)):
        run.refused.append(.init(timer: timer, refusal: refusal))
        switch refusal.code {
        case .archived, .merged, .notFound, .erased: settled.append(timer)
        case _: waiting.append((timer, end.advanced(byMicroseconds: Self.retryMicroseconds)))
        }
      case .failed(let failure): throw .command(failure)
      }
    }
    // What events have moved is moved before anything is taken away.
    try TimerFold(log: log, store: store).catchUp()
    do {
      try store.conclude(settled: settled, waiting: waiting)
    } catch { throw .storage(error) }
  }

  private enum Look: Sendable {
    case fired(CommandResult)
    case settled
    case waiting(until: Timestamp)
    case swept(opened: Int, next: Timestamp)
    case failed(CommandFailure)
  }

  /// Looks at the timers side by side, so that their commands share the log's syncs; those of one
  /// record one after the other.
  private func looks(at batch: [ArmedTimer]) async -> [Look] {
    var lines: [RecordKey: [Int]] = [:]
    for (index, timer) in batch.enumerated() { lines[timer.key.record, default: []].append(index) }
    return await withTaskGroup(of: [(Int, Look)].self) { group in
      for line in lines.values {
        group.addTask {
          var looks: [(Int, Look)] = []
          for index in line {
            do throws(CommandFailure) {
              looks.append((index, try await self.look(at: batch[index])))
            } catch { looks.append((index, .failed(error))) }
          }
          return looks
        }
      }
      var all: [Look] = batch.map { _ in .settled }
      for await looks in group {
        for (index, look) in looks { all[index] = look }
      }
      return all
    }
  }

  private nonisolated func look(at timer: ArmedTimer) async throws(CommandFailure) -> Look {
    guard let policy = TimerPolicies.policy(named: timer.key.policy) else { return .settled }
    let command = policy.command(of: timer.key)
    let context = try context(of: timer)
    let situation = try executor.situation(of: command, context)
    switch policy.outcome(of: timer, on: situation.record, in: situation.context) {
    case .settle: return .settled
    case .wait(let until): return .waiting(until: until)
    case .sweepDuplicates(let next):
      var opened = 0
      for type in [ObjectType.Code.account, .contact, .lead] {
        opened += try await executor.sweepDuplicates(type).count
      }
      return .swept(opened: opened, next: next)
    case .fire: return try await carryOut(command, context)
    case .carryOut(let other): return try await carryOut(other, context)
    }
  }

  private nonisolated func carryOut(
    _ command: CommandPayload, _ context: CommandContext
  ) async throws(CommandFailure) -> Look {
    let result = try await executor.execute(command, context)
    return result.count == 0 ? .settled : .fired(result)
  }

  private nonisolated func context(of timer: ArmedTimer) throws(CommandFailure) -> CommandContext {
    var context = CommandContext(
      actor: ActorID(system: "timer"), actorKind: .system, channel: .automation,
      idempotencyKey: Self.key(of: timer))
    let cause: [RecordedEvent]
    do {
      cause = try log.events(
        EventSelection(from: timer.armedBy, through: timer.armedBy, limit: 1))
    } catch { throw .storage(error) }
    context.causation = cause.first?.eventID
    context.policyRefs = [
      .with { ($0.kind, $0.id, $0.version) = ("timer", timer.key.policy, TimerPolicies.version) }
    ]
    return context
  }

  /// The same timer, armed by the same event for the same time, asks once.
  private static func key(of timer: ArmedTimer) -> String {
    var bytes = TimerEntry.key(timer.key)
    bytes.append(bigEndian: timer.dueAt.microseconds)
    bytes.append(bigEndian: timer.armedBy.rawValue)
    return "timer-\(timer.key.policy)-\(Digest.sha256(bytes).hex.prefix(32))"
  }
}
