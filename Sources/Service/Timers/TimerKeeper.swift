internal import EventLog
internal import EventModel
internal import LMDB
internal import Policies
internal import Synchronization

/// Carries out a server's timers when they are due: the process that writes the log is the only one
/// that can.
///
/// A clock that leaps ahead by more than 30 days between two looks, or stands so far beyond the last
/// event when the server starts, is not trusted: nothing is carried out until it is back, or a
/// person decides.
public final class TimerKeeper: Sendable {
  private struct State {
    /// The clock when it was trusted last.
    var trusted: Timestamp
    /// How many events the log had when its timers were read last.
    var size: UInt64?
    var nextDue: Timestamp?
    var isHeld = false
    var firedCount: UInt64 = 0
    var refusedCount: UInt64 = 0
    var failure: String?
  }

  /// Timers of one look: so that a server that was down for long does other things in between.
  private static let lookLimit = 4_096
  private static let leapMicroseconds = TimerReactor.gapLimitDays * 86_400_000_000

  private let workspace: Workspace
  private let pause: Duration
  private let report: @Sendable (String) -> Void
  private let state: Mutex<State>

  /// Keeps the timers of `workspace`; made before the server records anything of its own.
  ///
  /// - Parameters:
  ///   - workspace: open for writing.
  ///   - pause: between two looks.
  ///   - report: takes sentences for whoever runs the server.
  /// - Throws: ``ServiceError`` when the log can't be read.
  public init(
    _ workspace: Workspace, pause: Duration = .seconds(1),
    report: @escaping @Sendable (String) -> Void
  ) throws(ServiceError) {
    self.workspace = workspace
    self.pause = pause
    self.report = report
    do throws(LMDBError) {
      let last = try workspace.log.events(EventSelection(direction: .backwards, limit: 1)).first
      let trusted = last.map { last in
        AcceptedClock.latest(workspace.acceptedClock, after: last.recordedAt)
      }
      state = Mutex(State(trusted: trusted ?? workspace.clock()))
    } catch { throw ServiceError(storage: error) }
  }

  /// Looks until its task is cancelled.
  public func run() async {
    while !Task.isCancelled {
      await look()
      do { try await Task.sleep(for: pause) } catch { return }
    }
  }

  /// Carries out what is due now.
  public func look() async {
    let now = workspace.clock()
    guard isTrusted(now) else { return }
    do throws(TimerError) {
      let reactor = try workspace.reactor()
      guard try await isDue(now, reactor) else { return }
      let run = try await reactor.run(until: now, limit: Self.lookLimit)
      let next = try await reactor.nextDue()
      state.withLock {
        $0.firedCount += UInt64(run.fired.count)
        $0.refusedCount += UInt64(run.refused.count)
        $0.nextDue = next
        $0.failure = nil
      }
    } catch { tell("Timers can't be carried out: \(ServiceError(error).sentence)") }
  }

  /// Reads the timers that new events armed; whether one is due.
  private func isDue(
    _ now: Timestamp, _ reactor: TimerReactor
  ) async throws(TimerError) -> Bool {
    let size = workspace.log.size
    if state.withLock({ $0.size }) != size {
      let next = try await reactor.nextDue()
      state.withLock { ($0.size, $0.nextDue) = (size, next) }
    }
    return state.withLock { state in state.nextDue.map { $0 <= now } ?? false }
  }

  private func isTrusted(_ now: Timestamp) -> Bool {
    let (isTrusted, isNews) = state.withLock { state -> (Bool, Bool) in
      let isTrusted = now <= state.trusted.advanced(byMicroseconds: Self.leapMicroseconds)
      if isTrusted { state.trusted = now }
      defer { state.isHeld = !isTrusted }
      return (isTrusted, state.isHeld == isTrusted)
    }
    if isNews {
      report(
        isTrusted
          ? "The clock is back: timers go on."
          : "The clock stands more than \(TimerReactor.gapLimitDays) days ahead of all that is "
            + "recorded, so no timer is carried out: mend the clock, or, when it is right, stop the "
            + "server, say so with `deed log accept-clock`, and start it again.")
    }
    return isTrusted
  }

  /// The same failure is told once.
  private func tell(_ sentence: String) {
    let isNew = state.withLock { state in
      defer { state.failure = sentence }
      return state.failure != sentence
    }
    if isNew { report(sentence) }
  }

  /// What is wrong, a sentence each.
  public var notes: [String] {
    let state = state.withLock { $0 }
    return (state.isHeld ? ["timers are held: the clock leapt ahead"] : [])
      + (state.failure.map { [$0] } ?? [])
  }

  /// What a monitor asks, in the text format of Prometheus.
  public var metrics: String {
    let state = state.withLock { $0 }
    let late = state.nextDue.map { max(0, workspace.clock().microseconds - $0.microseconds) } ?? 0
    return """
      # HELP deed_timers_fired_total Timers that became events since the server started.
      # TYPE deed_timers_fired_total counter
      deed_timers_fired_total \(state.firedCount)
      # HELP deed_timers_refused_total Timers whose command was refused since the server started.
      # TYPE deed_timers_refused_total counter
      deed_timers_refused_total \(state.refusedCount)
      # HELP deed_timers_late_seconds How long the first timer that is due waits.
      # TYPE deed_timers_late_seconds gauge
      deed_timers_late_seconds \(late / 1_000_000)
      # HELP deed_timers_held Whether timers wait for a clock that can be trusted.
      # TYPE deed_timers_held gauge
      deed_timers_held \(state.isHeld ? 1 : 0)

      """
  }
}
