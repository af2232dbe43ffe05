internal import Hummingbird
package import Logging
internal import NIOCore

extension HTTPServer {
  /// What a server may be told.
  package struct Options: Sendable {
    package var limits = Limits()
    /// Certificate and key; without them there is no TLS.
    package var tls: TLSFiles?
    /// Whether requests must name a loopback host: without authentication, where alone it counts,
    /// it keeps pages in a browser from reaching the server under a name of their own.
    package var acceptsLoopbackHostsOnly = false
    /// Where a line a request goes.
    package var logger = Logger(label: "deed.http") { _ in SwiftLogNoOpLogHandler() }
    /// Where backups asked for over HTTP go; none are made without it.
    package var backupFolder: String?
    /// Figures of other parts, in Prometheus' text form.
    package var otherMetrics: @Sendable () -> String = { "" }

    /// What takes how long, told to a collector; nobody without it.
    package var tracer: Tracer?

    /// What is stuck and yet doesn't keep the server from working, beside subscriptions.
    package var healthNotes: @Sendable () -> [String] = { [] }

    package init() {}
  }

  /// How much, how many and how long at the most.
  package struct Limits: Sendable {
    /// Connections at a time; further ones wait.
    package var connections = 2_000
    /// Streams of server-sent events at a time.
    package var streams = 1_000
    /// Bytes of a request's body.
    package var bodyBytes = 1 << 20
    /// Bytes of the body of a bulk request.
    package var bulkBodyBytes = 8 << 20
    /// Bytes of all header fields of a request.
    package var headerBytes = 32 << 10
    /// Bytes of one header field.
    package var headerFieldBytes = 16 << 10
    /// Header fields of a request.
    package var headerFields = 100
    /// Bytes of a key or token.
    package var tokenBytes = 8 << 10
    /// Requests a second of one caller.
    package var requestsPerSecond = 500
    /// Requests that one caller may save up.
    package var requestBurst = 1_000
    /// Attempts a second of one address that fail to be let in.
    package var refusalsPerSecond = 5
    /// Such attempts that one address may save up.
    package var refusalBurst = 50
    /// Seconds for what runs when the server stops.
    package var stopSeconds = 10
    /// Seconds from a connection's beginning to its first request's head, and for a handshake.
    package var headSeconds = 15
    /// Seconds between an answer and the next request's head.
    package var idleSeconds = 60
    /// Seconds from a request's head to its end.
    package var bodySeconds = 60
    /// Seconds that a caller may take nothing of an answer.
    package var stallSeconds = 30

    package init() {}

    var times: RequestTimes {
      RequestTimes(
        head: .seconds(Int64(headSeconds)), idle: .seconds(Int64(idleSeconds)),
        body: .seconds(Int64(bodySeconds)), stall: .seconds(Int64(stallSeconds)))
    }
  }
}
