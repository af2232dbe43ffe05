/// The OpenAPI 3.1 document of the operations that a server has.
struct OpenAPIDocument {
  let operations: [Operation]

  var json: JSON {
    var paths: [JSON.Member] = []
    for path in operations.map(\.path).uniqued {
      let items = operations.filter { $0.path == path }.map { operation in
        JSON.Member(name: operation.method.rawValue, value: Self.json(operation))
      }
      paths.append(JSON.Member(name: path, value: .object(items)))
    }
    let commands = CommandSchemas.components(for: CommandOperations.commandNames)
    return [
      "openapi": "3.1.0",
      "info": [
        "title": "Deed", "version": "1.0.0",
        "description":
          .string(
            "An event-sourced CRM: who did what, when, by what right, with proof. Problems are RFC "
              + "9457 with a stable code; positions are 0-based; times are RFC 3339."),
      ],
      "paths": .object(paths),
      "components": [
        "schemas": .object(Self.shared + commands),
        "securitySchemes": [
          "apiKey": [
            "type": "http", "scheme": "bearer",
            "description": "A key of `deed keys make`; none where the server runs without.",
          ]
        ],
      ],
      "security": [["apiKey": []]],
    ]
  }

  /// Schemas that several operations name.
  private static let shared: [JSON.Member] = [
    .init(name: "Problem", value: Schemas.problem),
    .init(name: "CommandResult", value: Schemas.commandResult),
    .init(name: "EventPage", value: Schemas.eventPage),
    .init(name: "Page", value: Schemas.page),
    .init(name: "BulkResult", value: Schemas.bulkResult),
  ]

  private static func json(_ operation: Operation) -> JSON {
    var members: [JSON.Member] = [
      .init(name: "operationId", value: .string(operation.id)),
      .init(name: "summary", value: .string(operation.summary)),
      .init(name: "tags", value: [.string(operation.tag)]),
    ]
    if !operation.parameters.isEmpty {
      members.append(
        .init(name: "parameters", value: .array(operation.parameters.map(Self.json))))
    }
    if let body = operation.body {
      members.append(
        .init(
          name: "requestBody",
          value: [
            "required": true, "description": .string(body.summary),
            "content": ["application/json": ["schema": body.schema]],
          ]))
    }
    if operation.access == .open { members.append(.init(name: "security", value: [])) }
    members.append(.init(name: "responses", value: responses(of: operation)))
    return .object(members)
  }

  private static func json(_ parameter: Operation.Parameter) -> JSON {
    let schema: JSON =
      parameter.isRepeated
      ? ["type": "array", "items": parameter.schema, "maxItems": .integer(Int64(Call.valueLimit))]
      : parameter.schema
    return [
      "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
      "required": .boolean(parameter.isRequired), "description": .string(parameter.summary),
      "schema": schema,
    ]
  }

  /// Statuses that any operation may answer with.
  static let usualProblems = [400, 401, 403, 404, 405, 409, 413, 421, 422, 429, 500, 503, 507]

  private static func responses(of operation: Operation) -> JSON {
    let success = operation.success
    let content =
      [JSON.Member(name: success.contentType, value: ["schema": success.schema])]
      + success.others.map { JSON.Member(name: $0, value: ["schema": Schemas.text]) }
    var members = [
      JSON.Member(
        name: String(success.status),
        value: ["description": .string(success.summary), "content": .object(content)])
    ]
    if operation.parameters.contains(where: { $0.name == "If-None-Match" }) {
      members.append(
        .init(name: "304", value: ["description": "The caller has it already."]))
    }
    for status in Set(usualProblems + operation.problems).sorted() {
      members.append(
        .init(
          name: String(status),
          value: [
            "description": .string(Problem.title(status)),
            "content": [
              "application/problem+json": ["schema": Schemas.reference("Problem")]
            ],
          ]))
    }
    return .object(members)
  }
}

extension [String] {
  /// Each once, in the order of the first.
  fileprivate var uniqued: [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
