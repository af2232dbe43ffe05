internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// Requests that people sign on their own devices.
extension Operation.Parameter {
  static let signatureKey = Self(
    "X-Signature-Key", in: .header,
    schema: ["type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"],
    "The name of the actor's own key that the request is signed with; see /v1/actor-keys.")

  static let signature = Self(
    "X-Signature", in: .header, schema: ["type": "string", "pattern": "^[A-Za-z0-9+/]{86}==$"],
    "Ed25519 in base64 over five lines, each with its end: deed/command/v1, the log's origin, the "
      + "method and the target with a blank between, the Idempotency-Key, the body's SHA-256 in "
      + "hexadecimal digits.")

  /// For what is no command: the key goes with a signature only.
  static let signedKey = Self(
    "Idempotency-Key", in: .header,
    schema: ["type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"],
    "Goes with a signature, which is good once under this key.")
}

extension Call {
  /// The actor's own signature, where the request has one.
  func signature() throws -> RequestSignature? {
    let keyID = try header(.signatureKey)
    let signature = try header(.signature)
    guard let keyID, let signature else {
      guard keyID == nil, signature == nil else {
        throw Problem(
          400, "VALIDATION.HEADER",
          "X-Signature-Key and X-Signature go together: give both, or none.")
      }
      return nil
    }
    return try RequestSignature(
      keyID: keyID, base64: signature, target: request.head.path ?? "")
  }

  /// The request with its signature, where it has one: then it has an idempotency key as well.
  func signedRequest(_ body: String) throws -> SignedRequest? {
    let key = try header(.idempotencyKey)
    guard let signature = try signature() else {
      guard key == nil else {
        throw Problem(
          400, "VALIDATION.HEADER",
          "Idempotency-Key goes with a signature here, and there is none: leave it out, or sign.")
      }
      return nil
    }
    guard let key else {
      throw Problem(
        400, "VALIDATION.REQUIRED",
        "A signed request needs an Idempotency-Key, such as a UUID: sign it with the request.")
    }
    return SignedRequest(signature, key: key, body: body)
  }
}
