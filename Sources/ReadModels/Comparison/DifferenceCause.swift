package import EventModel

/// The event that made two builds of a model differ, and the way from it to the row.
package struct DifferenceCause: Hashable, Sendable {
  /// How the event was found.
  package enum Basis: String, Hashable, Sendable {
    /// Both projectors were run side by side: from this event on their rows differ.
    case bothProjectors
    /// The new projector had the old build's values until this event.
    case oldValueLeft
    /// The row names the position of the event that wrote it.
    case namedByRow
    /// The record's first event that says the value of the old build, which the new one lacks.
    case saysOldValue
    /// The event that last set the new build's values; the old projector is not at hand.
    case lastWrite
    /// The record's first event: the new build has no row of it.
    case recordBegins
  }

  /// An event that changed the row.
  package struct Step: Hashable, Sendable {
    package let position: Position
    package let type: String
    /// The columns it changed, with their values from then on; all of a new row.
    package let values: [ModelDifferences.Cell]
  }

  package let kind: ModelDifferences.Kind
  package let position: Position
  package let event: EventID
  package let type: String
  /// The stream of the event, such as `ticket-tkt_1`.
  package let stream: String
  package let basis: Basis
  /// The row's key.
  package let key: [ModelDifferences.Cell]
  /// What the event and those behind it made of the row in the new build, at most
  /// ``stepLimit``.
  package let way: [Step]

  package static let stepLimit = 8
}
