internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// Whether the server lives and works, its figures, and its description.
enum StateOperations {
  static func all(
    _ watch: HealthWatch, _ life: ServerLife, _ options: HTTPServer.Options
  ) -> [Operation] {
    [alive, ready(watch, life, options), metrics(watch, life, options)]
  }

  private static let alive = Operation(
    id: "getLiveness", method: .get, path: "/livez", tag: "state",
    summary: "Whether the process answers.", access: .open,
    success: .json(Schemas.anything, "It does.")
  ) { _ in .json(["status": "alive"]) }

  private static func ready(
    _ watch: HealthWatch, _ life: ServerLife, _ options: HTTPServer.Options
  ) -> Operation {
    Operation(
      id: "getReadiness", method: .get, path: "/readyz", tag: "state",
      summary:
        "Whether the writer and every read model work; a subscription never decides it, and one that "
        + "is stuck is named in `notes`.",
      access: .open,
      success: .json(Schemas.readiness, "They do.")
    ) { call in
      let health = try await call.reading { try watch.health() }
      guard health.problems.isEmpty, !life.isStopping else {
        throw Problem(
          503, "SERVER.NOT_READY",
          life.isStopping ? "The server is stopping." : health.problems.joined(separator: " "))
      }
      let models = health.models.map { model -> JSON in
        [
          "model": .string(model.name), "position": .integer(Int64(model.position)),
          "lag": .integer(Int64(model.lag)), "state": .string(model.state),
        ]
      }
      return .json([
        "status": "ready", "logSize": .integer(Int64(health.logSize)),
        "writerQueue": .integer(Int64(health.writerQueue)), "models": .array(models),
        "streams": .integer(Int64(life.streamCount)),
        "notes": .array(
          (options.healthNotes() + health.notes + health.stuckSubscriptions).map { .string($0) }),
        "stuckSubscriptions": .array(
          health.subscriptions.filter(\.isStuck).map {
            ["name": .string($0.name), "state": .string($0.state)]
          }),
      ])
    }
  }

  private static func metrics(
    _ watch: HealthWatch, _ life: ServerLife, _ options: HTTPServer.Options
  ) -> Operation {
    Operation(
      id: "getMetrics", method: .get, path: "/metrics", tag: "state",
      summary: "The server's figures in Prometheus' text form.",
      success: .init(
        contentType: "text/plain; version=0.0.4", schema: Schemas.text, summary: "A line a figure."),
      problems: [409]
    ) { call in
      let health = try await call.reading { try watch.health() }
      let text =
        MetricsText(health: health, life: life, tracer: options.tracer).text
        + options.otherMetrics()
      return .bytes(Array(text.utf8), contentType: "text/plain; version=0.0.4")
    }
  }
}
