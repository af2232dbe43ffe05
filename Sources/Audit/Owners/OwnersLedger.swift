package import CRM
internal import EventLog
internal import EventModel
internal import Schema

/// The owners of a record, one after the other, without gap or overlap: each interval ends where
/// the next begins, half-open.
package struct OwnersLedger: Hashable, Sendable {
  /// Which time the intervals are cut by.
  package enum Order: String, Hashable, Sendable {
    /// By position, and so by recorded time.
    case recorded
    /// By when things are said to have happened; a later record still overrides an earlier one.
    case effective
  }

  package let key: RecordKey
  package let order: Order
  package let intervals: [OwnerInterval]

  /// Who owned the record at `moment`, or owns it now; `nil` for nobody.
  ///
  /// A recorded moment asks for the last position recorded by then, so that several events of one
  /// time count all. Asking a ledger for a moment of the other order is misuse and traps.
  package func owner(at moment: Moment?) -> OwnerInterval? {
    switch moment {
    case nil: return intervals.last.flatMap { $0.ended == nil ? $0 : nil }
    case .position(let position):
      precondition(order == .recorded, "a position asks the recorded order")
      return intervals.last { $0.began.position <= position }
        .flatMap { $0.isOver(by: { $0.position <= position }) ? nil : $0 }
    case .recorded(let time):
      precondition(order == .recorded, "a recorded time asks the recorded order")
      return intervals.last { $0.began.recordedAt <= time }
        .flatMap { $0.isOver(by: { $0.recordedAt <= time }) ? nil : $0 }
    case .effective(let time):
      precondition(order == .effective, "an effective time asks the effective order")
      return intervals.last { $0.began.occurredAt <= time }
        .flatMap { $0.isOver(by: { $0.occurredAt <= time }) ? nil : $0 }
    }
  }
}

extension OwnerInterval {
  fileprivate func isOver(by test: (EventSummary) -> Bool) -> Bool { ended.map(test) ?? false }
}

extension Auditor {
  /// How many merges are followed from a record to its survivors.
  private static let mergeLimit = 16

  /// Who owned the record when: the fold of its ownership events.
  ///
  /// After a merge the survivor is asked, until it is undone; before it, the record itself.
  ///
  /// Source: docs on ownership, "Owner-at-time algorithm".
  package func owners(
    of key: RecordKey, by order: OwnersLedger.Order = .recorded
  ) throws(AuditError) -> OwnersLedger {
    let changes = try ownerChanges(of: key, mergesLeft: Self.mergeLimit)
    var intervals: [OwnerInterval] = []
    switch order {
    case .recorded:
      for change in changes.sorted(by: { $0.began.position < $1.began.position }) {
        intervals.append(following: change)
      }
    case .effective:
      let byTime = changes.sorted { first, second in
        (first.began.occurredAt, first.began.position)
          < (second.began.occurredAt, second.began.position)
      }
      for change in byTime {
        // What was recorded later decides, as a fold of what had happened by then would.
        if let last = intervals.last, change.began.position < last.began.position { continue }
        intervals.append(following: change)
      }
    }
    return OwnersLedger(key: key, order: order, intervals: intervals)
  }

  /// Who owned the record at `moment`, or owns it now.
  package func owner(
    of key: RecordKey, at moment: Moment?
  ) throws(AuditError) -> OwnerInterval? {
    switch moment {
    case .effective: try owners(of: key, by: .effective).owner(at: moment)
    case .position, .recorded, nil: try owners(of: key).owner(at: moment)
    }
  }

  /// The beginnings of ownership, of the record and of those it was merged into.
  private func ownerChanges(
    of key: RecordKey, mergesLeft: Int
  ) throws(AuditError) -> [OwnerInterval] {
    var changes: [OwnerInterval] = []
    var merges: [MergeSpan] = []
    try visitStream(of: key) { decoded throws(AuditError) in
      guard let payload = decoded.payload else { return }
      if case .ownership(let event) = payload {
        if let change = OwnerInterval(event, EventSummary(decoded)) { changes.append(change) }
      } else if let survivor = Self.survivor(in: payload, of: key) {
        let span = MergeSpan(survivor: survivor, from: EventSummary(decoded), earlier: changes.last)
        merges.append(span)
      } else if Self.isUndone(in: payload, key), let last = merges.indices.last {
        merges[last].undone = EventSummary(decoded)
      }
    }
    guard mergesLeft > 0 else { return changes }
    for merge in merges {
      changes += try survivorsChanges(merge, mergesLeft: mergesLeft - 1)
    }
    return changes
  }

  /// The survivor's owner at the merge, and its changes while the merge stands.
  private func survivorsChanges(
    _ merge: MergeSpan, mergesLeft: Int
  ) throws(AuditError) -> [OwnerInterval] {
    let all = try ownerChanges(of: merge.survivor, mergesLeft: mergesLeft)
      .sorted { $0.began.position < $1.began.position }
    let during = all.filter { change in
      merge.from.position < change.began.position
        && (merge.undone.map { change.began.position < $0.position } ?? true)
    }
    let atMerge = all.last { $0.began.position <= merge.from.position }
    let inherited = atMerge.map { [$0.beginning(with: merge.from, by: "merge")] } ?? []
    guard let undone = merge.undone, let earlier = merge.earlier else { return inherited + during }
    return inherited + during + [earlier.beginning(with: undone, by: "unmerge")]
  }

  private static func survivor(in payload: Payload, of key: RecordKey) -> RecordKey? {
    switch payload {
    case .account(.accountMergedInto(let merged)): .account(merged.survivorID)
    case .contact(.contactMergedInto(let merged)): .contact(merged.survivorID)
    case .lead(.leadMergedInto(let merged)): .lead(merged.survivorID)
    case .ticket(.ticketMergedInto(let merged)): .ticket(merged.survivorID)
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .opportunity, .organization,
      .ownership, .permission, .pipeline, .pool, .registration, .slaPolicy, .tag, .task, .team,
      .ticket, .user:
      nil
    }
  }

  private static func isUndone(in payload: Payload, _ key: RecordKey) -> Bool {
    switch payload {
    case .account(.accountUnmerged(let unmerged)): unmerged.mergedID == key.id
    case .contact(.contactUnmerged(let unmerged)): unmerged.mergedID == key.id
    case .lead(.leadUnmerged(let unmerged)): unmerged.mergedID == key.id
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .opportunity, .organization,
      .ownership, .permission, .pipeline, .pool, .registration, .slaPolicy, .tag, .task, .team,
      .ticket, .user:
      false
    }
  }
}

/// The time in which another record answers for a merged one.
private struct MergeSpan {
  let survivor: RecordKey
  let from: EventSummary
  /// The record's own owner before it.
  let earlier: OwnerInterval?
  var undone: EventSummary?
}

extension [OwnerInterval] {
  /// Ends the last interval where `next` begins, and adds it.
  fileprivate mutating func append(following next: OwnerInterval) {
    if let last = indices.last { self[last].ended = next.began }
    append(next)
  }
}

extension OwnerInterval {
  /// This ownership as a merge, or its undoing, makes it begin anew.
  fileprivate func beginning(with event: EventSummary, by method: String) -> OwnerInterval {
    OwnerInterval(
      owner: owner, began: event, ended: nil, method: method, cause: "", ruleID: "",
      ruleVersion: 0, cascadedFrom: "")
  }
}
