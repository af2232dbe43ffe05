internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Evidence
internal import Schema
internal import Transparency
internal import Vault

/// Actors' own keys: made on the actor's device, registered and revoked as events.
extension Workspace {
  /// Makes a key in a new file that only its owner reads, and registers it for the acting user.
  ///
  /// - Parameters:
  ///   - file: where the private half goes; it must not exist.
  ///   - keyID: its name, once and never again for this user.
  /// - Returns: the public half, and where it is registered.
  /// - Throws: ``ServiceError``; no file is left then, unless it is the log that failed.
  public func makeActorKey(in file: String, named keyID: String) throws(ServiceError) -> Answer {
    guard let key = ActorSigningKey(keyID: keyID, seed: random.bytes(32)) else {
      throw ServiceError(
        .usage, code: "VALIDATION.KEY_ID",
        "“\(keyID)” can't name a key: give 1 to 64 of a–z, A–Z, 0–9, “.”, “_” and “-”.")
    }
    let actor = try actingUser()
    let ring = try registrable(keyID, of: actor)
    do throws(VaultError) {
      try SecretFile.create(Array(key.text.utf8), at: file)
    } catch {
      throw ServiceError(
        .refused, code: "EXPORT.FILE",
        "“\(file)” can't be made: it exists already, or its folder doesn't; give another --out.")
    }
    return try register(key.publicKey, named: keyID, ring)
  }

  /// Registers a key that was made elsewhere, by its public half in base64.
  public func registerActorKey(
    _ publicKey: String, named keyID: String
  ) throws(ServiceError) -> Answer {
    guard ActorSigningKey.isKeyID(keyID), let bytes = Base64.decode(Array(publicKey.utf8)[...]),
      bytes.count == 32
    else {
      throw ServiceError(
        .usage, code: "VALIDATION.KEY",
        "That is no key: give 32 bytes of Ed25519 in base64, and a name of 1 to 64 of a–z, A–Z, "
          + "0–9, “.”, “_” and “-”.")
    }
    return try register(bytes, named: keyID, try registrable(keyID, of: try actingUser()))
  }

  private func registrable(
    _ keyID: String, of actor: ActorID
  ) throws(ServiceError) -> ActorKeyRing {
    try requireWriter()
    let user: User?
    do throws(CommandFailure) {
      user = try executor.record(.user(actor.text))?.state as? User
    } catch { throw ServiceError(error) }
    guard user != nil else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND", "There is no user \(actor.text): name one with --as.")
    }
    let ring = try actorKeyRing(actor)
    guard !ring.keys.contains(where: { $0.keyID == keyID }) else {
      throw ServiceError(
        .refused, code: "CONFLICT.DUPLICATE",
        "\(actor.text) has had a key “\(keyID)”: a name is used once, give another.")
    }
    return ring
  }

  private func register(
    _ publicKey: [UInt8], named keyID: String, _ ring: ActorKeyRing
  ) throws(ServiceError) -> Answer {
    guard let stream = ring.stream else {
      throw ServiceError(.usage, code: "VALIDATION.ACTOR", "\(ring.actor.text) can't have keys.")
    }
    let position = try recordSystem(
      .actorKeyRegistered, in: stream,
      [
        .init("actor", .text(ring.actor.text)), .init("key_id", .text(keyID)),
        .init("alg", .text("ed25519")), .init("public_key", .text(Base64.encode(publicKey))),
      ], conditions: [.stream(stream, ring.revision.map { .exactly($0) } ?? .none)])
    return Answer(
      "Key \(keyID) is registered",
      facts: [
        .init("actor", "Of", .text(ring.actor.text)), .init("keyId", "Key", .text(keyID)),
        .init("publicKey", "Public key", .text(Base64.encode(publicKey))),
        .init("position", "Position", .integer(Int64(position.rawValue))),
      ],
      notes: ["Sign with `deed do … --sign FILE`; the file must not leave its owner."])
  }

  /// Takes a key's power to sign from now on; what it signed stays signed.
  public func revokeActorKey(
    _ keyID: String, reason: String?
  ) throws(ServiceError) -> Answer {
    let ring = try actorKeyRing(try actingUser())
    guard let key = ring.keys.first(where: { $0.keyID == keyID }), let stream = ring.stream else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "\(ring.actor.text) has no key “\(keyID)”: see `deed key list`.")
    }
    if let revoked = key.revokedAt {
      throw ServiceError(
        .refused, code: "STATE.STATUS",
        "The key “\(keyID)” was revoked at position \(revoked) already.")
    }
    var members: [JSONText.Member] = [
      .init("actor", .text(ring.actor.text)), .init("key_id", .text(keyID)),
    ]
    if let reason { members.append(.init("reason", .text(try Self.code(reason, "reason")))) }
    _ = try recordSystem(
      .actorKeyRevoked, in: stream, members,
      conditions: [.stream(stream, ring.revision.map { .exactly($0) } ?? .none)])
    return try actorKeys()
  }

  /// The keys of the acting user.
  public func actorKeys() throws(ServiceError) -> Answer {
    let ring = try actorKeyRing(try actingUser())
    let policy: SignaturePolicy
    do throws(CommandFailure) {
      policy = try executor.signaturePolicy()
    } catch { throw ServiceError(error) }
    return Answer(
      "Keys of \(ring.actor.text)",
      facts: [
        .init("actor", "Of", .text(ring.actor.text)),
        .init("origin", "Signs for", .text(log.origin)),
        .init(
          "required", "Signatures are asked for", .list(policy.commands.sorted().map { .text($0) })),
      ],
      tables: [
        .init(
          "keys", "Keys",
          columns: [
            .init("keyId", "Key"), .init("publicKey", "Public key"),
            .init("registeredAt", "Registered at"), .init("revokedAt", "Revoked at"),
          ],
          rows: ring.keys.map { key in
            [
              .text(key.keyID), .text(Base64.encode(key.publicKey)),
              .integer(Int64(key.registeredAt.rawValue)),
              key.revokedAt.map { .integer(Int64($0.rawValue)) } ?? .none,
            ]
          })
      ])
  }

  private func actorKeyRing(_ actor: ActorID) throws(ServiceError) -> ActorKeyRing {
    do throws(CommandFailure) {
      return try ActorKeyRing(of: actor, in: log)
    } catch { throw ServiceError(error) }
  }

  /// Says which commands need their actors' signatures; `standard` stands for the usual ones.
  public func requireSignatures(of commands: [String]) throws(ServiceError) -> Answer {
    var names: [String] = []
    for name in commands {
      for one in name == "standard" ? SignaturePolicy.standard : [name] where !names.contains(one) {
        guard CommandPayload.names.contains(one) || SignaturePolicy.standard.contains(one) else {
          throw ServiceError(
            .usage, code: "VALIDATION.UNKNOWN_CODE",
            "“\(one.prefix(80))” is no command: see `deed do --list`.")
        }
        names.append(one)
      }
    }
    let actor = try actingUser()
    let user: User?
    do throws(CommandFailure) {
      user = try executor.record(.user(actor.text))?.state as? User
    } catch { throw ServiceError(error) }
    guard user?.isAdministrator == true else {
      throw ServiceError(
        .refused, code: "PERMISSION.SCOPE",
        "Administrators alone say what must be signed: name one with --as.")
    }
    _ = try recordSystem(
      .signaturePolicySet, in: SignaturePolicy.stream,
      [.init("commands", .list(names.sorted().map { .text($0) }))])
    return try actorKeys()
  }
}

