internal import CRM
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema
internal import SwiftProtobuf
internal import Synchronization
internal import Vault

/// The events of one call and what became of them so far.
struct HistoryInput: Sendable {
  let events: [HistoryEvent]
  let source: HistorySource
  let eventIDs: [EventID]
  /// `nil` for what was not decided yet.
  var outcomes: [HistoryOutcome?]

  init(events: [HistoryEvent], source: HistorySource) {
    self.events = events
    self.source = source
    var seen: Set<EventID> = []
    var outcomes = [HistoryOutcome?](repeating: nil, count: events.count)
    var eventIDs: [EventID] = []
    eventIDs.reserveCapacity(events.count)
    for (index, event) in events.enumerated() {
      let id = source.eventID(of: event.key)
      eventIDs.append(id)
      if !seen.insert(id).inserted { outcomes[index] = .repeated }
    }
    self.eventIDs = eventIDs
    self.outcomes = outcomes
  }
}

extension HistoryImporter {
  /// Checks and seals the events of `range` that nothing was decided about.
  ///
  /// The batch `before`, which is being written, counts as written.
  func prepare(
    _ range: Range<Int>, of history: inout HistoryInput, after before: PreparedBatch?
  ) async throws(CommandFailure) -> PreparedBatch {
    let items = try check(range, of: &history, after: before)
    let keys = try await keys(of: items, &history)
    let sealable = items.filter { item in item.subject.map { keys[$0] != nil } ?? true }
    return try await assemble(sealable, keys, history.source)
  }

  private func check(
    _ range: Range<Int>, of history: inout HistoryInput, after before: PreparedBatch?
  ) throws(CommandFailure) -> [CheckedItem] {
    let now = clock()
    var made = Set((before?.items ?? []).map(\.event.stream))
    var subjects: [StreamName: String] = [:]
    for item in before?.items ?? [] {
      if let subject = item.subject { subjects[item.event.stream] = subject }
    }
    var items: [CheckedItem] = []
    for index in range where history.outcomes[index] == nil {
      do {
        let ids = [history.eventIDs[index], history.events[index].exportedID].compactMap(\.self)
        for id in ids where history.outcomes[index] == nil {
          if let position = try log.position(of: id) {
            history.outcomes[index] = .alreadyThere(position)
          }
        }
        if history.outcomes[index] != nil { continue }
      } catch { throw .storage(error) }
      let event = history.events[index]
      do {
        let (record, role) = try HistoryRule.check(event, at: now)
        let origin = try made.contains(event.stream) ? .brought : self.origin(of: event.stream)
        let exists = origin != nil
        try HistoryRule.requireBrought(record, origin, by: event.payload)
        try Self.checkOrder(record, role, exists: exists)
        let subject = try subject(of: event, record, exists: exists, &subjects)
        made.insert(event.stream)
        items.append(
          CheckedItem(
            index: index, event: event, record: record, eventID: history.eventIDs[index],
            isCreating: !exists, subject: subject))
      } catch let failure as CommandFailure {
        throw failure
      } catch let refusal as Refusal {
        history.outcomes[index] = .refused(refusal)
      } catch {
        preconditionFailure("\(error) is neither a refusal nor a failure")
      }
    }
    return items
  }

  private func origin(
    of stream: StreamName
  ) throws(CommandFailure) -> HistoryLedger.Origin? {
    try ledger.withLock { ledger throws(CommandFailure) in try ledger.origin(of: stream) }
  }

  private static func checkOrder(
    _ record: RecordKey, _ role: HistoryRule.Role, exists: Bool
  ) throws(Refusal) {
    switch role {
    case .any: return
    case .creating:
      guard !exists else { throw .alreadyExists(record) }
    case .following:
      guard exists else {
        throw Refusal(
          .notFound,
          "The \(record.typeName) \(record.id) was not made before this event; bring the "
            + "event that makes it first.", field: "stream")
      }
    }
  }

  /// Whose key seals the event's personal part; `nil` when it has none.
  private func subject(
    of event: HistoryEvent, _ record: RecordKey, exists: Bool, _ known: inout [StreamName: String]
  ) throws(CommandFailure) -> String? {
    guard event.hasSealedParts else { return nil }
    let subject: String
    if event.isSubjectFinal, let named = event.subject.flatMap({ RecordKey($0) }) {
      subject = "\(named)"
    } else if let named = event.subject.flatMap({ RecordKey($0) })
      ?? HistoryRule.namedSubject(of: event.payload)
    {
      subject = try self.subject(of: named, known)
    } else if let found = known[event.stream] {
      subject = found
    } else {
      subject = exists ? try self.subject(of: record, known) : "\(record)"
    }
    known[event.stream] = known[event.stream] ?? subject
    return subject
  }

  /// A record may be sealed under another one's subject in its turn.
  private func subject(
    of record: RecordKey, _ known: [StreamName: String]
  ) throws(CommandFailure) -> String {
    guard let stream = record.stream else { return "\(record)" }
    if let subject = known[stream] { return subject }
    return try ledger.withLock { ledger throws(CommandFailure) in
      try ledger.subject(of: record, stream)
    }
  }
}

