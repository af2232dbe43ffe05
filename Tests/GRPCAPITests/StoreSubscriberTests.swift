import GRPCAPI
import NIOCore
import NIOPosix
import Schema
import Service
import SwiftProtobuf
import TestSupport
import Testing

/// Many subscribers of one event store, two on each connection, while others append.
@Suite(.serialized) struct StoreSubscriberTests {
  private static let events = 1...100 as ClosedRange<UInt64>
  private static let connections = 12

  @Test func `each of many subscribers gets each event once and in order`() async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: path + "/data")
      _ = try await EventStore.create(folder)
      let store = try EventStore(opening: folder)
      var options = GRPCServer.Options()
      // Tests beside this one hold up its threads, not only its callers.
      options.requestTime = .hours(1)
      let server = try await GRPCServer(
        host: "127.0.0.1", port: 0, services: [DCBService(store: store, keys: nil)],
        group: MultiThreadedEventLoopGroup.singleton, options: options)
      let got = try await withThrowingTaskGroup(of: [[UInt64]].self) { group in
        for _ in 0..<Self.connections { group.addTask { try await Self.follow(server) } }
        for writer in Self.events.lowerBound...4 {
          group.addTask {
            for number in Self.events where number % 4 == writer % 4 {
              try await Self.append(number, server)
            }
            return []
          }
        }
        return try await group.reduce(into: [[UInt64]]()) { $0 += $1 }
      }
      await server.stop()
      try store.close()
      #expect(got.count == 2 * Self.connections)
      #expect(got.allSatisfy { $0 == Array(Self.events) })
    }
  }

  private static func append(_ number: UInt64, _ server: GRPCServer) async throws {
    let request = DCBAppendRequest.with {
      var event = DCBEvent()
      event.eventType = "Ticked"
      event.tags = ["number:\(number)"]
      $0.events = [event]
    }
    let message: [UInt8] = try request.serializedBytes()
    try await WireConnection.with(server) { connection in
      let stream = try await connection.call("/umadb.v1.DCB/Append", message)
      let answer = try await connection.answer(on: stream)
      #expect(answer.status == "0", "\(answer)")
    }
  }

  /// The positions that two calls of one connection get.
  private static func follow(_ server: GRPCServer) async throws -> [[UInt64]] {
    try await WireConnection.with(server) { connection in
      var got: [UInt32: [UInt64]] = [:]
      var bytes: [UInt32: ByteBuffer] = [:]
      for _ in 0..<2 {
        let stream = try await connection.call("/umadb.v1.DCB/Subscribe")
        got[stream] = []
      }
      while got.values.contains(where: { $0.count < Self.events.count }),
        let frame = try await connection.next()
      {
        guard frame.kind == WireConnection.Frame.data else { continue }
        var payload = frame.payload
        bytes[frame.stream, default: ByteBuffer()].writeBuffer(&payload)
        while let message = Self.message(&bytes[frame.stream, default: ByteBuffer()]) {
          let response = try DCBSubscribeResponse(serializedBytes: message)
          got[frame.stream, default: []] += response.events.map(\.position)
        }
      }
      return Array(got.values)
    }
  }

  /// The next whole message of a stream.
  private static func message(_ bytes: inout ByteBuffer) -> [UInt8]? {
    guard let count = bytes.getInteger(at: bytes.readerIndex + 1, as: UInt32.self),
      bytes.readableBytes >= Int(count) + 5
    else { return nil }
    bytes.moveReaderIndex(forwardBy: 5)
    return bytes.readBytes(length: Int(count))
  }
}
