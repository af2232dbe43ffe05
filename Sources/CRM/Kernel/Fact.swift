package import EventModel
package import Schema

/// One recorded event as aggregates see it.
package struct Fact: Equatable, Sendable {
  package let payload: Payload
  /// The event's sealed sections, in their order.
  package let personal: [Sealed<PersonalPayload>]
  package let position: Position
  package let revision: Revision
  package let recordedAt: Timestamp
  package let occurredAt: Timestamp
  package let actor: ActorID

  package init(
    payload: Payload, personal: [Sealed<PersonalPayload>], position: Position, revision: Revision,
    recordedAt: Timestamp, occurredAt: Timestamp, actor: ActorID
  ) {
    self.payload = payload
    self.personal = personal
    self.position = position
    self.revision = revision
    self.recordedAt = recordedAt
    self.occurredAt = occurredAt
    self.actor = actor
  }
}
