package import EventLog
package import EventModel
package import Schema

/// An event with its sections read, as far as the vault opens them.
package struct DecodedEvent: Sendable {
  package let event: RecordedEvent
  /// Empty for the log's own events, which have none.
  package let metadata: Metadata
  /// `nil` for the log's own events.
  package let payload: Payload?
  /// The sealed sections, in their order.
  package let sealedParts: [SealedPart]

  /// When the actor says it happened; the recorded time for the log's own events.
  package var occurredAt: Timestamp {
    metadata.occurredAtUs == 0
      ? event.recordedAt : Timestamp(microseconds: metadata.occurredAtUs)
  }
}

/// A sealed section of an event.
package struct SealedPart: Hashable, Sendable {
  package let section: Int
  package let keyID: KeyID
  /// Whose key that is, such as `contact:con_1`, as the event says; empty when it doesn't.
  package let subject: String
  package let content: Sealed<SealedContent>
}

/// What a sealed section holds.
package enum SealedContent: Hashable, Sendable {
  /// One data subject's fields.
  case personal(PersonalPayload)
  /// The free text that goes with the reason code.
  case reason(String)
  /// What the client told of itself.
  case client(ClientData)
  /// Something else, such as a request's body.
  case other(contentType: String)
}

extension DecodedEvent {
  /// The sealed parts that belong to the record's own fields.
  ///
  /// A part that does not open can't say what it is: it counts when its key is that of the
  /// record's subject, or when that is not known yet and the catalogue says that the event has
  /// such a part.
  func personalParts(subjectKey: KeyID?) -> [SealedPart] {
    let mayHave = EventCatalogue.entry(event.type)?.personalMessageName != nil
    var hasUnread = false
    return sealedParts.filter { part in
      switch part.content {
      case .value(.personal): return true
      case .value: return false
      case .erased, .hidden:
        // A subject has one section of an event at the most.
        guard mayHave, !hasUnread, part.keyID == subjectKey ?? part.keyID else { return false }
        hasUnread = true
        return true
      }
    }
  }

  /// The free text of the reason; `nil` when there is none.
  func reasonText(apartFrom personal: [SealedPart]) -> Sealed<String>? {
    for part in sealedParts {
      if case .value(.reason(let text)) = part.content { return .value(text) }
    }
    guard !metadata.reasonCode.isEmpty else { return nil }
    let unread = sealedParts.first { $0.content.opened == nil && !personal.contains($0) }
    return unread.map { part in part.content.map { _ in "" } }
  }
}
