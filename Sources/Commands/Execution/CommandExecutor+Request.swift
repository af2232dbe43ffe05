internal import CRM
internal import EventLog
internal import EventModel
internal import Foundation
internal import Schema
internal import SwiftProtobuf
internal import Vault

/// From what was decided to what is appended.
extension CommandExecutor {
  func request(
    of command: AskedCommand, _ round: DecisionRound, _ context: CommandContext
  ) async throws(CommandFailure) -> AppendRequest {
    try Self.checkSignable(round, context)
    let contents = round.events.map { parts(of: $0, round, context) }
    let keys = try await subjects.keys(of: contents.joined().map(\.subject))
    let base = try metadata(of: command, round, context)
    var events: [NewEvent] = []
    var guards: [GuardChange] = []
    for (decided, parts) in zip(round.events, contents) {
      let draft = try draft(decided, parts, keys, base, round, context)
      guards += EventAssembly.guards(of: draft)
      do {
        events.append(try assembly.event(draft))
      } catch { throw vaultFailure(error) }
    }
    if let signature = context.signature, let first = events.first {
      // The proof stands once, with the command's first event; the others have its command id.
      events[0] = signature.added(to: first, salts: identifiers.salt)
    }
    return AppendRequest(
      command: command.id, bodyDigest: command.digest, events: events,
      conditions: round.conditions + Self.condition(of: command.signer), guards: guards)
  }

  private func vaultFailure(_ error: VaultError) -> CommandFailure {
    if case .destroyedKey(_, let receipt) = error {
      reader.forget()
      return .refused(SubjectKeys.erased("the subject", at: receipt))
    }
    return .vault(error)
  }

  private func draft(
    _ decided: DecidedEvent, _ parts: [SealedContent], _ keys: [String: KeyID], _ base: Metadata,
    _ round: DecisionRound, _ context: CommandContext
  ) throws(CommandFailure) -> EventDraft {
    guard let stream = decided.record.stream else {
      throw .refused(
        Refusal(.format, "“\(decided.record.id)” is no identifier of a record; correct it."))
    }
    var metadata = base
    metadata.policyRefs += decided.policyRefs
    metadata.tags = decided.tags.map(\.text)
    // O-9: what is done to a contested record is found with the dispute.
    if let owned = round.context.records.anyState(decided.record) as? any OwnedAggregate {
      for dispute in owned.ownership.frozenBy {
        guard let tag = RecordKey.dispute(dispute).tag?.text, !metadata.tags.contains(tag) else {
          continue
        }
        metadata.tags.append(tag)
      }
    }
    let sealed = parts.compactMap { part in
      keys[part.subject].map { keyID in
        SealedPartDraft(
          kind: part.kind, subject: part.subject, keyID: keyID, messageName: part.messageName,
          content: part.content)
      }
    }
    return EventDraft(
      eventID: identifiers.eventID(at: round.now), record: decided.record, stream: stream,
      payload: decided.payload, metadata: metadata, parts: sealed, actor: context.actor,
      onBehalfOf: context.onBehalfOf, causation: context.causation ?? .zero)
  }

  /// What the events of one command have in common.
  private func metadata(
    of command: AskedCommand, _ round: DecisionRound, _ context: CommandContext
  ) throws(CommandFailure) -> Metadata {
    let actor = try directory.snapshot(
      of: context.actor, kind: context.actorKind,
      delegationID: context.onBehalfOf == nil ? "" : context.delegationID)
    let principal = try context.onBehalfOf.map { principal throws(CommandFailure) in
      try directory.snapshot(of: principal, kind: .user, delegationID: "")
    }
    let first = round.events.first?.record
    let changesSeveral = round.events.contains { $0.record != first }
    let transaction = context.transactionID ?? (changesSeveral ? command.id.uuidText : "")
    return .with {
      $0.occurredAtUs = (context.occurredAt ?? round.now).microseconds
      $0.commandID = context.idempotencyKey
      $0.commandName = command.name
      $0.commandDigest = .init(command.digest.bytes)
      $0.commandEventCount = UInt32(round.events.count)
      $0.transactionID = transaction
      $0.channel = context.channel
      $0.reasonCode = context.reason?.code ?? ""
      $0.policyRefs = context.policyRefs
      if let authorization = round.authorization { $0.authorization = authorization }
      $0.batchID = context.batchID
      $0.traceParent = context.traceParent ?? ""
      $0.actor = actor
      if let principal { $0.onBehalfOf = principal }
    }
  }
}

/// What is to be sealed, before its key is known.
struct SealedContent: Sendable {
  let kind: SealedPart.Kind
  let subject: String
  let messageName: String
  let content: [UInt8]
}

extension CommandExecutor {
  /// What of an event is sealed: each person's part, the words of the reason, the client's data.
  private func parts(
    of decided: DecidedEvent, _ round: DecisionRound, _ context: CommandContext
  ) -> [SealedContent] {
    var parts = decided.personal.map { part in
      SealedContent(
        kind: .personal, subject: "\(part.subject)", messageName: part.payload.messageName,
        content: part.payload.serialized())
    }
    if let text = context.reason?.text, !text.isEmpty {
      let message = ReasonText.with { $0.text = text }
      parts.append(
        SealedContent(
          kind: .reasonText, subject: "\(subject(of: decided, round))",
          messageName: ReasonText.protoMessageName, content: EventAssembly.bytes(message)))
    }
    if let client = context.client {
      parts.append(
        SealedContent(
          kind: .clientData, subject: Self.staffSubject(context.actor, at: round.now),
          messageName: ClientData.protoMessageName, content: EventAssembly.bytes(client)))
    }
    return parts
  }

  /// The subject under whom free text of the event's record is sealed.
  private func subject(of decided: DecidedEvent, _ round: DecisionRound) -> RecordKey {
    if let part = decided.personal.first { return part.subject }
    let state = round.context.records.anyState(decided.record)
    if let owned = state as? any OwnedAggregate { return owned.subject }
    // A record that this command makes: what its first event says.
    for other in round.events where other.record == decided.record {
      if let part = other.personal.first { return part.subject }
    }
    return decided.record
  }

  /// What a client tells of an employee has a subject for each month, so that a month can expire.
  static func staffSubject(_ actor: ActorID, at time: Timestamp) -> String {
    "staff:\(actor.text):\(time.description.prefix(7))"
  }
}
