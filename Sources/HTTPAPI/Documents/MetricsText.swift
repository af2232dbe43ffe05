internal import Service

/// A server's figures in Prometheus' text form, version 0.0.4.
struct MetricsText {
  let health: WorkspaceHealth
  let life: ServerLife
  var tracer: Tracer?

  var text: String {
    var lines: [String] = []
    gauge(
      "deed_log_events", "Events in the log.", [("", "\(health.logSize)")], to: &lines)
    gauge(
      "deed_access_log_events", "Events in the access log.",
      [("", "\(health.accessLogSize)")], to: &lines)
    gauge(
      "deed_writer_waiting", "Requests that wait for the log's writer.",
      [("", "\(health.writerQueue)")], to: &lines)
    gauge(
      "deed_writer_busy_seconds", "How long the writer has been at what it does; 0 while it waits.",
      [("", "\(Double(health.writerBusyMicroseconds) / 1e6)")], to: &lines)
    gauge(
      "deed_ready", "1 while nothing keeps the workspace from working.",
      [("", health.problems.isEmpty && !life.isStopping ? "1" : "0")], to: &lines)
    gauge(
      "deed_model_events", "Events that a read model has taken in.",
      health.models.map { ("{model=\"\($0.name)\"}", "\($0.position)") }, to: &lines)
    gauge(
      "deed_model_lag_events", "Events that a read model has yet to take in.",
      health.models.map { ("{model=\"\($0.name)\"}", "\($0.lag)") }, to: &lines)
    gauge(
      "deed_model_ok", "1 while a read model can go on.",
      health.models.map {
        ("{model=\"\($0.name)\"}", $0.isStuck ? "0" : "1")
      }, to: &lines)
    gauge(
      "deed_model_build_events", "Events in the build of a read model that is not whole.",
      health.models.compactMap { model in
        model.builtEvents.map { ("{model=\"\(model.name)\"}", "\($0)") }
      }, to: &lines)
    gauge(
      "deed_model_build_left_seconds", "How long the build of a read model that runs still takes.",
      health.models.compactMap { model in
        model.buildSecondsLeft.map { ("{model=\"\(model.name)\"}", "\($0)") }
      }, to: &lines)
    gauge(
      "deed_subscription_lag_events", "Events behind what a durable subscription has settled.",
      health.subscriptions.map { ("{subscription=\"\($0.name)\"}", "\($0.lag)") }, to: &lines)
    gauge(
      "deed_subscription_parked_events", "Events that a durable subscription put aside.",
      health.subscriptions.map { ("{subscription=\"\($0.name)\"}", "\($0.parked)") }, to: &lines)
    gauge(
      "deed_subscription_ok", "0 while a person should look at a durable subscription.",
      health.subscriptions.map {
        ("{subscription=\"\($0.name)\"}", $0.isStuck ? "0" : "1")
      }, to: &lines)
    gauge(
      "deed_http_streams", "Streams of server-sent events that are open.",
      [("", "\(life.streamCount)")], to: &lines)
    lines.append("# HELP deed_http_refusals_total Callers who were not let in, by why.")
    lines.append("# TYPE deed_http_refusals_total counter")
    for (why, count) in life.refusals.sorted(by: { $0.key < $1.key }) {
      let words = why.split(separator: " ")
      lines.append(
        "deed_http_refusals_total{method=\"\(words[0])\",cause=\"\(words.last ?? "")\"} \(count)")
    }
    if let counts = tracer?.counts {
      for (name, help, value) in [
        ("deed_trace_spans_total", "Spans that the collector took.", counts.sent),
        ("deed_trace_spans_dropped_total", "Spans that it did not take.", counts.dropped),
      ] {
        lines += ["# HELP \(name) \(help)", "# TYPE \(name) counter", "\(name) \(value)"]
      }
    }
    requests(to: &lines)
    return lines.joined(separator: "\n") + "\n"
  }

  private func gauge(
    _ name: String, _ help: String, _ samples: [(labels: String, value: String)],
    to lines: inout [String]
  ) {
    lines.append("# HELP \(name) \(help)")
    lines.append("# TYPE \(name) gauge")
    lines += samples.map { "\(name)\($0.labels) \($0.value)" }
  }

  private func requests(to lines: inout [String]) {
    let name = "deed_http_request_seconds"
    lines.append("# HELP \(name) How long requests took until their answer began.")
    lines.append("# TYPE \(name) histogram")
    for row in life.figures.rows {
      let labels = "operation=\"\(row.key.operation)\",status=\"\(row.key.status)\""
      for (bound, count) in zip(RequestFigures.bounds, row.buckets) {
        lines.append("\(name)_bucket{\(labels),le=\"\(bound)\"} \(count)")
      }
      lines.append("\(name)_bucket{\(labels),le=\"+Inf\"} \(row.count)")
      lines.append("\(name)_sum{\(labels)} \(row.seconds)")
      lines.append("\(name)_count{\(labels)} \(row.count)")
    }
  }
}
