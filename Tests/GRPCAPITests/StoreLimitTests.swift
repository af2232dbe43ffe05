import GRPCAPI
import NIOCore
import NIOHPACK
import NIOPosix
import Service
import TestSupport
import Testing

/// An event store asked over the wire for more than there can be.
@Suite(.serialized) struct StoreLimitTests {
  private static func withStore(
    _ body: (GRPCServer, EventStore) async throws -> Void
  ) async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: path + "/data")
      _ = try await EventStore.create(folder)
      let store = try EventStore(opening: folder)
      let server = try await GRPCServer(
        host: "127.0.0.1", port: 0, services: [DCBService(store: store, keys: nil)],
        group: MultiThreadedEventLoopGroup.singleton)
      do {
        try await body(server, store)
      } catch {
        await server.stop()
        throw error
      }
      await server.stop()
      try store.close()
    }
  }

  /// Ten bytes of ones: the greatest number, as Protocol Buffers write it.
  private static let greatest = [UInt8](repeating: 0xFF, count: 9) + [0x01]

  @Test(
    arguments: [
      ("/umadb.v1.DCB/Subscribe", 2 as UInt8, nil as UInt8?), ("/umadb.v1.DCB/Read", 2, 5),
    ])
  func `whoever waits behind the greatest position waits`(
    path: String, number: UInt8, flag: UInt8?
  ) async throws {
    try await Self.withStore { server, store in
      var message = [number << 3] + Self.greatest
      if let flag { message += [flag << 3, 1] }
      try await WireConnection.with(server) { connection in
        let stream = try await connection.call(path, message, headers: ["grpc-timeout": "50m"])
        // Its time ends it, and the server serves on.
        #expect(try await connection.answer(on: stream).status == "4")
        let head = try await connection.call("/umadb.v1.DCB/Head")
        #expect(try await connection.answer(on: head).status == "0")
      }
      #expect(store.head == nil)
    }
  }

  @Test(arguments: [65_536, 65_537])
  func `an append has 65,536 events at the most`(count: Int) async throws {
    try await Self.withStore { _, store in
      // An event that has a type of one letter.
      let event: [UInt8] = [0x0A, 3, 0x0A, 1, 0x41]
      let message = [UInt8]((0..<count).map { _ in event }.joined())
      let path = "/umadb.v1.DCB/Append"
      let head = try CallHead([
        ":method": "POST", ":path": path, "content-type": "application/grpc",
      ])
      guard
        case .unary(let append)? = try DCBService(store: store, keys: nil)
          .method(at: path, for: head)
      else {
        Issue.record("Append is a unary method")
        return
      }
      let code = await withCheckedContinuation { continuation in
        append(message) { result in
          switch result {
          case .success: continuation.resume(returning: GRPCStatus.ok.code)
          case .failure(let status): continuation.resume(returning: status.code)
          }
        }
      }
      #expect(code == (count == 65_536 ? GRPCStatus.ok.code : .invalidArgument))
      #expect(store.head == (count == 65_536 ? 65_536 : nil))
    }
  }
}
