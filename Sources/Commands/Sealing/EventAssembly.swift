internal import CRM
internal import EventLog
internal import EventModel
internal import Schema
internal import Sealing
internal import SwiftProtobuf
internal import Vault

/// One sealed section to be: what it holds, for whom.
struct SealedPartDraft: Sendable {
  let kind: SealedPart.Kind
  let subject: String
  let keyID: KeyID
  let messageName: String
  let content: [UInt8]
}

/// Everything of an event before its sections are finished.
struct EventDraft: Sendable {
  let eventID: EventID
  let record: RecordKey
  let stream: StreamName
  let payload: Payload
  var metadata: Metadata
  let parts: [SealedPartDraft]
  let actor: ActorID
  let onBehalfOf: ActorID?
  let causation: EventID
}

/// Makes events of drafts: metadata, payload, then the sealed sections in the order of their parts.
struct EventAssembly: Sendable {
  let vault: Vault
  let random: RandomSource

  /// - Throws: ``VaultError`` when a key is not there any more.
  func event(_ draft: EventDraft) throws(VaultError) -> NewEvent {
    guard let type = EventType(draft.payload.typeName) else {
      preconditionFailure("“\(draft.payload.typeName)” of the catalogue is no event type")
    }
    var metadata = draft.metadata
    metadata.sealed = draft.parts.map { part in
      .with { ($0.kind, $0.subject) = (part.kind, part.subject) }
    }
    var sections = [
      plain(Metadata.protoMessageName, Self.bytes(metadata)),
      plain(draft.payload.messageName, draft.payload.serialized()),
    ]
    for part in draft.parts {
      let blob = try vault.seal(
        content: part.content, contentType: ContentType.protobuf(part.messageName),
        under: part.keyID,
        at: SectionPlace(
          eventID: draft.eventID, section: sections.count, stream: draft.stream, type: type))
      sections.append(NewSection(kind: .sealed, keyID: part.keyID, blob: blob))
    }
    return NewEvent(
      eventID: draft.eventID, stream: draft.stream, type: type, actor: draft.actor,
      onBehalfOf: draft.onBehalfOf, causation: draft.causation, sections: sections)
  }

  /// What the event asks of the guards.
  static func guards(of draft: EventDraft) -> [GuardChange] {
    GuardDefinitions.changes(
      of: draft.payload, record: draft.record,
      sealed: draft.parts.map { .init(subject: $0.subject, keyID: $0.keyID) })
  }

  private func plain(_ messageName: String, _ content: [UInt8]) -> NewSection {
    NewSection(
      kind: .plain,
      blob: PlainSection.encode(
        salt: random.words(), contentType: ContentType.protobuf(messageName), content: content))
  }

  static func bytes(_ message: some Message) -> [UInt8] {
    do {
      return try message.serializedBytes()
    } catch {
      // Required fields and `Any` are the only reasons, and the envelope has neither.
      preconditionFailure("\(error) while a message without required fields was written")
    }
  }
}
