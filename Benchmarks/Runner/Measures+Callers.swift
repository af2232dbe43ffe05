import BenchmarkLoad
import EventLog
import EventModel
import Foundation
import Synchronization

/// Appends of several callers at once, and with conditions.
extension Measures {
  /// Which conditions an append has.
  private enum Conditions: String, Sendable {
    case none
    /// Each stream written stands as expected.
    case streams
    /// No event behind the last one has the account's tag: the usual query of a DCB client.
    case tags
  }

  /// Appends `--events` events, `--group` a request, by `--callers` threads at once.
  ///
  /// The events are made before; each caller salts and hashes its own sections. `--conditions`
  /// are `none`, `streams` or `tags`; `--tags` bounds how many tags an event has.
  static func callers(_ arguments: Arguments) throws -> Figures {
    let count = try arguments.count("events")
    let group = try arguments.count("group")
    let callers = try arguments.count("callers")
    let conditions = Conditions(rawValue: try arguments.text("conditions"))
    guard let conditions else { throw BenchError.missing("conditions") }
    let log = try opened(try arguments.text("folder"))
    let seed = UInt64(try arguments.count("seed"))
    let each = max(1, count / callers / group)
    let loads = (0..<callers).map { caller in
      var history = GeneratedHistory(
        seed: seed + UInt64(caller), eventsPerCommand: group,
        tagLimit: arguments.optionalCount("tags") ?? .max)
      return (0..<each).map { _ in (0..<group).compactMap { _ in history.next() } }
    }
    let outcome = Outcome()
    let clock = ContinuousClock()
    let started = clock.now
    for (caller, load) in loads.enumerated() {
      Thread {
        outcome.add(
          Result { () throws(AppendError) in
            try appendAll(load, conditions, seed: seed + UInt64(caller), to: log)
          })
      }.start()
    }
    let pieces = try outcome.wait(for: callers)
    let seconds = (clock.now - started).seconds
    let spread = Stopwatch.spread(of: pieces)
    log.close()
    return Figures(
      [("events", Double(each * group * callers)), ("seconds", seconds)] + spread)
  }

  /// What the callers' threads found.
  private final class Outcome: Sendable {
    private let pieces = Mutex<[Double]>([])
    private let failure = Mutex<AppendError?>(nil)
    private let done = DispatchSemaphore(value: 0)

    func add(_ result: Result<[Double], AppendError>) {
      switch result {
      case .success(let found): pieces.withLock { $0 += found }
      case .failure(let error): failure.withLock { $0 = error }
      }
      done.signal()
    }

    func wait(for count: Int) throws -> [Double] {
      for _ in 0..<count { done.wait() }
      if let error = failure.withLock({ $0 }) { throw error }
      return pieces.withLock { $0 }
    }
  }

  /// Appends the requests of one caller; says how long each took.
  private static func appendAll(
    _ load: [[GeneratedEvent]], _ conditions: Conditions, seed: UInt64, to log: EventLog
  ) throws(AppendError) -> [Double] {
    var watch = Stopwatch()
    var salts = SaltSource(seed: seed)
    for (number, generated) in load.enumerated() {
      try watch.time { () throws(AppendError) in
        let command = CommandID(high: seed, low: UInt64(number) + 1)
        let events = generated.map { $0.finished(salt: &salts) }
        let required = Self.conditions(conditions, events, log, generated)
        _ = try log.appendAndWait(
          AppendRequest(command: command, events: events, conditions: required))
      }
    }
    return watch.pieces
  }

  private static func conditions(
    _ kind: Conditions, _ events: [NewEvent], _ log: EventLog, _ generated: [GeneratedEvent]
  ) -> [AppendCondition] {
    switch kind {
    case .none: return []
    case .streams:
      return Set(events.map(\.stream)).map { .stream($0, .any) }
    case .tags:
      let after = log.size > 0 ? Position(log.size - 1) : nil
      return generated.compactMap { event in
        guard let tag = event.tags.first.flatMap({ Tag($0) }) else { return nil }
        return .noMatch(.tags([tag]), after: after)
      }
    }
  }
}
