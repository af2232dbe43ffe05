internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// A record that can be merged into another one of its kind, and taken out again.
protocol MergeableAggregate: OwnedAggregate, MatchedAggregate {
  associatedtype Content: MergeableContent

  var id: String { get }
  var key: RecordKey { get }
  /// The record that this one was merged into; empty when it stands for itself.
  var survivorID: String { get }
  /// The merges into this record that are in force, in their order.
  var merges: [MergeNote<Content>] { get }
  var plainFields: [PlainField] { get }
  var mergedContent: Profile<Content> { get }

  /// S-2, as far as it holds for merges.
  func requireMergeable() throws(Refusal)
  /// What else must move with the record, such as its contacts, and the events that move it.
  func relinks(to survivor: String, in context: DecisionContext) -> [Relink]
  /// What else the two decide, such as which consents hold on.
  func agreements(with merged: Self) -> [DecidedEvent]
  func changed(_ plain: [FieldChange], _ personal: Content?) -> DecidedEvent
  func merged(
    _ id: String, _ resolutions: [FieldResolution], _ relinked: [RecordKey], caseID: String
  ) -> DecidedEvent
  func mergedInto(_ survivor: String) -> DecidedEvent
  /// What its stream says beside that it stands for itself again, such as its status.
  func restored() -> [DecidedEvent]
  /// The code that goes back to `merged`; empty when this record keeps it, or there is none.
  func codeGivenBack(to merged: Self, after plain: [FieldChange]) -> String
  /// In the survivor's stream, or, with `isOwn`, in the one that stands for itself again.
  func unmerged(_ id: String, _ undone: UndoneMerge, isOwn: Bool) -> DecidedEvent
}

/// A record that goes with another.
struct Relink {
  let record: RecordKey
  /// `nil` for records that follow by reference.
  let event: DecidedEvent?
}

/// What taking a merge back did.
struct UndoneMerge {
  var mergeEvent = ""
  var relinkedBack: [RecordKey] = []
  var leftAlone: [RecordKey] = []
  var leftFields: [String] = []
  /// The unified social credit code that the merged account answers for again; empty for none.
  var code = ""
  /// Who owns the merged record again; `nil` when its owner is active no more.
  var owner: OwnerRef?
}

extension MergeableAggregate {
  func relinks(to survivor: String, in context: DecisionContext) -> [Relink] { [] }
  func agreements(with merged: Self) -> [DecidedEvent] { [] }
  func restored() -> [DecidedEvent] { [] }
  func codeGivenBack(to merged: Self, after plain: [FieldChange]) -> String { "" }

  func side() throws(Refusal) -> MergeSide<Content> {
    MergeSide(plain: plainFields, personal: try mergedContent.readable(key))
  }

  /// The record's fields at this moment; `nil` when they can't be read.
  var readableSide: MergeSide<Content>? {
    guard case .value(let content) = mergedContent.content else { return nil }
    return MergeSide(plain: plainFields, personal: content)
  }
}

/// Merging and taking apart, the same for every kind of record.
enum MergeDecision {
  /// How many records one command merges at the most.
  static let limit = 20

  /// M-1.
  static func merge<Record: MergeableAggregate>(
    _ survivor: Record, _ mergedIDs: [String], _ resolutions: [FieldResolution],
    _ name: String, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try context.requireReason(for: name)
    try survivor.requireMergeable()
    guard (1...limit).contains(mergedIDs.count), Set(mergedIDs).count == mergedIDs.count,
      !mergedIDs.contains(survivor.id)
    else {
      throw Refusal(
        .inconsistent,
        "mergedIds must name 1 to \(limit) other records than the survivor, each once.",
        field: "mergedIds")
    }
    var survivor = survivor
    var events: [DecidedEvent] = []
    for id in mergedIDs {
      let merged = try context.require(Record.self, id, field: "mergedIds")
      try merged.requireMergeable()
      let step = try merge(merged, into: survivor, resolutions, in: context)
      for event in step where event.record == survivor.key {
        survivor.apply(event.fact(in: context))
      }
      events += step
    }
    return events
  }

  private static func merge<Record: MergeableAggregate>(
    _ merged: Record, into survivor: Record, _ resolutions: [FieldResolution],
    in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try OwnershipRule.requireNotFrozen(survivor.ownership, survivor.key)
    try OwnershipRule.requireNotFrozen(merged.ownership, merged.key)
    let cases = cases(of: survivor.key, merged.key, in: context)
    if let contested = cases.first(where: { $0.isContested && $0.isOpen }) {
      throw Refusal(
        .collision,
        "\(survivor.key) and \(merged.key) are contested in the case \(contested.id); settle it "
          + "before they are merged.")
    }
    let chosen = resolutions.filter {
      let from = RecordKey($0.chosenFrom)
      return from == survivor.key || from == merged.key
    }
    let fields = try FieldMerge<Record.Content>(
      survivor: survivor.key, merged: merged.key, chosen: chosen
    ).settle(survivor.side(), merged.side())
    let relinks = merged.relinks(to: survivor.id, in: context)
    var events: [DecidedEvent] = []
    for open in cases where open.status == .open || open.status == .overridden {
      let requested = DuplicateMergeRequested.with { $0.survivor = survivor.key.reference }
      events.append(open.event(.duplicateMergeRequested(requested)))
    }
    events.append(
      survivor.merged(
        merged.id, fields.resolutions, relinks.map(\.record), caseID: cases.first?.id ?? ""))
    events.append(merged.mergedInto(survivor.id))
    if !fields.isEmpty { events.append(survivor.changed(fields.plain.changes, fields.sealed)) }
    return events + relinks.compactMap(\.event) + survivor.agreements(with: merged)
  }

