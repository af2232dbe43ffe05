internal import EventLog
package import EventModel
internal import Schema

/// What every list of events shows of one: who, when, what, why.
package struct EventSummary: Hashable, Sendable {
  package let position: Position
  package let eventID: EventID
  package let stream: String
  package let revision: Revision
  package let type: String
  package let recordedAt: Timestamp
  package let occurredAt: Timestamp
  package let actor: String
  /// Empty for nobody.
  package let onBehalfOf: String
  /// Such as `import`; empty when the event says none.
  package let channel: String
  package let commandName: String
  package let transactionID: String
  package let reasonCode: String
  /// `nil` when there is none.
  package let reasonText: Sealed<String>?

  init(_ decoded: DecodedEvent, personal: [SealedPart]) {
    let event = decoded.event
    let metadata = decoded.metadata
    position = event.position
    eventID = event.eventID
    stream = event.stream
    revision = event.revision
    type = event.type
    recordedAt = event.recordedAt
    occurredAt = decoded.occurredAt
    actor = event.actor
    onBehalfOf = event.onBehalfOf
    channel = FieldText.code(metadata.channel) ?? ""
    commandName = metadata.commandName
    transactionID = metadata.transactionID
    reasonCode = metadata.reasonCode
    reasonText = decoded.reasonText(apartFrom: personal)
  }

  init(_ decoded: DecodedEvent) {
    self.init(decoded, personal: decoded.personalParts(subjectKey: nil))
  }

  /// The type as words: `OpportunityStageChanged` is `opportunity stage changed`.
  package var words: String { EventTypeWords.words(type).joined(separator: " ") }
}
