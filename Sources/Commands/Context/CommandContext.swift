package import CRM
package import EventModel
package import Schema

/// Who asks for a command, through what, and under which key it is asked only once.
package struct CommandContext: Sendable {
  /// Who signed in, most often the actor: the namespace of ``idempotencyKey``.
  package var principal: String
  /// Who acts: the leaf's actor.
  package var actor: ActorID
  package var actorKind: ActorKind.Code
  /// For whom the actor acts, under ``delegationID``.
  package var onBehalfOf: ActorID?
  package var delegationID: String
  package var channel: Channel.Code
  /// The same key and body again give the first result again.
  ///
  /// 1…200 printable ASCII characters; a UUID stands for itself.
  package var idempotencyKey: String
  /// When the actor says it happened, at most five minutes ahead of the clock; `nil` for now.
  package var occurredAt: Timestamp?
  package var reason: Reason?
  /// The business transaction this is a part of; `nil` makes one where a command changes several
  /// records.
  package var transactionID: String?
  /// The import, handover or export this is a part of; empty for none.
  package var batchID: String
  /// The event that led to this command; automation always names one.
  package var causation: EventID?
  /// What the caller saw last of the record it changes; `nil` accepts whatever stands there.
  package var expectedRevision: Revision?
  /// Rule sets that chose this command.
  package var policyRefs: [PolicyRef]
  /// By what right, where somebody else checked it.
  package var authorization: Authorization?
  /// Whether the actor's right is checked; the product's own commands need none.
  package var isChecked = false
  /// What the client told of itself; sealed under the actor's subject of the month.
  package var client: ClientData?
  /// The actor's own signature over the request; `nil` where the server vouches for the actor.
  package var signature: CommandSignature?
  /// The W3C traceparent of the request it came with; `nil` for none.
  package var traceParent: String?

  package init(
    actor: ActorID, actorKind: ActorKind.Code = .user, channel: Channel.Code,
    idempotencyKey: String, reason: Reason? = nil
  ) {
    principal = actor.text
    self.actor = actor
    self.actorKind = actorKind
    delegationID = ""
    self.channel = channel
    self.idempotencyKey = idempotencyKey
    self.reason = reason
    batchID = ""
    policyRefs = []
  }
}

extension CommandContext {
  /// The log's name for the command: the key itself if it is a UUID, else a digest of who and key.
  package var commandID: CommandID {
    CommandID(uuidText: idempotencyKey)
      ?? CommandID(Digest.sha256(Array("\(principal)\0\(idempotencyKey)".utf8)).bytes.span)
  }

  /// How far ahead of the server's clock another clock may be.
  static let clockTolerance: Int64 = 5 * 60 * 1_000_000

  /// Refuses what no command may say of itself.
  func check(at now: Timestamp) throws(Refusal) {
    guard (1...200).contains(idempotencyKey.utf8.count),
      idempotencyKey.utf8.allSatisfy({ (0x21...0x7e) ~= $0 })
    else {
      throw Refusal(
        .format,
        "The idempotency key has not 1 to 200 printable ASCII characters; give one such "
          + "as a UUID.", field: "idempotencyKey")
    }
    guard CommandID(uuidText: idempotencyKey)?.isZero != true else {
      throw Refusal(
        .format, "The idempotency key is the nil UUID; give another.", field: "idempotencyKey")
    }
    guard !principal.isEmpty, !principal.utf8.contains(0) else {
      throw .required("principal", of: "The command")
    }
    if let occurredAt, occurredAt > now.advanced(byMicroseconds: Self.clockTolerance) {
      throw Refusal(
        .range,
        "occurredAt is \(occurredAt), more than five minutes ahead of the server's clock; "
          + "set the client's clock.", field: "occurredAt")
    }
    if let reason {
      guard reason.code.utf8.count <= 80, reason.text.utf8.count <= 20_000 else {
        throw Refusal(
          .tooLong,
          "The reason has a code of more than 80 bytes or a text of more than 20000; "
            + "shorten it.", field: "reason")
      }
    }
    for (text, field) in [
      (delegationID, "delegationId"), (batchID, "batchId"), (transactionID ?? "", "transactionId"),
    ] where text.utf8.count > 200 {
      throw Refusal(.tooLong, "\(field) has more than 200 bytes; shorten it.", field: field)
    }
  }
}
