package import EventModel
package import Schema

/// An event that a decision brings about, before anything is sealed or stored.
package struct DecidedEvent: Equatable, Sendable {
  /// The record in whose stream it goes.
  package let record: RecordKey
  package let payload: Payload
  /// What goes into sealed sections, one for each data subject; none of them is empty.
  package let personal: [DecidedPersonal]
  /// Records that the event is about beside ``record`` and those that its payload names, so that
  /// it is found with them.
  package let related: [RecordKey]
  /// Rule sets that the decision used.
  package let policyRefs: [PolicyRef]

  package init(
    _ record: RecordKey, _ payload: Payload, personal: [DecidedPersonal] = [],
    related: [RecordKey] = [], policyRefs: [PolicyRef] = []
  ) {
    self.record = record
    self.payload = payload
    self.personal = personal.filter { !$0.payload.isEmpty }
    self.related = related
    self.policyRefs = policyRefs
  }

  /// What the event is found by.
  package var tags: [Tag] { EventTags.tags(of: payload, record: record, related: related) }
}

/// One data subject's part of an event.
package struct DecidedPersonal: Equatable, Sendable {
  /// The record whose subject seals it.
  package let subject: RecordKey
  package let payload: PersonalPayload

  package init(_ subject: RecordKey, _ payload: PersonalPayload) {
    self.subject = subject
    self.payload = payload
  }
}
