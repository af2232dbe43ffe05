internal import Synchronization

/// The OpenAPI 3.1 document of the operations that a server has.
struct OpenAPIDocument {
  let operations: [Operation]

  /// The document's bytes, made when they are asked for first.
  final class Kept: Sendable {
    private let operations: [Operation]
    private let made = Mutex<[UInt8]?>(nil)

    init(_ operations: [Operation]) { self.operations = operations }

    var bytes: [UInt8] {
      made.withLock { made in
        if let made { return made }
        let bytes = OpenAPIDocument(operations: operations).json.bytes
        made = bytes
        return bytes
      }
    }
  }

  var json: JSON {
    let headers = sharedHeaders
    var paths: [JSON.Member] = []
    for path in operations.map(\.path).uniqued {
      let items = operations.filter { $0.path == path }.map { operation in
        JSON.Member(name: operation.method.rawValue, value: Self.json(operation, headers))
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
        "parameters": .object(headers.map { .init(name: $0.key, value: $0.value) }),
        "responses": .object(Self.problems),
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

  /// Headers that many operations have, by name: they stand in the document once.
  private var sharedHeaders: [(key: String, value: JSON)] {
    var counts: [JSON: Int] = [:]
    for parameter in operations.flatMap(\.parameters) where parameter.place == .header {
      counts[Self.json(parameter), default: 0] += 1
    }
    var shared: [String: JSON] = [:]
    for parameter in operations.flatMap(\.parameters) where parameter.place == .header {
      let json = Self.json(parameter)
      if shared[parameter.name] == nil, counts[json, default: 0] > 5 {
        shared[parameter.name] = json
      }
    }
    return shared.sorted { $0.key < $1.key }
  }

  /// What a problem of each status is, by the status.
  private static let problems: [JSON.Member] = (usualProblems + [412, 415, 423, 501]).sorted().map {
    status in
    JSON.Member(
      name: String(status),
      value: [
        "description": .string(Problem.title(status)),
        "content": ["application/problem+json": ["schema": Schemas.reference("Problem")]],
      ])
  }

  private static func json(
    _ operation: Operation, _ headers: [(key: String, value: JSON)]
  ) -> JSON {
    var members: [JSON.Member] = [
      .init(name: "operationId", value: .string(operation.id)),
      .init(name: "summary", value: .string(operation.summary)),
      .init(name: "tags", value: [.string(operation.tag)]),
    ]
    if !operation.parameters.isEmpty {
      members.append(
        .init(
          name: "parameters",
          value: .array(
            operation.parameters.map { parameter in
              let json = json(parameter)
              return headers.contains { $0.value == json }
                ? ["$ref": .string("#/components/parameters/\(parameter.name)")] : json
            })))
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
          name: String(status), value: ["$ref": .string("#/components/responses/\(status)")]))
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
