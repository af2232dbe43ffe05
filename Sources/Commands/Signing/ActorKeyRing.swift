package import CRM
package import EventLog
package import EventModel
internal import Evidence
internal import LMDB

/// The signing keys of one actor, as the stream `actor-<actor>` tells it.
package struct ActorKeyRing: Hashable, Sendable {
  package struct Key: Hashable, Sendable {
    package let keyID: String
    package let publicKey: [UInt8]
    package let registeredAt: Position
    package fileprivate(set) var revokedAt: Position?
  }

  package let actor: ActorID
  package private(set) var keys: [Key] = []
  /// Where the stream stands; `nil` when the actor never had a key.
  package private(set) var revision: Revision?

  package init(_ actor: ActorID) { self.actor = actor }

  /// `nil` when the actor's name can't stand in a stream's.
  package var stream: StreamName? { StreamName("actor-\(actor.text)") }

  /// Reads the stream of the actor's keys.
  package init(of actor: ActorID, in log: EventLog) throws(CommandFailure) {
    self.init(actor)
    guard let stream else { return }
    do throws(LMDBError) {
      for event in try log.events(EventSelection(.stream(stream))) { apply(event) }
    } catch { throw .storage(error) }
  }

  package mutating func apply(_ event: RecordedEvent) {
    revision = event.revision
    let isRevocation = event.type == SystemEventType.actorKeyRevoked.rawValue
    guard isRevocation || event.type == SystemEventType.actorKeyRegistered.rawValue else { return }
    let said: ActorKeyStatement
    do throws(EvidenceError) {
      said = try ActorKeyStatement(event.plain(0)?.content ?? [], isRevocation: isRevocation)
    } catch { return }
    guard said.actor == actor.text else { return }
    if let publicKey = said.publicKey {
      keys.append(
        Key(keyID: said.keyID, publicKey: publicKey, registeredAt: event.position))
    } else if let place = keys.firstIndex(where: { $0.keyID == said.keyID }) {
      keys[place].revokedAt = event.position
    }
  }

  /// Refuses a proof that is not of one of these keys over exactly this command.
  package func check(
    _ signature: CommandSignature, command: String, idempotencyKey: String, origin: String
  ) throws(Refusal) {
    let proof = signature.proof
    guard let key = keys.first(where: { $0.keyID == proof.keyID }) else {
      throw Refusal(
        .signature,
        "\(actor.text) has no key “\(proof.keyID)”: register it with `deed key new`.")
    }
    if let revoked = key.revokedAt {
      throw Refusal(
        .signature,
        "The key “\(proof.keyID)” of \(actor.text) was revoked at position \(revoked): sign with "
          + "another.")
    }
    guard proof.method == CommandSignature.method,
      proof.target == signature.target ?? CommandSignature.target(of: command),
      proof.idempotencyKey == idempotencyKey, proof.bodyDigest == .sha256(signature.body),
      proof.isSigned(by: key.publicKey, origin: origin)
    else {
      throw Refusal(
        .signature,
        "The signature of \(actor.text) is not over this \(command) with this key and body: sign "
          + "the request as it is sent.")
    }
  }
}

/// Which commands are carried out only with their actor's signature.
package struct SignaturePolicy: Hashable, Sendable {
  package private(set) var commands: Set<String> = []

  package init() {}

  package static let stream = StreamName(category: "system", id: "signatures")

  /// What a workspace should ask for: claims, transfers, rulings, exports, key destruction.
  package static let standard = [
    "ApproveErasure", "ClaimFromPool", "RequestTransfer", "TransferOwnership", "ApproveRuling",
    "RuleOnDispute", "RequestExport",
  ]

  package init(in log: EventLog) throws(CommandFailure) {
    let newest: RecordedEvent?
    do throws(LMDBError) {
      newest = try log.events(
        EventSelection(.stream(Self.stream), direction: .backwards, limit: 1)
      ).first
    } catch { throw .storage(error) }
    guard let content = newest?.plain(0)?.content else { return }
    do throws(EvidenceError) {
      guard case .list(let names)? = try JSONText(parsing: content)["commands"] else { return }
      commands = Set(names.compactMap(\.string))
    } catch { return }
  }
}
