internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// The events themselves: a page at a time, waiting for more if asked, or as a stream.
enum EventOperations {
  static func all(_ life: ServerLife, streamLimit: Int) -> [Operation] {
    [page(life), stream(life, streamLimit)]
  }

  private static let filters: [Operation.Parameter] = [
    .init("after", schema: Schemas.number, "Only events behind this position; all when not given."),
    .init(
      "type", isRepeated: true, schema: Schemas.identifier, "Events of one of these types."),
    .init("stream", schema: Schemas.identifier, "Events of this stream."),
    .init("tag", isRepeated: true, schema: Schemas.identifier, "Events with all of these tags."),
    .init("actor", schema: Schemas.identifier, "Events by this actor, or on their behalf."),
  ]

  /// The longest that a page waits for events.
  private static let waitLimitSeconds = 20

  private static func page(_ life: ServerLife) -> Operation {
    Operation(
      id: "listEvents", method: .get, path: "/v1/events", tag: "events",
      summary: "Events as CloudEvents 1.0, oldest first: ask on behind `through`.",
      parameters: filters + [
        .limit(usual: 100, greatest: 1_000),
        .init(
          "wait", schema: ["type": "integer", "minimum": 0, "maximum": 20],
          "How many seconds to wait for events when there are none."),
      ],
      success: .init(
        contentType: "application/json", schema: Schemas.reference("EventPage"),
        summary: "The events; `through` is the last position looked at."),
      problems: [409, 422]
    ) { call in
      let workspace = call.workspace
      let filter = try call.filter()
      let limit = try call.limit(100, greatest: 1_000)
      let after = try call.number("after")
      let seconds = try call.number("wait") ?? 0
      guard seconds <= UInt64(waitLimitSeconds) else {
        throw Problem(
          400, "VALIDATION.WAIT", "wait is not within 0 to \(waitLimitSeconds) seconds.")
      }
      var seen = after
      var page = try await call.reading { try workspace.events(filter, after: after, limit: limit) }
      let end = ContinuousClock.now.advanced(by: .seconds(Int(seconds)))
      while page.events.isEmpty, ContinuousClock.now < end {
        if page.isAtEnd {
          let left = min(Duration.seconds(1), ContinuousClock.now.duration(to: end))
          guard !life.isStopping else { break }
          _ = await workspace.waitForEvents(beyond: page.size, within: left)
        }
        seen = page.through ?? seen
        let behind = seen
        page = try await call.reading {
          try workspace.events(filter, after: behind, limit: limit)
        }
      }
      return .json(page.json)
    }
  }

  private static func stream(_ life: ServerLife, _ streamLimit: Int) -> Operation {
    Operation(
      id: "streamEvents", method: .get, path: "/v1/events/stream", tag: "events",
      summary:
        "Server-sent events: those there are, a mark caught-up, then those to come. Each has its "
        + "position as id; a client that connects again sends the last one as Last-Event-ID.",
      parameters: filters + [
        .init(
          "Last-Event-ID", in: .header,
          schema: ["type": "string", "pattern": "^[0-9]{1,18}$"],
          "The position of the last event that was handled; it goes before `after`."),
        .init(
          "once", schema: ["type": "boolean"],
          "With true the stream ends when it has caught up."),
      ],
      success: .init(
        contentType: "text/event-stream", schema: Schemas.serverSentEvent,
        summary:
          "Events named by their type with CloudEvents as data, and `caught-up` with a position."),
      problems: [409, 422, 503]
    ) { call in
      let workspace = call.workspace
      let filter = try call.filter()
      var after = try call.number("after")
      if let text = try call.header(.lastEventID), !text.isEmpty {
        after = try Call.number(text, "Last-Event-ID")
      }
      // Names that are no names are refused before the stream begins.
      _ = try await call.reading { try workspace.events(filter, after: nil, limit: 1) }
      let once = try call.flag("once")
      guard let seat = life.beginStream(limit: streamLimit) else {
        throw Problem(
          503, "SERVER.BUSY",
          "The server has \(streamLimit) streams already: try again later.")
      }
      let stream = EventStream(
        workspace: workspace, filter: filter, after: after, endsCaughtUp: once,
        life: life, seat: seat, isStillLetIn: call.isStillLetIn)
      return Response(
        status: .ok, headers: [.contentType: "text/event-stream"],
        body: ResponseBody { writer in try await stream.write(to: &writer) })
    }
  }
}

extension Call {
  /// Which events are asked for.
  fileprivate func filter() throws -> EventFilter {
    EventFilter(
      types: try queries("type"), stream: query("stream"), tags: try queries("tag"),
      actor: query("actor"))
  }
}

extension EventPage {
  fileprivate var json: JSON {
    [
      "events": .array(events.map { .written($0.json) }),
      "through": through.map { JSON.integer(Int64($0)) } ?? .null, "size": .integer(Int64(size)),
      "isAtEnd": .boolean(isAtEnd),
    ]
  }
}
