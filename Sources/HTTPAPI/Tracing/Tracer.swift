internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// Begins and ends spans, and posts them to an OpenTelemetry collector over OTLP/HTTP in JSON.
///
/// What waits to be posted is bounded: when the collector is slow or away, spans are dropped and
/// counted, and nothing waits for it.
package final class Tracer: Sendable {
  private struct State {
    var waiting: [JSON] = []
    var sent = 0
    var dropped = 0
    var isStopping = false
  }

  private let endpoint: String
  private let service: String
  /// Of a hundred traces that begin here, so many are kept; those of others are as their caller says.
  private let percent: Int
  private let state = Mutex(State())

  /// The most spans that wait, and the most of one post.
  static let waitingLimit = 4_096
  static let batchLimit = 512

  /// - Parameters:
  ///   - endpoint: such as `http://127.0.0.1:4318/v1/traces`.
  ///   - service: by what name the collector knows this server.
  ///   - percent: 0 to 100.
  package init(endpoint: String, service: String, percent: Int) {
    self.endpoint = endpoint
    self.service = service
    self.percent = percent
  }

  /// How many spans were posted, and how many were lost.
  var counts: (sent: Int, dropped: Int) { state.withLock { ($0.sent, $0.dropped) } }

  /// Begins a span within `parent`; a trace of its own without one.
  func begin(_ name: String, _ kind: TraceSpan.Kind, within parent: TraceParent?) -> TraceSpan {
    let isKept = percent > Int.random(in: 0..<100)
    return TraceSpan(
      name: name, kind: kind, place: parent?.child() ?? TraceParent(isSampled: isKept),
      parentID: parent?.spanID ?? "", start: Self.now)
  }

  func end(_ span: TraceSpan) {
    guard span.place.isSampled else { return }
    let json = span.json(end: Self.now)
    state.withLock { state in
      guard state.waiting.count < Self.waitingLimit else {
        state.dropped += 1
        return
      }
      state.waiting.append(json)
    }
  }

  private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1e6) * 1_000 }

  /// Posts what waits, once a second, until ``stop()``; then what is left.
  package func run() async {
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    configuration.proxy = nil
    let client = HTTPClient(
      eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
      configuration: configuration)
    var isOver = false
    while !isOver {
      do { try await Task.sleep(for: .seconds(1)) } catch { isOver = true }
      isOver = isOver || state.withLock { $0.isStopping }
      while let batch = take() { await post(batch, by: client) }
    }
    do { try await client.shutdown() } catch {
      // It had nothing open any more.
    }
  }

  package func stop() { state.withLock { $0.isStopping = true } }

  private func take() -> [JSON]? {
    state.withLock { state in
      guard !state.waiting.isEmpty else { return nil }
      let batch = Array(state.waiting.prefix(Self.batchLimit))
      state.waiting.removeFirst(batch.count)
      return batch
    }
  }

  private func post(_ batch: [JSON], by client: HTTPClient) async {
    var request = HTTPClientRequest(url: endpoint)
    request.method = .POST
    request.headers.add(name: "content-type", value: "application/json")
    request.body = .bytes(ByteBuffer(bytes: text(of: batch).bytes))
    var isTaken = false
    do {
      let answer = try await client.execute(request, timeout: .seconds(10))
      isTaken = (200..<300).contains(Int(answer.status.code))
    } catch {
      // The count says so; requests have nothing to do with it.
    }
    state.withLock { state in
      if isTaken { state.sent += batch.count } else { state.dropped += batch.count }
    }
  }

  private func text(of batch: [JSON]) -> JSON {
    [
      "resourceSpans": [
        [
          "resource": [
            "attributes": [
              ["key": "service.name", "value": ["stringValue": .string(service)]]
            ]
          ],
          "scopeSpans": [["scope": ["name": "deed"], "spans": .array(batch)]],
        ]
      ]
    ]
  }
}
