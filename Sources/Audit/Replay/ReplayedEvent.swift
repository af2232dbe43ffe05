package import EventModel

/// An event with what it says, for people and scripts.
package struct ReplayedEvent: Hashable, Sendable {
  package let event: EventSummary
  package let correlation: CommandID
  package let causation: EventID
  package let tags: [String]
  package let batchID: String
  /// Which rule sets the decision used, such as `pipeline/pip_1@3`.
  package let policies: [String]
  /// The W3C traceparent of the request that made it; empty when there was none.
  package let traceParent: String
  /// The full name of the message that ``data`` is, or a content type; empty when the section
  /// was redacted.
  package let dataType: String
  /// The event in the JSON mapping of proto3, one line; `null` when it can't be shown as JSON, and
  /// `{"erased":N}` when it was blanked by the event at N.
  package var data: String
  package var personal: [ReplayedPart]
}

/// A sealed section of a replayed event.
package struct ReplayedPart: Hashable, Sendable {
  package let section: Int
  package let keyID: KeyID
  /// Whose key that is, such as `contact:con_1`, as the event says; empty when it doesn't.
  package let subject: String
  /// The message's full name and its JSON form.
  package var content: Sealed<ReplayedContent>
}

package struct ReplayedContent: Hashable, Sendable {
  package let type: String
  /// One line of JSON; `null` for content that has none.
  package var json: String
}
