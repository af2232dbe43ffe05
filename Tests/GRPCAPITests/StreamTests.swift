import GRPCAPI
import NIOCore
import NIOPosix
import Schema
import Service
import SwiftProtobuf
import TestSupport
import Testing

/// `deed.streams.v1` over the wire.
@Suite(.serialized) struct StreamTests {
  /// Serves a workspace to its auditor, who doesn't see all of it.
  private static func withWorkspace(
    _ body: (_ server: GRPCServer, _ workspace: Workspace) async throws -> Void
  ) async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: path + "/data")
      _ = try await Workspace.create(folder, NewWorkspace(organization: "O", administrator: "A"))
      let founder = try Workspace(opening: folder)
      let hired = try await founder.execute(
        CommandRequest(
          name: "ProvisionUser",
          body: #"{"name":{"full":"An auditor"},"active":true,"roleIds":["auditor"]}"#))
      guard case .text(let auditor)? = hired.facts.first(where: { $0.name == "id" })?.value else {
        Issue.record("nobody was hired: \(hired)")
        return
      }
      for number in 1...3 {
        _ = try await founder.execute(
          CommandRequest(name: "CreateTeam", body: #"{"name":"Team \#(number)"}"#))
      }
      let workspace = try founder.acting(as: Principal(auditor))
      var options = GRPCServer.Options()
      options.requestTime = .hours(1)
      let server = try await GRPCServer(
        host: "127.0.0.1", port: 0, services: [StreamsService(workspace: workspace, keys: nil)],
        group: MultiThreadedEventLoopGroup.singleton, options: options)
      do {
        try await body(server, workspace)
      } catch {
        await server.stop()
        founder.abandon()
        throw error
      }
      await server.stop()
      try founder.close()
    }
  }

  /// What the workspace itself gives a subscriber from the beginning on.
  private static func expected(_ workspace: Workspace) throws -> [StreamedEvent] {
    let subscription = try workspace.opened(over: .api).subscribe(StreamFilter(), from: .beginning)
    var events: [StreamedEvent] = []
    while true {
      switch try subscription.next() {
      case .events(let more): events += more
      case .checkpoint, .fellBehind: continue
      case .caughtUp, .nothing: return events
      }
    }
  }

  @Test func `each subscriber gets each event whole, as the encoder writes it`() async throws {
    try await Self.withWorkspace { server, workspace in
      let expected = try Self.expected(workspace)
      #expect(expected.contains { $0.content == nil })
      #expect(expected.contains { $0.content != nil })
      for _ in 1...2 {
        let answer = try await WireConnection.with(server) { connection in
          let stream = try await connection.call(
            "/deed.streams.v1.Streams/Subscribe", [5 << 3, 1])
          return try await connection.answer(on: stream)
        }
        #expect(answer.status == "0")
        var events: [StreamsEvent] = []
        for bytes in answer.messages {
          let message = try StreamsSubscribeResponse(serializedBytes: bytes)
          guard case .events(let some)? = message.message else { continue }
          #expect(try message.serializedBytes() == bytes)
          events += some.events
        }
        #expect(events.map(\.position) == expected.map(\.position))
        #expect(events.map(\.cursor) == expected.map(\.cursor))
        #expect(events.map(\.withheld) == expected.map { $0.content == nil })
        #expect(events.map(\.cloudEvent) == expected.map { $0.content?.json ?? "" })
        #expect(events.map { [UInt8]($0.leafHash) } == expected.map { $0.content?.leafHash ?? [] })
      }
    }
  }
}
