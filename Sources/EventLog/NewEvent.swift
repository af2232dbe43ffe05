package import EventModel

/// A finished section of an event that is to be appended: its blob and what the leaf says of it.
package struct NewSection: Hashable, Sendable {
  package let header: SectionHeader
  package let blob: [UInt8]

  /// - Parameters:
  ///   - kind: what `blob` is.
  ///   - keyID: the subject's key for a sealed kind, zeros otherwise.
  ///   - blob: the whole blob, as it will be stored.
  /// - Complexity: one SHA-256 of `blob`.
  package init(kind: SectionHeader.Kind, keyID: KeyID = .zero, blob: [UInt8]) {
    self.blob = blob
    header = SectionHeader(
      kind: kind, keyID: keyID, byteCount: UInt32(blob.count), digest: .sha256(blob))
  }
}

/// An event that is to be appended: everything of it but what only the writer knows (position,
/// time, revision, predecessor).
package struct NewEvent: Hashable, Sendable {
  package let eventID: EventID
  package let stream: StreamName
  package let type: EventType
  package let actor: ActorID
  package let onBehalfOf: ActorID?
  package let causation: EventID
  /// Section 0 is the plain `deed.envelope.v1.Metadata`, but in the log's own JSON events.
  package let sections: [NewSection]

  package init(
    eventID: EventID, stream: StreamName, type: EventType, actor: ActorID,
    onBehalfOf: ActorID? = nil, causation: EventID = .zero, sections: [NewSection]
  ) {
    self.eventID = eventID
    self.stream = stream
    self.type = type
    self.actor = actor
    self.onBehalfOf = onBehalfOf
    self.causation = causation
    self.sections = sections
  }
}
