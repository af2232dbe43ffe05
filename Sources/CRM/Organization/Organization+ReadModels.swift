internal import EventModel
package import Schema
internal import SwiftProtobuf

/// What was decided about read models: which build serves, and which events builds leave out.
package struct ReadModelChoices: Equatable, Sendable {
  /// An event that builds of one version of a model leave out.
  package struct Skip: Hashable, Sendable {
    package let model: String
    package let version: UInt32
    package let position: UInt64
  }

  /// By model, the build that the last decision put to serve.
  package private(set) var serving: [String: ReadModelBuild] = [:]
  package private(set) var skipped: Set<Skip> = []

  package init() {}

  mutating func apply(_ event: OrganizationEvent.OneOf_Event) {
    switch event {
    case .readModelSwitched(let switched): serving[switched.model] = switched.to
    case .readModelRolledBack(let rolled): serving[rolled.model] = rolled.to
    case .readModelEventSkipped(let skipped):
      self.skipped.insert(
        Skip(model: skipped.model, version: skipped.version, position: skipped.position))
    case .organizationConfigured, .assignmentRulesPublished: break
    }
  }
}

/// Decisions on read models. The files are the runner's: the event is the audit of what it does,
/// and is recorded before it is done.
extension Organization {
  func switchReadModel(
    _ command: SwitchReadModel, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try check(command.model, command.from, command.to, context)
    let switched = ReadModelSwitched.with {
      $0.organizationID = Self.id
      $0.model = command.model
      $0.from = command.from
      $0.to = command.to
      $0.events = command.events
      $0.changedRows = command.changedRows
      $0.missingRows = command.missingRows
      $0.extraRows = command.extraRows
      $0.diffDigest = command.diffDigest
      $0.expectedChangesDigest = command.expectedChangesDigest
    }
    return [DecidedEvent(Self.key, .organization(.readModelSwitched(switched)))]
  }

  func rollBackReadModel(
    _ command: RollBackReadModel, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try check(command.model, command.from, command.to, context)
    let rolled = ReadModelRolledBack.with {
      $0.organizationID = Self.id
      $0.model = command.model
      $0.from = command.from
      $0.to = command.to
    }
    return [DecidedEvent(Self.key, .organization(.readModelRolledBack(rolled)))]
  }

  func skipReadModelEvent(
    _ command: SkipReadModelEvent, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try Self.check(model: command.model)
    try Self.requireReason(context, "The skipping of an event")
    guard command.version > 0 else { throw .required("version", of: "The read model") }
    let skip = ReadModelChoices.Skip(
      model: command.model, version: command.version, position: command.position)
    guard !readModels.skipped.contains(skip) else { return [] }
    let skipped = ReadModelEventSkipped.with {
      $0.organizationID = Self.id
      $0.model = command.model
      $0.version = command.version
      $0.position = command.position
      $0.eventID = command.eventID
      $0.eventType = command.eventType
      $0.cause = command.cause
    }
    return [DecidedEvent(Self.key, .organization(.readModelEventSkipped(skipped)))]
  }

  private func check(
    _ model: String, _ from: ReadModelBuild, _ to: ReadModelBuild, _ context: DecisionContext
  ) throws(Refusal) {
    try Self.check(model: model)
    try Self.requireReason(context, "The switch of a read model")
    for (field, build) in [("from", from), ("to", to)] {
      guard build.version > 0, build.build > 0 else { throw .required(field, of: "The switch") }
    }
    guard from.version != to.version || from.build != to.build else {
      throw Refusal(
        .inconsistent,
        "from and to are both build \(to.build) of version \(to.version); name two builds.",
        field: "to")
    }
  }

  private static func check(model: String) throws(Refusal) {
    try FieldRule.required(model, "model", of: "The read model")
    try FieldRule.text(model, "model", limit: 60)
  }

  private static func requireReason(
    _ context: DecisionContext, _ what: String
  ) throws(Refusal) {
    guard let reason = context.reason, !reason.code.isEmpty else {
      throw Refusal(.reasonRequired, "\(what) needs a reason; give a code.", field: "reason")
    }
  }
}
