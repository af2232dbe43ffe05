package import EventModel
package import Schema

/// Who asks for a command, through what, and under which key it is asked only once.
package struct CommandContext: Sendable {
  /// Who signed in: the namespace of ``idempotencyKey``. Most often the actor.
  package var principal: String
  /// Who acts: the leaf's actor.
  package var actor: ActorID
  package var actorKind: ActorKind.Code
  /// For whom the actor acts, under ``delegationID``.
  package var onBehalfOf: ActorID?
  package var delegationID: String
  package var channel: Channel.Code
  /// 1…200 printable ASCII characters; a UUID stands for itself. The same key and body again give
  /// the first result again.
  package var idempotencyKey: String
  /// When the actor says it happened; `nil` for now. At most five minutes ahead of the clock.
  package var occurredAt: Timestamp?
  package var reason: CommandReason?
  /// The business transaction this is a part of; `nil` makes one where a command changes several
  /// records.
  package var transactionID: String?
  /// The import, handover or export this is a part of.
  package var batchID: String
  /// The event that led to this command; automation always names one.
  package var causation: EventID?
  /// What the caller saw last of the record it changes; `nil` accepts whatever stands there.
  package var expectedRevision: Revision?
  /// Rule sets that chose this command.
  package var policyRefs: [PolicyRef]
  /// By what right; filled in by who checked it.
  package var authorization: Authorization?
  /// What the client told of itself; sealed under the actor's subject of the month.
  package var client: ClientData?

  package init(
    actor: ActorID, actorKind: ActorKind.Code = .user, channel: Channel.Code, idempotencyKey: String
  ) {
    principal = actor.text
    self.actor = actor
    self.actorKind = actorKind
    delegationID = ""
    self.channel = channel
    self.idempotencyKey = idempotencyKey
    batchID = ""
    policyRefs = []
  }
}

/// Why: a code of the reference data, and words, which are sealed under the record's subject.
package struct CommandReason: Hashable, Sendable {
  package var code: String
  package var text: String

  package init(code: String, text: String = "") {
    self.code = code
    self.text = text
  }
}