/// Signing on the client's side.
extension Workspace {
  /// The sections that a signed event of the log's own has behind its JSON, what must hold of the
  /// signer's keys, both empty without a key where none is asked for, and the command's name.
  func signed(
    _ command: String, _ members: [JSONText.Member], with file: String?
  ) throws(ServiceError) -> (
    sections: [NewSection], conditions: [AppendCondition], id: CommandID
  ) {
    let actor = try actingUser()
    let id = CommandID(version7At: clock(), random: random.words())
    let key = id.uuidText
    var context = CommandContext(actor: actor, channel: .console, idempotencyKey: key)
    let body = JSONText.object(members).written
    context.signature = try file.map { file throws(ServiceError) in
      try signature(of: command, key: key, body: body, with: file)
    }
    do throws(CommandFailure) {
      let conditions = try executor.signatureConditions(of: command, context)
      return (context.signature?.sections(salts: random.words) ?? [], conditions, id)
    } catch { throw ServiceError(error) }
  }

  /// The same of what the signer signed on their own device, for the target that it was sent to.
  func signed(
    _ command: String, _ request: SignedRequest
  ) throws(ServiceError) -> (
    sections: [NewSection], conditions: [AppendCondition], id: CommandID
  ) {
    var context = CommandContext(
      actor: try actingUser(), actorKind: principal.kind.actorKind,
      channel: principal.channel.code, idempotencyKey: request.key)
    let signature = try request.signature.proof(
      key: request.key, body: request.body, to: request.signature.target)
    context.signature = signature
    do throws(CommandFailure) {
      let conditions = try executor.signatureConditions(of: command, context)
      return (signature.sections(salts: random.words), conditions, context.commandID)
    } catch { throw ServiceError(error) }
  }

  /// Signs a command as its actor would on their own device.
  func signature(
    of command: String, key idempotencyKey: String, body: String, with file: String
  ) throws(ServiceError) -> CommandSignature {
    let text: [UInt8]
    do throws(VaultError) { text = try SecretFile.read(file) } catch {
      throw ServiceError(.usage, code: "VALIDATION.KEY", "\(error)")
    }
    let bytes = Array(body.utf8)
    guard let key = ActorSigningKey(text: String(decoding: text, as: UTF8.self)),
      let proof = key.sign(
        origin: log.origin, method: CommandSignature.method,
        target: CommandSignature.target(of: command), idempotencyKey: idempotencyKey, body: bytes)
    else {
      throw ServiceError(
        .usage, code: "VALIDATION.KEY",
        "“\(file)” is no actor's key: make one with `deed key new`.")
    }
    return CommandSignature(proof: proof, body: bytes)
  }
}
