internal import Schema
internal import SwiftProtobuf

/// Settles the fields of two records: what the survivor takes, and who was chosen where both have
/// something to say (M-1).
struct FieldMerge<Content: MergeableContent> {
  let survivor: RecordKey
  let merged: RecordKey
  let chosen: [FieldResolution]

  /// What changes at the survivor.
  struct Outcome {
    var plain = FieldChanges()
    var personal = Content()
    var personalChanges = FieldChanges()
    /// Each field that the two differ in; without a record when both sides' entries are kept.
    var resolutions: [FieldResolution] = []
    var isEmpty: Bool { plain.isEmpty && personalChanges.isEmpty }

    /// The sealed part, which says what changed in it; `nil` when nothing did.
    var sealed: Content? {
      guard !personalChanges.isEmpty else { return nil }
      var content = personal
      content.changes = personalChanges.changes
      return content
    }
  }

  func settle(
    _ mine: MergeSide<Content>, _ theirs: MergeSide<Content>
  ) throws(Refusal) -> Outcome {
    try checkChosen(mine, theirs)
    var outcome = Outcome()
    var open: [String] = []
    for field in theirs.plain {
      let (own, other) = (mine.plainValue(field.name), field.value)
      guard other != nil, own != other else { continue }
      switch choice(field.name, isOwnEmpty: own == nil) {
      case .survivor: outcome.resolutions.append(resolution(field.name, survivor))
      case .merged:
        outcome.plain.add(field.name, own, other)
        outcome.resolutions.append(resolution(field.name, merged))
      case nil: open.append(field.name)
      }
    }
    for name in Self.personalNames(mine, theirs) {
      settle(name, mine.personal, theirs.personal, &outcome, &open)
    }
    guard open.isEmpty else {
      throw Refusal(
        .required,
        "\(survivor) and \(merged) differ in \(open.joined(separator: ", ")); say in resolutions "
          + "from which record each is taken.", field: "resolutions")
    }
    return outcome
  }

  private func settle(
    _ name: String, _ mine: Content, _ theirs: Content, _ outcome: inout Outcome,
    _ open: inout [String]
  ) {
    guard !theirs.isEmpty(name), mine.only(name) != theirs.only(name) else { return }
    switch choice(name, isOwnEmpty: mine.isEmpty(name)) {
    case .survivor: outcome.resolutions.append(resolution(name, survivor))
    case .merged:
      take(name, mine, theirs, &outcome)
      outcome.resolutions.append(resolution(name, merged))
    case nil:
      guard Content.combines(name) else { return open.append(name) }
      take(name, mine, mine.combined(name, with: theirs), &outcome)
      outcome.resolutions.append(.with { $0.field = name })
    }
  }

  private func take(
    _ name: String, _ from: Content, _ to: Content, _ outcome: inout Outcome
  ) {
    outcome.personal.take(name, from: to)
    // A change says that it is one even where what is shown of it stays the same.
    if !outcome.personalChanges.add(name, from.shown(name), to.shown(name)),
      from.only(name) != to.only(name)
    {
      outcome.personalChanges.add(name, nil, to.shown(name))
    }
  }

  private enum Choice { case survivor, merged }

  /// `nil` when nobody chose and both have something.
  private func choice(_ name: String, isOwnEmpty: Bool) -> Choice? {
    for resolution in chosen where resolution.field == name {
      let from = RecordKey(resolution.chosenFrom)
      if from == survivor { return .survivor }
      if from == merged { return .merged }
    }
    return isOwnEmpty ? .merged : nil
  }

  private func checkChosen(
    _ mine: MergeSide<Content>, _ theirs: MergeSide<Content>
  ) throws(Refusal) {
    let known = Set((mine.plain + theirs.plain).map(\.name) + Self.personalNames(mine, theirs))
    for resolution in chosen where !known.contains(resolution.field) {
      throw .unknownCode(resolution.field, field: "resolutions.field")
    }
  }

  static func personalNames(
    _ mine: MergeSide<Content>, _ theirs: MergeSide<Content>
  ) -> [String] {
    var names = Content.fieldNames
    for field in mine.personal.customFields + theirs.personal.customFields
    where !names.contains(field.key) {
      names.append(field.key)
    }
    return names
  }

  private func resolution(_ field: String, _ from: RecordKey) -> FieldResolution {
    .with { ($0.field, $0.chosenFrom) = (field, from.reference) }
  }

  /// What goes back to the survivor's own value, as far as nobody changed it since.
  ///
  /// - Returns: the changes, and the fields that are left as they are.
  func undo(
    _ note: MergeNote<Content>, _ now: MergeSide<Content>, _ theirs: MergeSide<Content>?
  ) -> (outcome: Outcome, left: [String]) {
    var outcome = Outcome()
    var left: [String] = []
    for resolution in note.resolutions {
      let name = resolution.field
      guard !resolution.hasChosenFrom || RecordKey(resolution.chosenFrom) == merged else {
        continue
      }
      guard let before = note.before, let theirs else {
        left.append(name)
        continue
      }
      if (now.plain + theirs.plain).contains(where: { $0.name == name }) {
        guard now.plainValue(name) == theirs.plainValue(name) else {
          left.append(name)
          continue
        }
        outcome.plain.add(name, now.plainValue(name), before.plainValue(name))
        continue
      }
      let after =
        resolution.hasChosenFrom
        ? theirs.personal.only(name) : before.personal.combined(name, with: theirs.personal)
      guard now.personal.only(name) == after else {
        left.append(name)
        continue
      }
      take(name, now.personal, before.personal, &outcome)
    }
    return (outcome, left)
  }
}
