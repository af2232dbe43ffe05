internal import CRM
internal import EventLog
internal import EventModel
internal import Matching
internal import Schema
internal import Synchronization

/// G-IDENT for keys of persons, and the index that resemblances are found by.
///
/// It lives in memory, for nothing of it may stand on a disk in a form that outlives an erasure;
/// it is made from the log when it is first asked, and follows it from there. Records that are
/// being made stand in it before they are in the log: of two commands that resemble each other,
/// the second waits for the first.
final class IdentityDirectory: Sendable {
  /// What a look at the directory says.
  enum Answer: Sendable {
    case found(MatchFindings)
    /// A command on its way may change the answer; wait for the generation to pass.
    case busy(generation: UInt64)
  }

  private struct State: Sendable {
    var indexes: [ObjectType.Code: MatchIndex] = [:]
    var cases = CaseBook()
    /// Merged records, which are found by their keys and answered for by another.
    var survivors: [RecordKey: String] = [:]
    /// The first position that was not looked at.
    var next = Position(0)
    var pending: [CommandID: MatchProbe] = [:]
    var generation: UInt64 = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let log: EventLog
  private let reader: RecordReader
  private let state = Mutex(State())

  /// How many resemblances one command looks at.
  static let findingLimit = 20
  /// How many events are read at once.
  private static let batchLimit = 4096

  init(log: EventLog, reader: RecordReader) {
    self.log = log
    self.reader = reader
  }

  /// Looks for what resembles `probe`, and keeps it as on its way until ``leave(_:)``.
  func enter(_ command: CommandID, _ probe: MatchProbe) throws(CommandFailure) -> Answer {
    try state.withLock { state throws(CommandFailure) in
      try follow(&state)
      let model = MatchModel.current
      for (other, waiting) in state.pending where other != command {
        guard waiting.record != probe.record, probe.types.contains(waiting.record.type),
          model.compare(waiting.profile, probe.profile).score > model.suspectAbove
        else { continue }
        return .busy(generation: state.generation)
      }
      state.pending[command] = probe
      return .found(Self.findings(of: probe, in: &state))
    }
  }

  /// The command is through, or refused.
  func leave(_ command: CommandID) {
    let waiting: [CheckedContinuation<Void, Never>] = state.withLock { state in
      guard state.pending.removeValue(forKey: command) != nil else { return [] }
      state.generation += 1
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  /// Returns when some command left after `generation`.
  func wait(after generation: UInt64) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isOver = state.withLock { state in
        guard state.generation == generation else { return true }
        state.waiting.append(continuation)
        return false
      }
      if isOver { continuation.resume() }
    }
  }

  /// What resembles `probe`, by at least the model's possible score.
  func findings(of probe: MatchProbe) throws(CommandFailure) -> MatchFindings {
    try state.withLock { state throws(CommandFailure) in
      try follow(&state)
      return Self.findings(of: probe, in: &state)
    }
  }

  /// Every record that is compared, with its profile.
  func profiles(of type: ObjectType.Code) throws(CommandFailure) -> [MatchProbe] {
    try state.withLock { state throws(CommandFailure) in
      try follow(&state)
      guard let index = state.indexes[type] else { return [] }
      return index.all.compactMap { id, profile in
        let record = RecordKey(type, id)
        guard state.survivors[record] == nil else { return nil }
        return MatchProbe(record: record, profile: profile, types: [type])
      }
    }
  }

  func hasOpenClaim(
    on record: RecordKey, by claimant: OwnerRef
  ) throws(CommandFailure) -> Bool {
    try state.withLock { state throws(CommandFailure) in
      try follow(&state)
      return state.cases.hasOpenClaim(on: record, by: claimant)
    }
  }

  /// Forgets everything but what is on its way, such as when keys were destroyed.
  func forget() {
    state.withLock { state in
      state.indexes = [:]
      state.cases = CaseBook()
      state.survivors = [:]
      state.next = Position(0)
    }
  }

