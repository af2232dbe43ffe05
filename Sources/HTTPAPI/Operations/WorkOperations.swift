internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// What waits for people, what the rules are and were, and single facts.
enum WorkOperations {
  static func all() -> [Operation] {
    [worklist, configuration, registrations, registration, event, reveal]
  }

  private static let worklist = Operation.question(
    "getWorklist", "/v1/worklist", tag: "reports",
    "What waits for the caller, or for somebody whose tasks they may list: the first due first.",
    [
      .init("user", schema: Schemas.identifier, "Whose; the caller's own when not given."),
      .init("until", schema: Schemas.moment, "Only what is due by this time or day's end."),
      .limit(usual: 200, greatest: 1_000),
    ], cost: 5
  ) { call in
    let user = call.query("user")
    let until = try call.moment("until")
    let limit = try call.limit(200, greatest: 1_000)
    return { try $0.worklist(of: user, until: until, limit: limit) }
  }

  private static let configuration = Operation.question(
    "getConfigurationHistory", "/v1/audit/configuration", tag: "audit",
    "Who changed which rule when: pools, pipelines, rights, service levels, teams.",
    [
      .init("kind", schema: Schemas.identifier, "Only one kind, such as pool or permissions."),
      .asOf,
    ], cost: 5
  ) { call in
    let kind = call.query("kind")
    let moment = try call.moment("as-of")
    return { try $0.configurationHistory(of: kind, asOf: moment) }
  }

  private static let registrations = Operation.question(
    "getRegistrationReport", "/v1/reports/registrations", tag: "reports",
    "Registrations of customers, with what came of each.",
    [.init("open", schema: ["type": "boolean"], "Only those that are not decided.")], cost: 5
  ) { call in
    let onlyOpen = try call.flag("open")
    return { try $0.registrations(onlyOpen: onlyOpen) }
  }

  private static let registration = Operation.question(
    "getRegistrationFile", "/v1/registrations/{id}/file", tag: "reports",
    "One registration with its checks and decisions.",
    [.init("id", in: .path, schema: Schemas.identifier, "The registration's identifier.")]
  ) { call in
    let id = try call.path("id")
    return { try $0.registration(show: id) }
  }

  /// Where `dataref` of an event without its data points.
  private static let event = Operation(
    id: "getEvent", method: .get, path: "/v1/events/{position}", tag: "events",
    summary: "One event as CloudEvents 1.0.",
    parameters: [
      .init("position", in: .path, schema: Schemas.number, "Its position."), .ifNoneMatch,
    ],
    success: .json(Schemas.anything, "The event.")
  ) { call in
    let position = try Call.number(try call.path("position"), "position")
    let workspace = call.workspace
    let page = try await call.reading {
      try workspace.events(EventFilter(), after: position == 0 ? nil : position - 1, limit: 1)
    }
    guard let event = page.events.first, event.position == position else {
      throw Problem(
        404, "STATE.NOT_FOUND", "There is no event at position \(position), or none for you.")
    }
    return try .tagged(Array(event.json.utf8), contentType: "application/json", to: call)
  }

  /// A question that leaves its trace: so it is a POST, which nobody repeats by looking again.
  private static let reveal = Operation(
    id: "revealField", method: .post, path: "/v1/reveal", tag: "records",
    summary: "Show a masked field of a record, with a reason that the access log keeps.",
    body: .init(
      schema: [
        "type": "object", "required": ["record", "field", "reason"],
        "additionalProperties": false,
        "properties": [
          "record": Schemas.identifier, "field": Schemas.identifier,
          "reason": ["type": "string", "minLength": 1, "maxLength": 80],
        ],
      ], summary: "Which field of which record, such as contact-con_…, and why."), cost: 5,
    success: .json(Schemas.anything, "The value."), problems: [415]
  ) { call in
    let body = try BodyReader(try await call.jsonBody(), ["record", "field", "reason"])
    let record = try body.text("record", atMost: 200)
    let field = try body.text("field", atMost: 200)
    let reason = try body.text("reason", atMost: 80)
    let workspace = call.workspace
    return .json(
      JSON(try await call.reading { try workspace.reveal(field, of: record, reason: reason) }))
  }
}
