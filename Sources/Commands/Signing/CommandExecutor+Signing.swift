internal import CRM
package import EventLog
internal import EventModel
internal import LMDB
internal import Schema

/// Level A2: commands that their actors signed.
extension CommandExecutor {
  /// Checks the signature of a command, and that there is one where the workspace asks for it.
  ///
  /// - Returns: the keys it was checked with; `nil` for a command without one.
  func signer(
    of name: String, _ context: CommandContext
  ) throws(CommandFailure) -> ActorKeyRing? {
    guard let signature = context.signature else {
      guard context.actorKind == .user, try signaturePolicy().commands.contains(name) else {
        return nil
      }
      throw .refused(
        Refusal(
          .signature,
          "\(name) needs its actor's own signature here: sign it with a key that is registered for "
            + "\(context.actor.text)."))
    }
    let ring = try ActorKeyRing(of: context.actor, in: log)
    do throws(Refusal) {
      try ring.check(
        signature, command: name, idempotencyKey: context.idempotencyKey, origin: log.origin)
    } catch { throw .refused(error) }
    return ring
  }

  /// Checks the signature of something that is no command of the domain, such as an approval.
  ///
  /// - Returns: what must still hold of the signer's keys when it is recorded.
  package func signatureConditions(
    of name: String, _ context: CommandContext
  ) throws(CommandFailure) -> [AppendCondition] {
    Self.condition(of: try signer(of: name, context))
  }

  /// What the workspace asks signatures for.
  package func signaturePolicy() throws(CommandFailure) -> SignaturePolicy {
    try signatures.value(of: "") { () throws(CommandFailure) in
      try SignaturePolicy(in: log)
    }
  }

  /// What must still hold of the signer's keys when the events are appended.
  static func condition(of signer: ActorKeyRing?) -> [AppendCondition] {
    guard let signer, let stream = signer.stream else { return [] }
    return [.stream(stream, signer.revision.map { .exactly($0) } ?? .none)]
  }

  /// A signed body is kept in clear, so it may hold nothing personal.
  static func checkSignable(
    _ round: DecisionRound, _ context: CommandContext
  ) throws(CommandFailure) {
    guard context.signature != nil, round.events.contains(where: { !$0.personal.isEmpty }) else {
      return
    }
    throw .refused(
      Refusal(
        .signature,
        "A signed command carries identifiers and codes only, and this one has personal fields: "
          + "send those in a command of their own, unsigned."))
  }
}

extension CommandSignature {
  /// `event` with the signed body and the proof behind its other sections.
  func added(to event: NewEvent, salts: () -> (UInt64, UInt64)) -> NewEvent {
    NewEvent(
      eventID: event.eventID, stream: event.stream, type: event.type, actor: event.actor,
      onBehalfOf: event.onBehalfOf, causation: event.causation,
      sections: event.sections + sections(salts: salts))
  }
}
