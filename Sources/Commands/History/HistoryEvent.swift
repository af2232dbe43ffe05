package import CRM
package import EventModel
package import Schema

/// Something that happened before the log began, or in another system, as it is to be recorded.
package struct HistoryEvent: Sendable {
  /// Names the event within its source: the same key again is the same event again.
  package var key: String
  package var stream: StreamName
  package var payload: Payload
  /// The part that is sealed; `nil` or empty for none.
  package var personal: PersonalPayload?
  /// The stream of the record whose subject seals ``personal``, such as an activity's contact;
  /// `nil` for what the payload says, or else the stream itself.
  package var subject: StreamName?
  /// ``subject`` is the very one whose key sealed it, as an export says: no other is looked up by
  /// the record.
  package var isSubjectFinal = false
  package var actor: ActorID
  package var actorKind: ActorKind.Code
  package var onBehalfOf: ActorID?
  package var occurredAt: Timestamp
  package var reason: Reason?
  /// Events of one business transaction have one; empty for none.
  package var transactionID: String
  /// Records that the event is found with, beside its own and those that its payload names.
  package var related: [RecordKey]
  /// The event's own id where the source is an export: a log that has it already takes it no second
  /// time.
  package var exportedID: EventID?

  package init(
    key: String, stream: StreamName, payload: Payload, personal: PersonalPayload? = nil,
    subject: StreamName? = nil, actor: ActorID, actorKind: ActorKind.Code = .user,
    onBehalfOf: ActorID? = nil, occurredAt: Timestamp, reason: Reason? = nil,
    transactionID: String = "", related: [RecordKey] = []
  ) {
    self.key = key
    self.stream = stream
    self.payload = payload
    self.personal = personal
    self.subject = subject
    self.actor = actor
    self.actorKind = actorKind
    self.onBehalfOf = onBehalfOf
    self.occurredAt = occurredAt
    self.reason = reason
    self.transactionID = transactionID
    self.related = related
  }
}

extension HistoryEvent {
  /// Refuses what no log takes, whatever stands in it: an event in a place that is not its own, a
  /// sealed part of another kind, an unknown code, a moment that lies beyond `now`.
  package func check(at now: Timestamp) throws(Refusal) {
    _ = try HistoryRule.check(self, at: now)
  }

  /// Whether anything of it is sealed.
  package var hasSealedParts: Bool {
    personal.map { !$0.isEmpty } ?? false || reason.map { !$0.text.isEmpty } ?? false
  }

  /// Whether it says itself whose key is to seal what is personal in it.
  package var namesSubject: Bool {
    subject != nil || HistoryRule.namedSubject(of: payload) != nil
  }
}

/// Where a history comes from.
package struct HistorySource: Hashable, Sendable {
  /// What keys are unique in, such as a file's digest or another system's name; 1…200 bytes.
  package let name: String
  /// `importId`: the import that brings the events.
  package let batchID: String

  package init(name: String, batchID: String) {
    self.name = name
    self.batchID = batchID
  }

  /// The same key of the same source makes the same identifier, whoever imports it when.
  package func eventID(of key: String) -> EventID {
    EventID(version8Of: .sha256(Array("deed/history/v1\0\(name)\0\(key)".utf8)))
  }
}
