internal import Commands
internal import EventModel
internal import Evidence
internal import Transparency

/// An actor's own Ed25519 signature over a request, as their device sends it along.
///
/// What is signed, and how it is kept: docs/format/evidence.md, "Actor proofs".
public struct RequestSignature: Sendable, Hashable {
  /// The name under which the actor's key is registered.
  public var keyID: String
  /// 64 bytes.
  public var bytes: [UInt8]
  /// The request's target as it was received, such as `/v1/commands/TransferOwnership`.
  public var target: String

  /// Takes what a device sent, the signature's 64 bytes in base64.
  ///
  /// - Throws: ``ServiceError`` `VALIDATION.SIGNATURE` for what can't be a key's name or a signature.
  public init(keyID: String, base64 text: String, target: String) throws(ServiceError) {
    guard ActorSigningKey.isKeyID(keyID), let bytes = Base64.decode(Array(text.utf8)[...]),
      bytes.count == ActorProof.signatureByteCount
    else {
      throw ServiceError(
        .usage, code: "VALIDATION.SIGNATURE",
        "That is no signature: give a registered key's name, and 64 bytes of Ed25519 in base64.")
    }
    self.keyID = keyID
    self.bytes = bytes
    self.target = target
  }

  /// The proof that an event keeps, over the body as it was received; whether it is right is for
  /// the executor to say.
  ///
  /// `expected` is the target that the request must have been sent to, where it is no command's own.
  func proof(
    key: String, body: String, to expected: String? = nil
  ) throws(ServiceError) -> CommandSignature {
    let bytes = Array(body.utf8)
    guard target.utf8.count <= 255 else {
      throw ServiceError(
        .usage, code: "VALIDATION.SIGNATURE",
        "The signed request's target has more than 255 bytes: ask without parameters.")
    }
    return CommandSignature(
      proof: ActorProof(
        keyID: keyID, method: CommandSignature.method, target: target, idempotencyKey: key,
        bodyDigest: .sha256(bytes), signature: self.bytes),
      body: bytes, target: expected)
  }
}

/// A request that its actor signed on their own device, as it was received.
public struct SignedRequest: Sendable, Hashable {
  /// The signature, with the target of the request.
  public var signature: RequestSignature
  /// The idempotency key that is signed with it: it is good once.
  public var key: String
  /// The body.
  public var body: String

  /// Puts together what was received.
  public init(_ signature: RequestSignature, key: String, body: String) {
    self.signature = signature
    self.key = key
    self.body = body
  }
}
