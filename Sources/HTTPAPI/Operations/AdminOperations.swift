internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// The first key, and copies of the log.
enum AdminOperations {
  static func all(_ keys: APIKeyRing?, backupFolder: String?) -> [Operation] {
    (keys.map { [setUp($0)] } ?? []) + [backUp(backupFolder)]
  }

  private static func setUp(_ keys: APIKeyRing) -> Operation {
    Operation(
      id: "makeFirstKey", method: .post, path: "/v1/setup/key", tag: "administration",
      summary:
        "Change the one-time token of `deed init`, sent as the bearer, for the administrator's key.",
      access: .setUp, cost: 50,
      success: .json(
        [
          "type": "object", "required": ["key", "id", "user"],
          "properties": [
            "key": ["type": "string"], "id": ["type": "string"], "user": ["type": "string"],
          ],
        ], "The key, which is shown this once.")
    ) { call in
      guard let text = try call.header(.authorization)?.dropFirst(7) else { throw Door.refusal }
      do throws(ServiceError) {
        let made = try keys.redeem(String(text))
        return .json([
          "key": .string(made.text), "id": .string(made.key.id), "user": .string(made.key.userID),
        ])
      } catch {
        throw error.code == "AUTH.SETUP" ? Problem(401, error.code, error.sentence) : error
      }
    }
  }

  private static func backUp(_ folder: String?) -> Operation {
    Operation(
      id: "backUp", method: .post, path: "/v1/backups", tag: "administration",
      summary: "Copy the log, while it is written, to a new folder beside other backups.",
      body: .init(
        schema: [
          "type": "object", "required": ["name"], "additionalProperties": false,
          "properties": [
            "name": [
              "type": "string", "minLength": 1, "maxLength": 60,
              "pattern": "^[a-z0-9][a-z0-9-]*$",
            ]
          ],
        ], summary: "What the backup is called."),
      access: .write, cost: 100,
      success: .json(Schemas.anything, "Where it is, and how many events it has."),
      problems: [415]
    ) { call in
      guard let folder else {
        throw Problem(
          409, "SERVER.SETTING",
          "No folder for backups is set: start the server with the setting backup.folder.")
      }
      let body = try BodyReader(try await call.jsonBody(), ["name"])
      let name = try body.text("name", atMost: 60)
      guard let first = name.utf8.first, first != UInt8(ascii: "-"),
        name.utf8.allSatisfy({
          (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= $0
            || (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 || $0 == UInt8(ascii: "-")
        })
      else { throw BodyReader.refusal("name is not made of a–z, 0–9 and “-”") }
      let workspace = call.workspace
      let answer = try await call.reading { try workspace.backUp(to: "\(folder)/\(name)") }
      return .json(JSON(answer))
    }
  }
}