  private static func findings(of probe: MatchProbe, in state: inout State) -> MatchFindings {
    var findings: [MatchFinding] = []
    var isCut = false
    for type in probe.types {
      let own = type == probe.record.type ? probe.record.id : nil
      let search = state.indexes[type]?.search(
        probe.profile, excluding: own, atLeast: MatchModel.current.possibleFrom,
        limit: findingLimit)
      isCut = isCut || search?.isCut == true
      for match in search?.matches ?? [] {
        let record = Self.standing(RecordKey(type, match.id), in: state)
        guard record != probe.record, !findings.contains(where: { $0.record == record }) else {
          continue
        }
        let kinds = match.comparison.kinds
        findings.append(
          MatchFinding(
            record: record, score: match.comparison.score, kinds: kinds,
            strength: match.comparison.strength,
            isKnown: state.cases.knows(probe.record, record, keys: kinds.map(\.code))))
      }
    }
    findings.sort { ($1.score, "\($0.record)") < ($0.score, "\($1.record)") }
    return MatchFindings(all: Array(findings.prefix(findingLimit)), isCut: isCut)
  }
}

extension IdentityDirectory {
  /// The record that answers for `record`: its survivor's survivor, and so on.
  private static func standing(_ record: RecordKey, in state: State) -> RecordKey {
    var record = record
    for _ in 0..<64 {
      guard let survivor = state.survivors[record] else { return record }
      record = RecordKey(record.type, survivor)
    }
    return record
  }
}

/// Following the log.
extension IdentityDirectory {
  private func follow(_ state: inout State) throws(CommandFailure) {
    let end = log.size
    while state.next.rawValue < end {
      let last = Position(end - 1)
      let events: [RecordedEvent]
      do {
        events = try log.events(
          EventSelection(
            .types(Self.types), from: state.next, through: last, limit: Self.batchLimit))
      } catch { throw .storage(error) }
      try take(events, &state)
      guard events.count == Self.batchLimit, let read = events.last else {
        state.next = Position(end)
        return
      }
      state.next = Position(read.position.rawValue + 1)
    }
  }

  private func take(_ events: [RecordedEvent], _ state: inout State) throws(CommandFailure) {
    var changed: [RecordKey] = []
    var seen: Set<RecordKey> = []
    for event in events {
      guard let stream = StreamName(event.stream), let record = RecordKey(stream) else { continue }
      guard record.type == .duplicateCase else {
        if seen.insert(record).inserted { changed.append(record) }
        continue
      }
      let payload: Payload?
      do { payload = try event.payload() } catch { throw .unreadable(error) }
      if case .duplicateCase(let change) = payload {
        state.cases.apply(change, caseID: record.id)
      }
    }
    for record in changed {
      let loaded = try reader.load(record)?.state as? any MatchedAggregate
      let survivor = loaded?.survivorID ?? ""
      state.survivors[record] = survivor.isEmpty ? nil : survivor
      if let profile = loaded?.matchProfile, !profile.isEmpty {
        state.indexes[record.type, default: MatchIndex()].insert(record.id, profile)
      } else {
        state.indexes[record.type]?.remove(record.id)
      }
    }
  }

  /// Events after which a record is recognised by other things than before.
  private static let types = [
    "AccountCreated", "AccountDetailsChanged", "AccountEnriched", "AccountArchived",
    "AccountRestored", "AccountMergedInto", "AccountUnmerged", "ContactCreated",
    "ContactDetailsChanged", "ContactMovedToAccount", "ContactArchived", "ContactRestored",
    "ContactMergedInto", "ContactUnmerged", "LeadCaptured", "LeadDetailsChanged",
    "LeadDataNormalized", "LeadConverted", "LeadDisqualified", "LeadReopened", "LeadMergedInto",
    "LeadUnmerged", "RegistrationSubmitted", "DuplicateSuspected", "CollisionDetected",
    "DuplicateDismissed",
    "DuplicateMergeRequested", "CollisionSettled", "CollisionEscalated",
  ].compactMap { EventType($0) }
}
