package import EventLog
package import EventModel
package import Evidence
internal import Foundation

/// Makes the log's own events that an offline verifier reads: one plain JSON section, nothing
/// personal in it.
///
/// Source: docs/format/system-events.md.
package struct SystemEventMaker: Sendable {
  private let random: RandomSource

  package init(random: RandomSource) { self.random = random }

  /// - Parameters:
  ///   - type: such as `EvidenceExported`.
  ///   - stream: where it stands, such as `system-evidence`.
  ///   - actor: who it was.
  ///   - members: what it says; the JSON has them in this order.
  ///   - now: what its identifier begins with.
  ///   - more: sections behind the JSON, such as an actor's proof.
  /// - Returns: the event, to be appended.
  package func event(
    _ type: SystemEventType, in stream: StreamName, by actor: ActorID,
    _ members: [JSONText.Member], at now: Timestamp, sections more: [NewSection] = []
  ) -> NewEvent {
    self.event(
      type, in: stream, by: actor, json: Array(JSONText.object(members).written.utf8), at: now,
      sections: more)
  }

  /// The same of JSON that is written already.
  package func event(
    _ type: SystemEventType, in stream: StreamName, by actor: ActorID, json content: [UInt8],
    at now: Timestamp, sections more: [NewSection] = []
  ) -> NewEvent {
    let section = NewSection(
      kind: .plain,
      blob: PlainSection.encode(
        salt: random.words(), contentType: ContentType.json, content: content))
    return NewEvent(
      eventID: EventID(version7At: now, random: random.words()), stream: stream,
      type: type.eventType, actor: actor, sections: [section] + more)
  }

  /// A request of its own for events that no command of the domain made.
  package func request(
    _ events: [NewEvent], at now: Timestamp, conditions: [AppendCondition] = [],
    guards: [GuardChange] = [], command: CommandID? = nil
  ) -> AppendRequest {
    AppendRequest(
      command: command ?? CommandID(version7At: now, random: random.words()), events: events,
      conditions: conditions, guards: guards)
  }
}

/// The log's own events with JSON sections; those of the log's founding are made by `EventLog`.
package enum SystemEventType: String, CaseIterable, Sendable {
  case serverStarted = "ServerStarted"
  case logClosureRequested = "LogClosureRequested"
  case logClosed = "LogClosed"
  case logKeyRotated = "LogKeyRotated"
  case logAnchored = "LogAnchored"
  case accessLossAccepted = "AccessLossAccepted"
  case actorKeyRegistered = "ActorKeyRegistered"
  case actorKeyRevoked = "ActorKeyRevoked"
  case subjectErasureRequested = "SubjectErasureRequested"
  case subjectErasureApproved = "SubjectErasureApproved"
  case subjectKeyDestroyed = "SubjectKeyDestroyed"
  case legalHoldPlaced = "LegalHoldPlaced"
  case legalHoldReleaseRequested = "LegalHoldReleaseRequested"
  case legalHoldReleased = "LegalHoldReleased"
  case keyEpochDestroyed = "KeyEpochDestroyed"
  case subjectReadmitted = "SubjectReadmitted"
  case sectionRedactionRequested = "SectionRedactionRequested"
  case sectionRedactionApproved = "SectionRedactionApproved"
  case sectionRedacted = "SectionRedacted"
  case evidenceExported = "EvidenceExported"
  case signaturePolicySet = "SignaturePolicySet"
  case consumerCreated = "ConsumerCreated"
  case consumerChanged = "ConsumerChanged"
  case consumerDeleted = "ConsumerDeleted"

  package var eventType: EventType {
    guard let type = EventType(rawValue) else { preconditionFailure("“\(rawValue)” is no type") }
    return type
  }
}

extension StreamName {
  package static let systemLog = StreamName(category: "system", id: "log")
  package static let systemKeys = StreamName(category: "system", id: "keys")
  package static let systemEvidence = StreamName(category: "system", id: "evidence")
}
