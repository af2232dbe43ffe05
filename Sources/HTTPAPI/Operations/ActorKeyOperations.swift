internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// People's own signing keys: the private half never comes here.
enum ActorKeyOperations {
  static func all() -> [Operation] { [list, register, revoke, require] }

  private static let list = Operation.question(
    "listActorKeys", "/v1/actor-keys", tag: "signatures",
    "The caller's own signing keys, the log's origin that they sign for, and which commands must be "
      + "signed.", table: "keys"
  ) { _ in { try $0.actorKeys() } }

  private static let keyID: JSON = [
    "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$",
  ]

  private static let register = Operation(
    id: "registerActorKey", method: .post, path: "/v1/actor-keys", tag: "signatures",
    summary:
      "Register the public half of a key that the caller's device made; its name is used once.",
    body: .init(
      schema: [
        "type": "object", "required": ["keyId", "publicKey"], "additionalProperties": false,
        "properties": [
          "keyId": keyID,
          "publicKey": [
            "type": "string", "pattern": "^[A-Za-z0-9+/]{43}=$",
            "description": "32 bytes of Ed25519 in base64.",
          ],
        ],
      ], summary: "The key's name, and its public half."),
    access: .write, success: .json(Schemas.anything, "Where it is registered."), problems: [415]
  ) { call in
    let body = try BodyReader(try await call.jsonBody(), ["keyId", "publicKey"])
    let name = try body.text("keyId", atMost: 64)
    let publicKey = try body.text("publicKey", atMost: 44)
    let workspace = call.workspace
    return .json(
      JSON(try await call.reading { try workspace.registerActorKey(publicKey, named: name) }))
  }

  private static let revoke = Operation(
    id: "revokeActorKey", method: .post, path: "/v1/actor-keys/{id}/revoke", tag: "signatures",
    summary: "Take a key's power to sign; what it signed stays signed.",
    parameters: [.init("id", in: .path, schema: keyID, "The key's name.")],
    body: .init(
      schema: [
        "type": "object", "additionalProperties": false,
        "properties": ["reason": ["type": "string", "minLength": 1, "maxLength": 80]],
      ], summary: "Why, as a code."),
    access: .write, success: .json(Schemas.answer(table: "keys"), "The keys that there are."),
    problems: [415]
  ) { call in
    let body = try BodyReader(try await call.jsonBody(), ["reason"])
    let reason = try body.optionalText("reason", atMost: 80)
    let name = try call.path("id")
    let workspace = call.workspace
    return .json(
      JSON(try await call.reading { try workspace.revokeActorKey(name, reason: reason) }))
  }

  private static let require = Operation(
    id: "requireSignatures", method: .post, path: "/v1/signature-policy", tag: "signatures",
    summary:
      "Say which commands are refused without their actor's signature; for administrators.",
    body: .init(
      schema: [
        "type": "object", "required": ["commands"], "additionalProperties": false,
        "properties": [
          "commands": [
            "type": "array", "maxItems": 500,
            "items": ["type": "string", "minLength": 1, "maxLength": 80],
            "description": .string(
              "All of them, by their names; `standard` stands for claims, transfers, rulings, exports "
                + "and the destruction of keys."),
          ]
        ],
      ], summary: "The commands; none takes the policy away."),
    access: .write, success: .json(Schemas.answer(table: "keys"), "What is asked for now."),
    problems: [415]
  ) { call in
    let body = try BodyReader(try await call.jsonBody(), ["commands"])
    let names = try body.texts("commands", atMost: 500)
    let workspace = call.workspace
    return .json(
      JSON(try await call.reading { try workspace.requireSignatures(of: names) }))
  }
}