  /// The merged record, and the user whom it would belong to again.
  static func needs<Record: MergeableAggregate>(
    toUnmerge type: Record.Type, _ id: String, in context: DecisionContext
  ) -> [RecordKey] {
    let merged = RecordKey(Record.objectType, id)
    guard let owner = context.records.state(type, id)?.ownership.owner, owner.kind == .user else {
      return [merged]
    }
    return [merged, .user(owner.id)]
  }

  /// The cases that speak of both records, oldest first.
  private static func cases(
    of one: RecordKey, _ other: RecordKey, in context: DecisionContext
  ) -> [DuplicateCase] {
    context.records.children(of: one).compactMap { key in
      guard key.type == .duplicateCase,
        let found = context.records.state(DuplicateCase.self, key.id),
        found.records.contains(one), found.records.contains(other)
      else { return nil }
      return found
    }
  }

  /// M-2: the merged record stands for itself again, with its own fields and children.
  ///
  /// The children `assigned` came later, and the operator gives them to it.
  static func unmerge<Record: MergeableAggregate>(
    _ survivor: Record, _ mergedID: String, assigned: [RecordKey], _ name: String,
    in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try context.requireReason(for: name)
    let merged = try context.require(Record.self, mergedID, field: "mergedId")
    guard let note = survivor.merges.last(where: { $0.mergedID == mergedID }),
      merged.survivorID == survivor.id
    else {
      throw Refusal(
        .status,
        "\(merged.key) is not merged into \(survivor.key); name the record that it was merged "
          + "into.", field: "mergedId")
    }
    try survivor.requireMergeable()
    try OwnershipRule.requireNotFrozen(survivor.ownership, survivor.key)
    let fields = FieldMerge<Record.Content>(
      survivor: survivor.key, merged: merged.key, chosen: [])
    let (outcome, left) = fields.undo(note, try survivor.side(), merged.readableSide)
    var undone = UndoneMerge(mergeEvent: "\(note.position)", leftFields: left)
    var moves: [DecidedEvent] = []
    let movable = survivor.relinks(to: merged.id, in: context)
    for record in note.relinked + assigned where !undone.relinkedBack.contains(record) {
      guard let relink = movable.first(where: { $0.record == record }) else {
        undone.leftAlone.append(record)
        continue
      }
      undone.relinkedBack.append(record)
      if let event = relink.event { moves.append(event) }
    }
    if let wrong = assigned.first(where: { undone.leftAlone.contains($0) }) {
      throw .missing(wrong, field: "assigned")
    }
    let owner = try restoredOwner(of: merged, survivor, in: context)
    undone.code = survivor.codeGivenBack(to: merged, after: outcome.plain.changes)
    undone.owner = owner.isSame ? owner.owner : nil
    var events: [DecidedEvent] = []
    if !outcome.isEmpty { events.append(survivor.changed(outcome.plain.changes, outcome.sealed)) }
    events.append(survivor.unmerged(merged.id, undone, isOwn: false))
    events.append(merged.unmerged(merged.id, undone, isOwn: true))
    events += merged.restored()
    if !owner.isSame, let next = owner.owner {
      let assigned = OwnershipAssigned.with {
        $0.to = next
        if let former = merged.ownership.owner { $0.from = former }
        $0.method = .manual
      }
      events.append(DecidedEvent(merged.key, .ownership(.ownershipAssigned(assigned))))
    }
    for found in cases(of: survivor.key, merged.key, in: context) where found.status == .merged {
      events.append(found.event(.duplicateDismissed(DuplicateDismissed())))
    }
    return events + moves
  }

  /// The merged record's owner, or the survivor's when that one is active no more (O-2).
  private static func restoredOwner<Record: MergeableAggregate>(
    of merged: Record, _ survivor: Record, in context: DecisionContext
  ) throws(Refusal) -> (owner: OwnerRef?, isSame: Bool) {
    guard let owner = merged.ownership.owner, owner.kind == .user else {
      return (merged.ownership.owner, true)
    }
    if context.records.state(User.self, owner.id)?.status == .active { return (owner, true) }
    return (survivor.ownership.owner, false)
  }
}
