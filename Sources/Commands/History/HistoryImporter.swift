internal import CRM
package import EventLog
package import EventModel
internal import LMDB
internal import Schema
internal import Synchronization
package import Vault

/// Brings histories into the log: what happened elsewhere, as events that are marked as imported.
///
/// Running the same history again adds nothing. One import runs at a time; others wait.
package final class HistoryImporter: Sendable {
  /// How many events go into the log together at the most.
  package static let batchLimit = 1000
  /// How often a batch is prepared again because somebody else wrote first.
  static let attemptLimit = 16
  /// How many tasks seal and serialise a batch.
  static let assemblerCount = 4

  let log: EventLog
  let clock: @Sendable () -> Timestamp
  let subjects: SubjectKeys
  let assembly: EventAssembly
  private let turns = RecordTurns()
  let ledger: Mutex<HistoryLedger>

  package init(
    log: EventLog, vault: Vault, clock: @escaping @Sendable () -> Timestamp, random: RandomSource
  ) {
    self.log = log
    self.clock = clock
    subjects = SubjectKeys(log: log, vault: vault)
    assembly = EventAssembly(vault: vault, random: random)
    ledger = Mutex(HistoryLedger(log: log))
  }

  /// Appends those of `events` that are not there yet, in their order, in batches of at most
  /// ``batchLimit``: a batch is there whole or not at all.
  ///
  /// - Returns: what became of each event, in the order given.
  /// - Throws: ``CommandFailure`` when the log or the vault fails; earlier batches are there then,
  ///   and the same call goes on from them.
  package func importHistory(
    _ events: [HistoryEvent], from source: HistorySource
  ) async throws(CommandFailure) -> [HistoryOutcome] {
    try await turns.take(RecordKey(.import, "")) { () async throws(CommandFailure) in
      try await bring(events, source)
    }
  }

  private func bring(
    _ events: [HistoryEvent], _ source: HistorySource
  ) async throws(CommandFailure) -> [HistoryOutcome] {
    var history = HistoryInput(events: events, source: source)
    var writing: WritingBatch?
    var start = 0
    while start < events.count {
      let range = start..<min(start + Self.batchLimit, events.count)
      // Prepared while the batch before is being written.
      var batch = try await prepare(range, of: &history, after: writing?.batch)
      if let before = writing, try await !finish(before, of: &history) {
        // Not all of the batch before went in: what builds on it must be looked at again.
        batch = try await prepare(range, of: &history, after: nil)
      }
      writing = batch.items.isEmpty ? nil : WritingBatch(batch, range, to: log)
      start = range.upperBound
    }
    if let last = writing { _ = try await finish(last, of: &history) }
    return history.outcomes.map { $0 ?? .repeated }
  }

  /// Waits for a batch; what stands in its way is refused, and the rest appended.
  ///
  /// - Returns: whether the whole batch went in at once.
  private func finish(
    _ writing: WritingBatch, of history: inout HistoryInput
  ) async throws(CommandFailure) -> Bool {
    var writing = writing
    for attempt in 0..<Self.attemptLimit {
      do throws(AppendError) {
        let result = try await writing.task.value.get()
        settle(writing.batch, result, &history)
        return attempt == 0
      } catch {
        try giveUp(on: error)
        if case .guardRefused(let refused) = error {
          try refuse(refused, in: writing.batch, &history)
        }
        let again = try await prepare(writing.range, of: &history, after: nil)
        guard !again.items.isEmpty else { return false }
        writing = WritingBatch(again, writing.range, to: log)
      }
    }
    throw .refused(
      Refusal(
        .contention,
        "Records of the history were changed \(Self.attemptLimit) times while they "
          + "were written; import it while nobody else writes them."))
  }

  /// Throws what preparing again can't mend.
  private func giveUp(on error: AppendError) throws(CommandFailure) {
    switch error {
    case .conflict, .matched, .guardRefused, .eventIDReused, .subjectDestroyed: return
    case .full(let error): throw .full(error)
    case .storage(let error): throw .storage(error)
    case .closed(let reason), .clock(let reason): throw .closed(reason)
    case .commandReused, .personalInPlainSection, .overLimit, .malformed: throw .rejected(error)
    }
  }

  private func settle(
    _ batch: PreparedBatch, _ result: AppendResult, _ history: inout HistoryInput
  ) {
    for (offset, item) in batch.items.enumerated() {
      history.outcomes[item.index] = .added(Position(result.first.rawValue + UInt64(offset)))
    }
    ledger.withLock { ledger in
      for item in batch.items {
        ledger.note(item.event.stream)
        if let subject = item.subject { ledger.note(item.event.stream, subject: subject) }
      }
    }
  }
}

/// A batch on its way into the log.
struct WritingBatch: Sendable {
  let batch: PreparedBatch
  /// Which of the events given it was made of.
  let range: Range<Int>
  let task: Task<Result<AppendResult, AppendError>, Never>

  init(_ batch: PreparedBatch, _ range: Range<Int>, to log: EventLog) {
    self.batch = batch
    self.range = range
    let request = batch.request()
    task = Task {
      do throws(AppendError) {
        return .success(try await log.append(request))
      } catch { return .failure(error) }
    }
  }
}
