internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// Durable subscriptions: groups of consumers and webhooks.
enum SubscriptionOperations {
  static func all() -> [Operation] {
    [list, show, create, change, parked]
      + [
        act("pauseSubscription", "pause", "Hand out nothing until it is resumed.") {
          try await $0.pauseConsumer($1, true)
        },
        act("resumeSubscription", "resume", "Go on where it was paused.") {
          try await $0.pauseConsumer($1, false)
        },
        act("deleteSubscription", "delete", "End it; that it was stays in the log.") {
          try await $0.deleteConsumer($1)
        },
        reset, rotate, settleParked("replay", replaying: true),
        settleParked("discard", replaying: false),
      ]
  }

  private static let name = Operation.Parameter(
    "name", in: .path,
    schema: ["type": "string", "pattern": "^[a-z][a-z0-9-]{0,59}$"], "The subscription's name.")

  private static let list = Operation.question(
    "listSubscriptions", "/v1/subscriptions", tag: "subscriptions",
    "All durable subscriptions: where each stands, and why it waits.", table: "subscriptions"
  ) { _ in { workspace in try workspace.listConsumers() } }

  private static let show = Operation.question(
    "getSubscription", "/v1/subscriptions/{name}", tag: "subscriptions",
    "One durable subscription, with its rules and its connected consumers.", [name],
    table: "consumers"
  ) { call in
    let name = try call.path("name")
    return { workspace in try workspace.showConsumer(name) }
  }

  private static let parked = Operation.question(
    "listParkedEvents", "/v1/subscriptions/{name}/parked", tag: "subscriptions",
    "The events that were put aside, with the reason of each.",
    [
      name, .init("after", schema: Schemas.number, "Behind this position."),
      .limit(usual: 100, greatest: 1_000),
    ], table: "parked"
  ) { call in
    let name = try call.path("name")
    let after = try call.number("after")
    let limit = try call.limit(100, greatest: 1_000)
    return { workspace in try workspace.parkedEvents(of: name, after: after, limit: limit) }
  }

  private static func act(
    _ id: String, _ verb: String, _ summary: String,
    _ act: @escaping @Sendable (Workspace, String) async throws -> Answer
  ) -> Operation {
    Operation(
      id: id, method: .post, path: "/v1/subscriptions/{name}/\(verb)", tag: "subscriptions",
      summary: summary, parameters: [name], access: .write,
      success: .json(Schemas.anything, "How it stands."), problems: [409, 412, 422]
    ) { call in .json(JSON(try await act(call.workspace, try call.path("name")))) }
  }

  private static let texts: JSON = [
    "type": "array", "maxItems": 64, "items": ["type": "string", "minLength": 1, "maxLength": 200],
  ]

  private static func number(_ range: ClosedRange<Int>) -> JSON {
    [
      "type": "integer", "minimum": .integer(Int64(range.lowerBound)),
      "maximum": .integer(Int64(range.upperBound)),
    ]
  }

  private static let settings: [(name: String, range: ClosedRange<Int>)] = [
    ("ackSeconds", 1...3_600), ("attemptLimit", 1...1_000), ("firstRetrySeconds", 0...86_400),
    ("mostRetrySeconds", 0...86_400), ("window", 1...10_000), ("parkedLimit", 1...1_000_000),
  ]
  private static let terms = ["types", "categories", "streams", "tags", "actors"]

  private static let sharedMembers: [JSON.Member] =
    terms.map { JSON.Member(name: $0, value: texts) }
    + settings.map { JSON.Member(name: $0.name, value: number($0.range)) }
    + [
      JSON.Member(
        name: "strategy",
        value: ["type": "string", "enum": ["round-robin", "by-stream", "single"]]),
      JSON.Member(name: "url", value: ["type": "string", "minLength": 1, "maxLength": 2_000]),
    ]

  private static func body(
    _ members: [JSON.Member], required: [JSON], _ summary: String
  )
    -> Operation.Body
  {
    Operation.Body(
      schema: [
        "type": "object", "additionalProperties": false, "required": .array(required),
        "properties": .object(members),
      ], summary: summary)
  }

  private static let start: JSON = [
    "type": "string", "minLength": 1, "maxLength": 40,
    "description": .string(
      "start, end, the last position that is not wanted, or a time, RFC 3339: then with the first "
        + "event that was recorded at it or later."),
  ]

  private static let create = Operation(
    id: "createSubscription", method: .post, path: "/v1/subscriptions", tag: "subscriptions",
    summary: "Make a group of consumers, or with `url` a webhook, whose secret is shown once.",
    body: body(
      sharedMembers + [
        JSON.Member(name: "name", value: ["type": "string", "minLength": 1, "maxLength": 60]),
        JSON.Member(name: "from", value: start),
        JSON.Member(name: "user", value: ["type": "string", "minLength": 1, "maxLength": 100]),
        JSON.Member(name: "concurrency", value: number(1...64)),
      ], required: ["name"], "What it is to be."), access: .write,
    success: .json(Schemas.anything, "How it stands."), problems: [409, 412, 415, 422]
  ) { call in
    let reader = try BodyReader(
      try await call.jsonBody(),
      Set(sharedMembers.map { $0.name } + ["name", "from", "user", "concurrency"]))
    var new = NewConsumer(name: try reader.text("name", atMost: 60))
    new.filter = try filter(reader)
    new.rules = try rules(reader)
    new.user = try reader.optionalText("user", atMost: 100)
    if let text = try reader.optionalText("from", atMost: 40) {
      new.start = try StreamStart(text)
    }
    if let url = try reader.optionalText("url", atMost: 2_000) {
      new.webhook = NewWebhook(url: url, concurrency: try reader.number("concurrency", 1...64))
    }
    return .json(JSON(try await call.workspace.createConsumer(new)))
  }

