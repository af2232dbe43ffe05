package import EventModel
internal import Schema
internal import SwiftProtobuf

/// Reading everything for a short time, when there is no time to ask: an administrator lets somebody
/// in, or, where the organisation allows it, one lets oneself in.
///
/// It changes nothing, carries nothing out, and ends by itself. Only whoever sends the command has
/// agreed, so somebody who is neither of the two reviews it within a day.
package struct BreakGlass: Hashable, Sendable {
  package let id: String
  package let approvedBy: [String]
  package let since: Timestamp
  package var until: Timestamp
  /// Until when somebody else must have looked at it; `nil` in events that were imported without.
  package let reviewDue: Timestamp?
  package var isReviewed = false
  /// Whether the log says that it ended.
  package var isEnded = false

  init(_ activated: BreakGlassActivated, at time: Timestamp) {
    id = activated.grantID
    approvedBy = activated.approvedBy
    since = time
    until = time.advanced(byMicroseconds: Int64(activated.minutes) * 60_000_000)
    reviewDue = activated.hasReviewDue ? Timestamp(activated.reviewDue) : nil
  }

  func isOverdue(at time: Timestamp) -> Bool {
    !isReviewed && (reviewDue.map { $0 <= time } ?? false)
  }
}

extension User {
  /// How long it lasts.
  package static let breakGlassMinutes: ClosedRange<UInt32> = 1...240
  private static let reviewMicroseconds: Int64 = 24 * 3_600_000_000

  /// The grant that lets the user read everything at `time`; `nil` for none.
  package func breakGlass(at time: Timestamp) -> BreakGlass? {
    breakGlassGrants.last { $0.since <= time && time < $0.until }
  }

  func activate(
    _ command: ActivateBreakGlass, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard status == .active else {
      throw Refusal(.status, "The user \(id) is \(status); only an active user breaks the glass.")
    }
    guard Self.breakGlassMinutes.contains(command.minutes) else {
      throw Refusal(
        .range,
        "minutes is \(command.minutes); give \(Self.breakGlassMinutes.lowerBound) to "
          + "\(Self.breakGlassMinutes.upperBound).", field: "minutes")
    }
    try requireFree(command.grantID, at: context.now)
    try context.requireReason(for: "ActivateBreakGlass")
    guard context.onBehalfOf == nil else {
      throw Refusal(
        .permissionSelf, "Nobody breaks the glass in another's name; do it as yourself.")
    }
    let actor = context.actor.text
    let isAlone = actor == id
    if !isAlone { try requireAdministrator(actor, "ActivateBreakGlass", in: context) }
    guard !isAlone || context.settings.breakGlassAlone else {
      throw Refusal(
        .permissionSelf,
        "It takes two to break the glass: have an administrator send the command for \(id), or set "
          + "the switch breakGlassAlone.")
    }
    guard command.approvedBy.isEmpty || command.approvedBy == [actor] else {
      throw Refusal(
        .inconsistent,
        "approvedBy names others than \(actor), who sends the command; whoever approves sends it.",
        field: "approvedBy")
    }
    let activated = BreakGlassActivated.with {
      $0.approvedBy = [actor]
      $0.minutes = command.minutes
      $0.grantID = command.grantID
      $0.reviewDue = context.now.advanced(byMicroseconds: Self.reviewMicroseconds).message
    }
    return [event(.breakGlassActivated(activated))]
  }

  private func requireFree(_ grant: String, at now: Timestamp) throws(Refusal) {
    try Self.checkRole(grant)
    guard !breakGlassGrants.contains(where: { $0.id == grant }) else {
      throw Refusal(
        .alreadyExists,
        "The user \(id) has a grant \(grant) already; use another identifier.", field: "grantId")
    }
    guard breakGlass(at: now) == nil else {
      throw Refusal(.status, "The user \(id) reads everything already; end that first.")
    }
    if let open = breakGlassGrants.first(where: { $0.isOverdue(at: now) }) {
      throw Refusal(
        .status,
        "The grant \(open.id) of \(id) was to be reviewed by now; have somebody review it first.")
    }
  }

  func end(
    _ command: EndBreakGlass, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let grant = try self.grant(command.grantID)
    if context.actor.text != id {
      try requireAdministrator(context.actor.text, "EndBreakGlass", in: context)
    }
    // The timer says that it is over; people end it before.
    guard context.isSystem ? !grant.isEnded : context.now < grant.until else { return [] }
    return [event(.breakGlassEnded(.with { $0.grantID = grant.id }))]
  }

  func review(
    _ command: ReviewBreakGlass, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let grant = try self.grant(command.grantID)
    guard context.actor.text != id, !grant.approvedBy.contains(context.actor.text) else {
      throw Refusal(
        .permissionSelf,
        "\(context.actor) took part in the grant \(grant.id); somebody else reviews it.")
    }
    try requireAdministrator(context.actor.text, "ReviewBreakGlass", in: context)
    try FieldRule.required(command.outcome, "outcome", of: "The review")
    try FieldRule.text(command.outcome, "outcome", limit: 100)
    guard !grant.isReviewed else { return [] }
    return [
      event(
        .breakGlassReviewed(.with { ($0.grantID, $0.outcome) = (grant.id, command.outcome) }))
    ]
  }

  private func grant(_ id: String) throws(Refusal) -> BreakGlass {
    guard let grant = breakGlassGrants.first(where: { $0.id == id }) else {
      throw Refusal(
        .notFound, "The user \(self.id) has no grant \(id); check the identifier.",
        field: "grantId")
    }
    return grant
  }

  /// The second person: an administrator who can act.
  private func requireAdministrator(
    _ actor: String, _ command: String, in context: DecisionContext
  ) throws(Refusal) {
    if context.isSystem { return }
    guard let person = context.records.state(User.self, actor), person.status == .active,
      person.isAdministrator
    else {
      throw Refusal(
        .permissionDenied,
        "\(command) for \(id) is for \(id) itself and for administrators, and \(actor) is "
          + "neither; ask one.")
    }
  }
}
