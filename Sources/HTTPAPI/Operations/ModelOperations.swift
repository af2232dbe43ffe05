internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// Changing read models while the server that writes them goes on: what `deed models` does when
/// nothing else has the workspace open.
///
/// A rebuild is no operation of these: `deed models rebuild` makes the new build beside the server,
/// which then lets it serve.
enum ModelOperations {
  static func all() -> [Operation] { [differences, change, rollBack, retry, skip] }

  private static let name = Operation.Parameter(
    "name", in: .path, schema: Schemas.identifier, "The model's name, as /v1/models has it.")

  private static let reason: JSON = ["type": "string", "minLength": 1, "maxLength": 80]
  private static let reasonText: JSON = ["type": "string", "maxLength": 2_000]
  private static let expected: JSON = [
    "type": "string", "maxLength": 100_000,
    "description": "Differences that are meant, one a line as the comparison prints them.",
  ]

  private static func why(_ body: BodyReader) throws -> ModelReason {
    ModelReason(
      code: try body.text("reason", atMost: 80),
      text: try body.optionalText("reasonText", atMost: 8_000) ?? "")
  }

  private static func body(
    _ members: [JSON.Member], required: [String], _ summary: String
  ) -> Operation.Body {
    .init(
      schema: [
        "type": "object", "required": .array(required.map { .string($0) }),
        "additionalProperties": false, "properties": .object(members),
      ], summary: summary)
  }

  private static let differences = Operation.question(
    "getModelDifferences", "/v1/models/{name}/differences", tag: "models",
    "The waiting build of a model against the one that serves, row by row at one position.",
    [
      name,
      .init(
        "trace", schema: ["type": "boolean"],
        "Follow each kind of difference to the first event that caused it: reads the whole log, and "
          + "has the model's rows in the server's memory."),
    ], cost: 100
  ) { call in
    let diff = ModelDiff(models: [try call.path("name")], isTraced: try call.flag("trace"))
    return { try $0.compareModels(diff) { _ in }.answer }
  }

  private static let change = Operation(
    id: "switchModel", method: .post, path: "/v1/models/{name}/switch", tag: "models",
    summary:
      "Let the waiting build serve: compared, recorded, then switched in one step. Differences that "
      + "nobody declared forbid it.",
    parameters: [name],
    body: body(
      [
        .init(name: "reason", value: reason), .init(name: "reasonText", value: reasonText),
        .init(name: "expectedChanges", value: expected),
        .init(name: "acceptDifferences", value: ["type": "boolean"]),
      ], required: ["reason"], "Why; and which differences are meant."),
    access: .write, cost: 100, success: .json(Schemas.answer(table: "models"), "What serves now."),
    problems: [415]
  ) { call in
    let body = try BodyReader(
      try await call.jsonBody(),
      ["reason", "reasonText", "expectedChanges", "acceptDifferences"])
    var diff = ModelDiff(models: [try call.path("name")])
    diff.expectedChanges = try body.optionalText("expectedChanges", atMost: 100_000)
    diff.isTraced = false
    return .json(
      JSON(
        try await call.workspace.switchModels(
          diff, reason: try why(body),
          acceptsDifferences: try body.flag("acceptDifferences") ?? false
        ) { _ in }))
  }

  private static let rollBack = Operation(
    id: "rollBackModel", method: .post, path: "/v1/models/{name}/rollback", tag: "models",
    summary: "Let the build serve again that served before; recorded.", parameters: [name],
    body: body(
      [.init(name: "reason", value: reason), .init(name: "reasonText", value: reasonText)],
      required: ["reason"], "Why."),
    access: .write, cost: 20, success: .json(Schemas.answer(table: "models"), "What serves now."),
    problems: [415]
  ) { call in
    let body = try BodyReader(try await call.jsonBody(), ["reason", "reasonText"])
    let name = try call.path("name")
    return .json(JSON(try await call.workspace.rollBackModels([name], reason: try why(body))))
  }

  private static let retry = Operation(
    id: "retryModel", method: .post, path: "/v1/models/{name}/retry", tag: "models",
    summary: "Let a model that stopped at an event try it again; 409 when it stops again.",
    parameters: [name], access: .write, cost: 20,
    success: .json(Schemas.answer(table: "models"), "How it stands.")
  ) { call in
    let name = try call.path("name")
    let workspace = call.workspace
    return try answer(try await call.reading { try workspace.retryModels([name]) }, of: name)
  }

  private static let skip = Operation(
    id: "skipModelEvent", method: .post, path: "/v1/models/{name}/skip", tag: "models",
    summary:
      "Let a stopped model go on behind the event that stopped it; recorded, and the event stays in "
      + "the log.",
    parameters: [name],
    body: body(
      [
        .init(name: "position", value: Schemas.number), .init(name: "reason", value: reason),
        .init(name: "reasonText", value: reasonText),
      ], required: ["position", "reason"], "Which event, as /v1/models says; and why."),
    access: .write, cost: 20, success: .json(Schemas.answer(table: "models"), "How it stands."),
    problems: [415]
  ) { call in
    let body = try BodyReader(try await call.jsonBody(), ["position", "reason", "reasonText"])
    guard let position = try body.number("position", 0...Int.max) else {
      throw BodyReader.refusal("position is missing")
    }
    let name = try call.path("name")
    let outcome = try await call.workspace.skipModelEvent(
      name, at: UInt64(position), reason: try why(body))
    return try answer(outcome, of: name)
  }

  private static func answer(_ outcome: Outcome, of name: String) throws -> Response {
    guard !outcome.isRefused else {
      throw Problem(
        409, "MODEL.STOPPED",
        "\(name) stopped again: GET /v1/models says at which event and why; mend its projector, or "
          + "skip the event.")
    }
    return .json(JSON(outcome.answer))
  }
}
