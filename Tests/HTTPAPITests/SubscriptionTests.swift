import EventLog
import EventModel
import Foundation
import HTTPAPI
import Logging
import Schema
import Service
import SwiftProtobuf
import Synchronization
import TestSupport
import Testing

/// Keeps what a server logs.
final class KeptLog: Sendable {
  private struct Handler: LogHandler {
    let kept: KeptLog
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let words = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
      kept.lines.withLock {
        $0.append(([String(describing: event.message)] + words).joined(separator: " "))
      }
    }
  }

  private let lines = Mutex<[String]>([])

  var text: String { lines.withLock { $0 }.joined(separator: "\n") }
  /// Has a server tell this log.
  var keeping: @Sendable (inout HTTPServer.Options) -> Void { { $0.logger = self.logger } }
  private var logger: Logger { Logger(label: "test") { _ in Handler(kept: self) } }
}

/// Subscriptions over HTTP, and what the server says of those that are stuck.
@Suite struct SubscriptionTests {
  private static let teams = #""types":["TeamCreated"]"#

  @Test func `a subscription begins at a time`() async throws {
    try await Served.run { served in
      _ = try await served.team("Before")
      let second = try await served.team("After")
      let event = try await served.ask("GET", "/v1/events/\(second.position)")
      let time = try #require(event.json["time"]?.text)
      let stream = try await served.ask(
        "GET", "/v1/subscriptions/stream?once=true&type=TeamCreated&at=\(time)")
      let count = stream.text.split(separator: "\n").count { $0 == "event: TeamCreated" }
      #expect(count == 1, "\(stream.text)")
      let all = try await served.ask(
        "GET",
        "/v1/subscriptions/stream?once=true&type=TeamCreated&at=2001-01-01T00:00:00Z")
      #expect(all.text.split(separator: "\n").count { $0 == "event: TeamCreated" } == 2)
      for (at, status) in [("2999-01-01T00:00:00Z", 422), ("7", 400), ("soon", 422)] {
        let reply = try await served.ask("GET", "/v1/subscriptions/stream?at=\(at)")
        #expect(reply.status == status, "\(at): \(reply.text)")
      }
      let made = try await served.ask(
        "POST", "/v1/subscriptions", body: #"{"name":"late",\#(Self.teams),"from":"\#(time)"}"#)
      #expect(made.number("start") == second.position, "\(made.text)")
      let unknown = try await served.ask(
        "POST", "/v1/subscriptions", body: #"{"name":"typo","types":["TeamCreted"]}"#)
      #expect((unknown.status, unknown.code) == (422, "VALIDATION.UNKNOWN_CODE"))
      let reset = try await served.ask(
        "POST", "/v1/subscriptions/late/reset", body: #"{"to":"start"}"#)
      #expect(reset.number("start") == 0)
    }
  }

  @Test func `a webhook's secret is changed, and the old one goes on for a while`() async throws {
    try await Served.run { served in
      let made = try await served.ask(
        "POST", "/v1/subscriptions",
        body: #"{"name":"hook",\#(Self.teams),"url":"https://hooks.example.com/a"}"#)
      let first = try #require(made.json["secret"]?.text, "\(made.text)")
      let path = "/v1/subscriptions/hook/rotate-secret"
      let rotated = try await served.ask("POST", path, body: #"{"overlapHours":2}"#)
      let second = try #require(rotated.json["secret"]?.text, "\(rotated.text)")
      #expect(second != first)
      #expect(rotated.json["earlierSecretUntil"]?.text != nil)
      let shown = try await served.ask("GET", "/v1/subscriptions/hook")
      #expect(shown.json["secret"] == nil)
      for (body, status) in [(#"{"overlapHours":169}"#, 422), (#"{"hours":1}"#, 422)] {
        #expect(try await served.ask("POST", path, body: body).status == status)
      }
      _ = try await served.ask("POST", "/v1/subscriptions", body: #"{"name":"group"}"#)
      let none = try await served.ask("POST", "/v1/subscriptions/group/rotate-secret", body: "{}")
      #expect(none.status == 422)
    }
  }

  @Test func `a subscription that is stuck is named in the body, the figures and the log`()
    async throws
  {
    let log = KeptLog()
    try await Served.run(options: log.keeping) { served in
      _ = try await served.ask(
        "POST", "/v1/subscriptions", body: #"{"name":"billing",\#(Self.teams)}"#)
      await served.workspace.closeConsumers()
      let path = "\(served.folder.path)/\(served.folder.workspace)/consumers"
      try FileManager.default.removeItem(atPath: path)
      let ready = try await served.ask("GET", "/readyz")
      #expect(ready.status == 200, "\(ready.text)")
      #expect(ready.text.contains(#""notes":["The subscription billing is stopped."]"#))
      #expect(ready.text.contains(#"{"name":"billing","state":"stopped"}"#))
      let metrics = try await served.ask("GET", "/metrics").text
      #expect(metrics.contains("deed_subscription_ok{subscription=\"billing\"} 0\n"))
      #expect(log.text.contains("stuck what=The subscription billing is stopped."))
      _ = try await served.ask(
        "POST", "/v1/subscriptions/billing/reset", body: #"{"to":"end"}"#)
      _ = try await served.ask("GET", "/readyz")
      #expect(log.text.contains("goes on what=The subscription billing is stopped."))
    }
  }

  /// An event that a newer program wrote stops the model that reads its kind.
  @Test func `a model that an event stopped is named, with the place, until it goes on`()
    async throws
  {
    let log = KeptLog()
    try await Served.run(options: log.keeping) { served in
      _ = try await served.ask("GET", "/v1/tickets")
      let sections = [
        (Metadata.protoMessageName, [UInt8]()),
        (TicketEvent.protoMessageName, [0xc2, 0x0c, 0x00]),
      ].map { name, content in
        NewSection(
          kind: .plain,
          blob: PlainSection.encode(
            salt: (1, 2), contentType: ContentType.protobuf(name), content: content))
      }
      let stream = try #require(StreamName("ticket-tkt_new"))
      let type = try #require(EventType("TicketPraised"))
      let actor = try #require(ActorID("usr_1"))
      let event = NewEvent(
        eventID: EventID(high: 0x0199_0000_0000_7000, low: 0x8000_0000_0000_0009), stream: stream,
        type: type, actor: actor, sections: sections)
      let position = try await served.workspace.log.append(
        AppendRequest(command: CommandID(high: 1, low: 9), events: [event])
      ).first.rawValue
      _ = try await served.ask("GET", "/v1/tickets")
      let sentence = "The model ticket-queue stopped before the event at position \(position)."
      let ready = try await served.ask("GET", "/readyz")
      #expect(ready.status == 503, "\(ready.text)")
      #expect(ready.json["detail"]?.text?.contains(sentence) == true, "\(ready.text)")
      let metrics = try await served.ask("GET", "/metrics").text
      #expect(metrics.contains("deed_model_ok{model=\"ticket-queue\"} 0\n"))
      #expect(metrics.contains("deed_ready 0\n"))
      #expect(log.text.contains("stuck what=\(sentence)"))
      let models = try await served.ask("GET", "/v1/models")
      #expect(models.text.contains("TicketPraised"), "\(models.text)")
      // Others read tickets too.
      for model in ["ticket-queue", "account-360", "ownership-ledger", "worklist"] {
        _ = try await served.workspace.skipModelEvent(
          model, at: position, reason: ModelReason(code: "test", text: "as agreed"))
      }
      let again = try await served.ask("GET", "/readyz")
      #expect(again.status == 200, "\(again.text)")
      #expect(log.text.contains("goes on what=\(sentence)"))
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a caller who is gone before its stream begins keeps no place`() async throws {
    let four: @Sendable (inout HTTPServer.Options) -> Void = { $0.limits.streams = 4 }
    try await Served.run(options: four) { served in
      for path in ["/v1/subscriptions/stream", "/v1/events/stream"] {
        let text = "GET \(path)?once=true HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        for _ in 0..<100 { try await RawConnection.reset(text, to: served.port) }
        while try await served.ask("GET", "\(path)?once=true").status != 200 {}
      }
    }
  }

  /// Eight read nothing of what they are sent.
  @Test func `a slow reader holds up nobody`() async throws {
    let change: @Sendable (inout HTTPServer.Options) -> Void = { $0.limits.stallSeconds = 300 }
    try await Served.run(options: change) { served in
      // Enough that no socket's buffers hold it all.
      for part in 0..<8 {
        let commands = (0..<250).map {
          #"{"name":"CreateTeam","key":"\#(part)-\#($0)","body":{"name":"\#(String(repeating: "n", count: 100))\#(part)-\#($0)"}}"#
        }.joined(separator: ",")
        let done = try await served.ask(
          "POST", "/v1/commands", body: #"{"inOrder":false,"commands":[\#(commands)]}"#)
        try #require(done.number("done") == 250, "\(done.text.prefix(300))")
      }
      let text = "GET /v1/subscriptions/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
      try await RawConnection.withSilent(text, count: 8, to: served.port) {
        let whole = try await served.ask("GET", "/v1/subscriptions/stream?once=true")
        #expect(whole.text.contains("event: caught-up\n"))
        for number in 0..<50 { _ = try await served.team("Meanwhile \(number)") }
        let again = try await served.ask(
          "GET", "/v1/subscriptions/stream?once=true&type=TeamCreated")
        #expect(again.text.contains("Meanwhile 49"))
        #expect(try await served.ask("GET", "/readyz").status == 200)
      }
    }
  }
}
