internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// Following events so that nothing is skipped or doubled, and proving it.
enum StreamOperations {
  static func all(_ life: ServerLife, streamLimit: Int) -> [Operation] {
    [stream(life, streamLimit), verify]
  }

  private static let filters: [Operation.Parameter] = [
    .init("type", isRepeated: true, schema: Schemas.identifier, "Events of one of these types."),
    .init(
      "category", isRepeated: true, schema: Schemas.identifier,
      "Events of streams of one of these categories, such as account."),
    .init("stream", isRepeated: true, schema: Schemas.identifier, "Events of these streams."),
    .init("tag", isRepeated: true, schema: Schemas.identifier, "Events with all of these tags."),
    .init(
      "actor", isRepeated: true, schema: Schemas.identifier,
      "Events by one of these actors, or on their behalf."),
  ]

  private static let cursor: JSON = ["type": "string", "minLength": 1, "maxLength": 120]

  private static func stream(_ life: ServerLife, _ streamLimit: Int) -> Operation {
    Operation(
      id: "subscribe", method: .get, path: "/v1/subscriptions/stream", tag: "subscriptions",
      summary:
        "Server-sent events: those there are, caught-up, then those to come. The id of each is a "
        + "cursor; a client that connects again sends the last one as Last-Event-ID, and skips and "
        + "repeats nothing.",
      parameters: filters + [
        .init(
          "from", schema: ["type": "string", "enum": ["start", "end"]],
          "Where it begins without a cursor and without `after`; start when not given."),
        .init("after", schema: Schemas.number, "Begin behind this position."),
        .init(
          "at", schema: ["type": "string", "minLength": 1, "maxLength": 40],
          "Begin with the first event that was recorded at this time or later, RFC 3339."),
        .init("cursor", schema: cursor, "Go on behind this cursor of the same stream."),
        .init(
          "Last-Event-ID", in: .header, schema: cursor,
          "The cursor of the last event that was handled; it goes before all others."),
        .init("once", schema: ["type": "boolean"], "End when everything there is was sent."),
        .init(
          "max-lag", schema: Schemas.number, "End when so many events are ahead of the reader."),
      ],
      success: .init(
        contentType: "text/event-stream", schema: Schemas.serverSentEvent,
        summary:
          "Events named by their type with CloudEvents 1.0 as data; `withheld` for one that the "
          + "caller may not see; `opened`, `caught-up`, `checkpoint`, `fell-behind`, `problem`."),
      problems: [409, 422, 503]
    ) { call in
      let workspace = call.workspace
      let filter = try call.streamFilter()
      let start = try call.streamStart()
      let once = try call.flag("once")
      let maxLag = try call.number("max-lag")
      // What can't be is refused before the stream begins.
      let subscription = try await call.reading {
        try workspace.subscribe(filter, from: start, maxLag: maxLag)
      }
      guard let seat = life.beginStream(limit: streamLimit) else {
        throw Problem(
          503, "SERVER.BUSY",
          "The server has \(streamLimit) streams already: try again later.")
      }
      let stream = SubscriptionStream(
        subscription: subscription, endsCaughtUp: once, life: life, seat: seat,
        isStillLetIn: call.isStillLetIn, tracer: call.tracer, place: call.place)
      return Response(
        status: .ok, headers: [.contentType: "text/event-stream"],
        body: ResponseBody { writer in try await stream.write(to: &writer) })
    }
  }

  private static let verify = Operation(
    id: "verifySubscription", method: .get, path: "/v1/subscriptions/verification",
    tag: "subscriptions",
    summary:
      "Compares a subscriber's digest with the log's: `verified` says whether nothing was skipped "
      + "and nothing doubled.",
    parameters: filters + [
      .init("after", schema: Schemas.number, "The stream began behind this position."),
      .init(
        "through", isRequired: true, schema: Schemas.number, "The last position it had looked at."),
      .init(
        "digest", isRequired: true, schema: ["type": "string", "pattern": "^[0-9a-f]{64}$"],
        "What the subscriber has."),
    ], cost: 10, success: .json(Schemas.answer(), "What was compared."), problems: [409, 422]
  ) { call in
    let workspace = call.workspace
    let filter = try call.streamFilter()
    let after = try call.number("after")
    guard let through = try call.number("through"), let digest = call.query("digest") else {
      throw Problem(400, "VALIDATION.PARAMETER", "Give through and digest.")
    }
    let outcome = try await call.reading {
      try workspace.verifySubscription(
        filter, after: after, through: through, digest: digest, positions: nil)
    }
    return try .answer(outcome.answer, revision: nil, to: call)
  }
}

extension Call {
  func streamFilter() throws -> StreamFilter {
    StreamFilter(
      types: try queries("type"), categories: try queries("category"),
      streams: try queries("stream"), tags: try queries("tag"), actors: try queries("actor"))
  }

  fileprivate func streamStart() throws -> StreamStart {
    if let text = try header(.lastEventID), !text.isEmpty { return .cursor(text) }
    if let text = query("cursor") { return .cursor(text) }
    if let position = try number("after") { return .after(position) }
    if let text = query("at") {
      let start = try StreamStart(text)
      guard case .time = start else {
        throw Problem(
          400, "VALIDATION.PARAMETER", "at is no time: give one such as 2026-03-31T09:00:00Z.")
      }
      return start
    }
    switch query("from") {
    case nil, "start"?: return .beginning
    case "end"?: return .end
    case .some: throw Problem(400, "VALIDATION.PARAMETER", "from is neither start nor end.")
    }
  }
}
