internal import CRM
internal import Commands
internal import EventModel
internal import Foundation
internal import LMDB
package import Policies

/// What is to happen when time has passed, and carrying it out.
extension Workspace {
  /// The timers that are armed, the next one first.
  ///
  /// - Parameters:
  ///   - record: only those on this record.
  ///   - policy: only those of this policy, such as `protectionExpiry`.
  ///   - limit: at most so many.
  /// - Returns: the timers, and how many there are in all.
  /// - Throws: ``ServiceError`` when something is no record or policy, or nothing can be read.
  public func timers(
    of record: String? = nil, policy: String? = nil, limit: Int = 100
  ) throws(ServiceError) -> Answer {
    try requireUnrestricted()
    let key = try record.map { text throws(ServiceError) in try Self.record(text) }
    if let policy { try Self.check(policy: policy) }
    guard limit > 0 else {
      throw ServiceError(.usage, code: "VALIDATION.LIMIT", "--limit is \(limit): give 1 or more.")
    }
    let zone = try timeZone()
    let armed: (timers: [ArmedTimer], count: Int, through: UInt64)
    do throws(TimerError) {
      armed = try withTimers { store throws(TimerError) in
        if isWriter { try TimerFold(log: log, store: store).catchUp() }
        do throws(LMDBError) {
          return (
            try store.timers(policy: policy, record: key, limit: limit), try store.count(),
            try store.through()
          )
        } catch { throw .storage(error) }
      }
    } catch { throw ServiceError(error) }
    return Answer(
      "Timers",
      facts: [
        .init("armed", "Armed", .integer(Int64(armed.count))),
        .init("through", "Made from", .integer(Int64(armed.through))),
      ],
      tables: [
        .init(
          "timers", "",
          columns: [
            .init("dueAt", "Due"), .init("policy", "Policy"), .init("record", "Record"),
            .init("reference", "What"), .init("armedBy", "Armed by"),
          ],
          rows: armed.timers.map { timer in
            [
              .moment(timer.dueAt), .text(timer.key.policy), .text("\(timer.key.record)"),
              .named(timer.key.reference), .integer(Int64(timer.armedBy.rawValue)),
            ]
          })
      ], timeZone: zone.identifier)
  }

  /// Carries out the timers that are due.
  ///
  /// - Parameters:
  ///   - until: those due by this moment, a time or a day's end that has come; now when `nil`.
  ///   - limit: at most so many; all when `nil`.
  /// - Returns: what was carried out and what was refused.
  /// - Throws: ``ServiceError`` when the moment has not come, the clock is not to be trusted, or
  ///   another process writes.
  public func runTimers(
    until: Moment? = nil, limit: Int? = nil
  ) async throws(ServiceError) -> Answer {
    try requireConfigurer("timers run")
    try requireWriter()
    let zone = try timeZone()
    let end = try until.map { moment throws(ServiceError) in
      guard let time = moment.time(.end, in: zone) else {
        throw ServiceError(
          .usage, code: "VALIDATION.TIME",
          "--until names a position: give a time such as 2026-03-31T02:00:00Z, or a day.")
      }
      return time
    }
    let run: TimerRun
    do throws(TimerError) {
      run = try await reactor().run(until: end, limit: limit ?? .max)
    } catch { throw ServiceError(error) }
    return Self.answer(of: run, in: zone)
  }

  private static func answer(of run: TimerRun, in zone: TimeZone) -> Answer {
    var rows: [[Value]] = run.fired.map { fired in
      [
        .moment(fired.timer.dueAt), .text(fired.timer.key.policy),
        .text("\(fired.timer.key.record)"), .named(fired.timer.key.reference),
        fired.result.first.map { .integer(Int64($0.rawValue)) } ?? .none, .none,
      ]
    }
    rows += run.refused.map { refused in
      [
        .moment(refused.timer.dueAt), .text(refused.timer.key.policy),
        .text("\(refused.timer.key.record)"), .named(refused.timer.key.reference), .none,
        .text("\(refused.refusal)"),
      ]
    }
    return Answer(
      run.fired.isEmpty ? "No timer was due" : "Timers are carried out",
      facts: [
        .init("fired", "Fired", .integer(Int64(run.fired.count))),
        .init("refused", "Refused", .integer(Int64(run.refused.count))),
        .init("settled", "Nothing left to do", .integer(Int64(run.settledCount))),
        .init("waiting", "Put off", .integer(Int64(run.waitingCount))),
        .init("openedCases", "Duplicate cases opened", .integer(Int64(run.openedCaseCount))),
        .init("isCutShort", "More are due", .flag(run.isCutShort)),
      ],
      tables: [
        .init(
          "timers", "",
          columns: [
            .init("dueAt", "Due"), .init("policy", "Policy"), .init("record", "Record"),
            .init("reference", "What"), .init("position", "Position"),
            .init("refusal", "Refused because"),
          ], rows: rows)
      ],
      notes: run.refused.isEmpty
        ? [] : ["What was refused is tried again in an hour, unless nothing is left to do."],
      timeZone: zone.identifier)
  }

  private static func check(policy: String) throws(ServiceError) {
    guard TimerPolicies.policy(named: policy) != nil else {
      let names = TimerPolicies.all.map { $0.name }.joined(separator: ", ")
      throw ServiceError(
        .usage, code: "VALIDATION.POLICY",
        "“\(policy)” is no policy with timers: give one of \(names).")
    }
  }
}

extension Workspace {
  /// What carries out this workspace's timers; the server keeps one and asks when the next is due.
  package func reactor() throws(TimerError) -> TimerReactor {
    guard isWriter else { throw .readOnly }
    return try withTimers { store throws(TimerError) in
      TimerReactor(
        log: log, executor: executor, store: store, clock: clock, accepted: acceptedClock)
    }
  }

  private func withTimers<Result>(
    _ body: (TimerStore) throws(TimerError) -> Result
  ) throws(TimerError) -> Result {
    let store: TimerStore
    do { store = try timerShelf.store() } catch { throw .storage(error) }
    return try body(store)
  }
}

extension ServiceError {
  package init(_ error: TimerError) {
    switch error {
    case .storage(let storage) where storage.cause == .noFile:
      self.init(
        .refused, code: "TIMERS.NONE",
        "No timers were armed here yet: the process that writes the log arms them.")
    case .storage, .unreadable: self.init(.failed, code: "STORAGE.FAILED", error.description)
    case .command(let failure): self.init(failure)
    case .clockAhead: self.init(.refused, code: "TIMERS.CLOCK_AHEAD", error.description)
    case .notYet: self.init(.usage, code: "TIMERS.NOT_YET", error.description)
    case .readOnly: self.init(.refused, code: "LOG.LOCKED", error.description)
    }
  }
}
