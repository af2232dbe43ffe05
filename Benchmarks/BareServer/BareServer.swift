import BenchmarkLoad
import EventLog
import EventModel
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Synchronization

/// The least that a server over HTTP can do: the floor that `deed serve` is held against.
///
/// `GET /bytes/{id}` answers with the content of a file; `POST /append` takes a body, appends one event
/// to a log of its own, and answers when it is durable.
@main struct BareServer {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3 else {
      FileHandle.standardError.write(Data("usage: bare-server LOG-FOLDER BYTES-FILE\n".utf8))
      exit(2)
    }
    let body = try ByteBuffer(bytes: Data(contentsOf: URL(filePath: arguments[2])))
    let appender = try Appender(in: arguments[1])
    var logger = Logger(label: "bare-server") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    let router = Router()
    router.get("/bytes/{id}") { _, _ in
      Response(
        status: .ok, headers: [.contentType: "application/json"],
        body: ResponseBody(byteBuffer: body))
    }
    router.post("/append") { request, _ in
      _ = try await request.body.collect(upTo: 1 << 20)
      let position = try await appender.append()
      return Response(
        status: .ok, headers: [.contentType: "application/json"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: #"{"position":\#(position)}"#)))
    }
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in
        let line = "Serving HTTP on 127.0.0.1:\(channel.localAddress?.port ?? 0)\n"
        FileHandle.standardOutput.write(Data(line.utf8))
      }, logger: logger)
    try await application.runService()
  }
}

/// Appends events of a generated history, one at a time.
private final class Appender: Sendable {
  private struct Load {
    var history = GeneratedHistory(seed: 1, eventsPerCommand: 1)
    var salts = SaltSource(seed: 1)
    var count: UInt64 = 0
  }

  private let log: EventLog
  private let load = Mutex(Load())

  init(in folder: String) throws {
    let options = EventLog.Options(clock: {
      Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded()))
    })
    try EventLog.create(
      in: folder, origin: "local/bare/00000000", simulatedClock: false, schema: [],
      options: options)
    log = try EventLog(writing: folder, options: options)
  }

  func append() async throws -> UInt64 {
    let request = load.withLock { load -> AppendRequest? in
      guard let event = load.history.next() else { return nil }
      load.count += 1
      return AppendRequest(
        command: CommandID(high: 1, low: load.count),
        events: [event.finished(salt: &load.salts)])
    }
    guard let request else { throw HTTPError(.internalServerError) }
    return try await log.append(request).last.rawValue
  }
}