extension HistoryImporter {
  /// The keys of the items' subjects.
  ///
  /// Makes those that there are none of in one commit; items of erased subjects are refused.
  private func keys(
    of items: [CheckedItem], _ history: inout HistoryInput
  ) async throws(CommandFailure) -> [String: KeyID] {
    var keys: [String: KeyID] = [:]
    var missing: [String] = []
    var asked: Set<String> = []
    for subject in items.compactMap(\.subject) where asked.insert(subject).inserted {
      let found = try ledger.withLock { ledger throws(CommandFailure) in
        try ledger.key(of: subject)
      }
      guard let keyID = found else {
        missing.append(subject)
        continue
      }
      do throws(CommandFailure) {
        try subjects.requireLiving(keyID, of: subject)
        keys[subject] = keyID
      } catch {
        guard case .refused(let refusal) = error else { throw error }
        for item in items where item.subject == subject {
          history.outcomes[item.index] = .refused(refusal)
        }
      }
    }
    guard !missing.isEmpty else { return keys }
    let made = try await subjects.make(missing.count)
    ledger.withLock { ledger in
      for (subject, keyID) in zip(missing, made) { ledger.note(keyID, of: subject) }
    }
    for (subject, keyID) in zip(missing, made) { keys[subject] = keyID }
    return keys
  }

  /// Seals and serialises on several threads, before the writer is entered.
  private func assemble(
    _ items: [CheckedItem], _ keys: [String: KeyID], _ source: HistorySource
  ) async throws(CommandFailure) -> PreparedBatch {
    let size = max(1, (items.count + Self.assemblerCount - 1) / Self.assemblerCount)
    let slices = stride(from: 0, to: items.count, by: size).map {
      Array(items[$0..<min($0 + size, items.count)])
    }
    let assembly = assembly
    let count = items.count
    typealias Assembled = Result<[(NewEvent, [GuardChange])], VaultError>
    let parts = await withTaskGroup(of: (Int, Assembled).self) { group in
      for (index, slice) in slices.enumerated() {
        group.addTask {
          let result = Result { () throws(VaultError) in
            try slice.map { item throws(VaultError) in
              let draft = Self.draft(item, keys, source, count: count)
              return (try assembly.event(draft), EventAssembly.guards(of: draft).map(\.unlimited))
            }
          }
          return (index, result)
        }
      }
      var parts = [Assembled?](repeating: nil, count: slices.count)
      for await (index, result) in group { parts[index] = result }
      return parts.compactMap(\.self)
    }
    var events: [NewEvent] = []
    var guards: [[GuardChange]] = []
    for part in parts {
      let made: [(NewEvent, [GuardChange])]
      do { made = try part.get() } catch { throw .vault(error) }
      for (event, changes) in made {
        events.append(event)
        guards.append(changes)
      }
    }
    return PreparedBatch(items: items, events: events, guards: guards)
  }

  private static func draft(
    _ item: CheckedItem, _ keys: [String: KeyID], _ source: HistorySource, count: Int
  ) -> EventDraft {
    let event = item.event
    let metadata = Metadata.with {
      $0.occurredAtUs = event.occurredAt.microseconds
      $0.commandID = source.batchID
      $0.commandName = "ImportHistory"
      $0.commandEventCount = UInt32(count)
      $0.transactionID = event.transactionID
      $0.channel = .import
      $0.reasonCode = event.reason?.code ?? ""
      $0.tags = EventTags.tags(
        of: event.payload, record: item.record, related: event.related
      ).map(\.text)
      $0.batchID = source.batchID
      $0.actor.kind = event.actorKind
      if event.onBehalfOf != nil { $0.onBehalfOf.kind = .user }
    }
    return EventDraft(
      eventID: item.eventID, record: item.record, stream: event.stream, payload: event.payload,
      metadata: metadata, parts: parts(of: item, keys), actor: event.actor,
      onBehalfOf: event.onBehalfOf, causation: .zero)
  }

  private static func parts(
    of item: CheckedItem, _ keys: [String: KeyID]
  ) -> [SealedPartDraft] {
    guard let subject = item.subject, let keyID = keys[subject] else { return [] }
    var parts: [SealedPartDraft] = []
    if let personal = item.event.personal, !personal.isEmpty {
      parts.append(
        SealedPartDraft(
          kind: .personal, subject: subject, keyID: keyID, messageName: personal.messageName,
          content: personal.serialized()))
    }
    if let text = item.event.reason?.text, !text.isEmpty {
      parts.append(
        SealedPartDraft(
          kind: .reasonText, subject: subject, keyID: keyID,
          messageName: ReasonText.protoMessageName,
          content: EventAssembly.bytes(ReasonText.with { $0.text = text })))
    }
    return parts
  }
}

extension HistoryImporter {
  /// Refuses the items that a guard stands against, and those that another one would stand
  /// against as well, so that the rest goes in at the next attempt.
  func refuse(
    _ refused: GuardRefusal, in batch: PreparedBatch, _ history: inout HistoryInput
  ) throws(CommandFailure) {
    guard let refusal = CommandExecutor.refusal(of: refused) else {
      // Another command made the subject's key first: it is taken at the next attempt.
      if case .claim(let key, _) = refused.change {
        ledger.withLock { $0.forgetKey(of: key.subject) }
      }
      return
    }
    for (item, changes) in zip(batch.items, batch.guards) where changes.contains(refused.change) {
      history.outcomes[item.index] = .refused(refusal)
    }
    var claimed: [GuardKey: [UInt8]] = [:]
    for (item, changes) in zip(batch.items, batch.guards) where history.outcomes[item.index] == nil
    {
      for case .claim(let key, let value) in changes where key.guardName != "G-SUBJECT" {
        var standing = claimed[key]
        do throws(LMDBError) {
          if standing == nil { standing = try log.standing(at: key).members.first }
        } catch { throw .storage(error) }
        claimed[key] = standing ?? value
        guard let standing, standing != value else { continue }
        let other = GuardRefusal(
          change: .claim(key, value: value), present: [standing], count: 1)
        if let refusal = CommandExecutor.refusal(of: other) {
          history.outcomes[item.index] = .refused(refusal)
        }
      }
    }
  }
}