  private static let change = Operation(
    id: "changeSubscription", method: .post, path: "/v1/subscriptions/{name}",
    tag: "subscriptions",
    summary: "Change its rules, or the whole filter when a part of it is given.",
    parameters: [name], body: body(sharedMembers, required: [], "What is to be another."),
    access: .write, success: .json(Schemas.anything, "How it stands."),
    problems: [409, 412, 415, 422]
  ) { call in
    let reader = try BodyReader(try await call.jsonBody(), Set(sharedMembers.map { $0.name }))
    let filter = try filter(reader)
    let answer = try await call.workspace.changeConsumer(
      try call.path("name"), filter: filter == StreamFilter() ? nil : filter,
      rules: try rules(reader), url: try reader.optionalText("url", atMost: 2_000))
    return .json(JSON(answer))
  }

  private static let reset = Operation(
    id: "resetSubscription", method: .post, path: "/v1/subscriptions/{name}/reset",
    tag: "subscriptions",
    summary: "Begin anew somewhere: what was settled, tried or parked is forgotten.",
    parameters: [name],
    body: body([JSON.Member(name: "to", value: start)], required: ["to"], "Where it begins."),
    access: .write, success: .json(Schemas.anything, "How it stands."),
    problems: [409, 412, 415, 422]
  ) { call in
    let reader = try BodyReader(try await call.jsonBody(), ["to"])
    let to = try StreamStart(try reader.text("to", atMost: 40))
    return .json(
      JSON(try await call.workspace.resetConsumer(try call.path("name"), to: to)))
  }

  private static let rotate = Operation(
    id: "rotateSubscriptionSecret", method: .post, path: "/v1/subscriptions/{name}/rotate-secret",
    tag: "subscriptions",
    summary:
      "Give a webhook a new secret, shown once; the old one signs beside it for `overlapHours`.",
    parameters: [name],
    body: body(
      [JSON.Member(name: "overlapHours", value: number(0...168))], required: [],
      "How long both sign: 24 hours when not said, with 0 the old one ends at once."),
    access: .write, success: .json(Schemas.anything, "How it stands, with `secret`."),
    problems: [409, 412, 415, 422]
  ) { call in
    let reader = try BodyReader(try await call.jsonBody(), ["overlapHours"])
    let hours = try reader.number("overlapHours", 0...168) ?? 24
    return .json(
      JSON(
        try await call.workspace.rotateWebhookSecret(
          try call.path("name"), overlapHours: hours)))
  }

  private static func settleParked(_ verb: String, replaying: Bool) -> Operation {
    Operation(
      id: "\(verb)ParkedEvents", method: .post, path: "/v1/subscriptions/{name}/parked/\(verb)",
      tag: "subscriptions",
      summary: replaying
        ? "Hand parked events out again, ahead of what is new." : "Give parked events up.",
      parameters: [
        name,
        .init(
          "position", isRepeated: true, schema: Schemas.number, "Which; all when not given."),
      ], access: .write, success: .json(Schemas.anything, "How many there were."),
      problems: [409, 412, 422]
    ) { call in
      let positions = try call.queries("position").map { try Call.number($0, "position") }
      return .json(
        JSON(
          try await call.workspace.settleParked(
            of: try call.path("name"), positions.isEmpty ? nil : positions, replaying: replaying)))
    }
  }

  private static func filter(_ reader: BodyReader) throws -> StreamFilter {
    StreamFilter(
      types: try reader.texts("types", atMost: 64),
      categories: try reader.texts("categories", atMost: 64),
      streams: try reader.texts("streams", atMost: 64), tags: try reader.texts("tags", atMost: 64),
      actors: try reader.texts("actors", atMost: 64))
  }

  private static func rules(_ reader: BodyReader) throws -> ConsumerSettings {
    var rules = ConsumerSettings()
    rules.strategy = try reader.optionalText("strategy", atMost: 40)
    rules.ackSeconds = try reader.number("ackSeconds", 1...3_600).map(Int64.init)
    rules.attemptLimit = try reader.number("attemptLimit", 1...1_000)
    rules.firstRetrySeconds = try reader.number("firstRetrySeconds", 0...86_400).map(Int64.init)
    rules.mostRetrySeconds = try reader.number("mostRetrySeconds", 0...86_400).map(Int64.init)
    rules.window = try reader.number("window", 1...10_000)
    rules.parkedLimit = try reader.number("parkedLimit", 1...1_000_000)
    return rules
  }
}
