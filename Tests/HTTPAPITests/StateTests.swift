import Foundation
import HTTPAPI
import NIOCore
import Service
import TestSupport
import Testing

@Suite struct StateTests {
  @Test func `state and figures tell how it stands`() async throws {
    try await Served.run { served in
      #expect(try await served.ask("GET", "/livez").text == #"{"status":"alive"}"#)
      _ = try await served.team("T")
      _ = try await served.ask("GET", "/v1/accounts")
      let ready = try await served.ask("GET", "/readyz")
      #expect(ready.status == 200)
      #expect(ready.number("logSize").map(UInt64.init) == served.workspace.logSize)
      let text = try await served.ask("GET", "/metrics").text
      for name in [
        "deed_log_events", "deed_ready 1", "deed_writer_waiting 0", "deed_model_lag_events{",
        #"deed_http_request_seconds_count{operation="createTeam",status="200"} 1"#,
      ] { #expect(("\n" + text).contains("\n\(name)"), "\(name)") }
    }
  }

  @Test func `a model that can't go on makes the server not ready, and is named`() async throws {
    try await Served.run { served in
      let models = served.folder.modelsFolder
      try FileManager.default.createDirectory(
        atPath: models, withIntermediateDirectories: true)
      // A folder stands where a model's file belongs.
      for entry in try FileManager.default.contentsOfDirectory(atPath: models) {
        try FileManager.default.removeItem(atPath: "\(models)/\(entry)")
      }
      try FileManager.default.removeItem(atPath: models)
      try Data("no folder".utf8).write(to: URL(filePath: models))
      _ = try await served.ask("GET", "/v1/accounts")
      let ready = try await served.ask("GET", "/readyz")
      #expect(ready.status == 503, "\(ready.text)")
      #expect(ready.code == "SERVER.NOT_READY")
      #expect(ready.json["detail"]?.text?.contains("account-360") == true, "\(ready.text)")
      #expect(try await served.ask("GET", "/livez").status == 200)
      #expect(try await served.ask("GET", "/v1/teams").status == 200)
    }
  }

  @Test func `commands that run are finished when the server stops`() async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: path + "/data")
      _ = try await Workspace.create(folder, NewWorkspace(organization: "O", administrator: "A"))
      let workspace = try Workspace(opening: folder)
      var options = HTTPServer.Options()
      options.limits.stopSeconds = 300
      let server = try await HTTPServer(
        host: "127.0.0.1", port: 0, workspace: workspace, authentication: .none, options: options)
      let port = try #require(server.address?.port)
      let before = workspace.logSize
      let commands = (0..<60).map {
        #"{"name":"CreateTeam","key":"k\#($0)","body":{"name":"T\#($0)"}}"#
      }.joined(separator: ",")
      let body = #"{"commands":[\#(commands)]}"#
      let text =
        "POST /v1/commands HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
      async let answer = RawConnection.send([text], to: port, closesHalf: false)
      while workspace.logSize == before { await Task.yield() }
      try await server.stop()
      let got = try await answer
      #expect(got.hasPrefix("HTTP/1.1 200 "))
      #expect(got.contains(#""done":60"#))
      #expect(workspace.logSize == before + 60)
      try workspace.close()
    }
  }

  @Test(.enabled(if: getuid() == 0))
  func `a full disk refuses commands and answers questions, until there is room`() async throws {
    try await inTemporaryFolder { path in
      let disk = path + "/disk"
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
      let mounted = try BuiltCommand.run(
        script: "mount -t tmpfs -o size=24m tmpfs \(disk)", in: path)
      try #require(mounted.status == 0, "\(mounted.standardError)")
      defer {
        do { _ = try BuiltCommand.run(script: "umount -l \(disk)", in: path) } catch {
          Issue.record("\(disk) stays mounted: \(error)")
        }
      }
      try await Served.run(at: disk) { served in
        let team = try await served.team("First")
        #expect(try await served.ask("GET", "/v1/accounts").status == 200)
        let ballast = URL(filePath: disk + "/ballast")
        var size = 0
        try Data().write(to: ballast)
        let handle = try FileHandle(forWritingTo: ballast)
        // Fills what is left: the last pieces are small.
        for piece in [1 << 20, 64 << 10, 4 << 10] {
          while true {
            do { try handle.write(contentsOf: Data(count: piece)) } catch { break }
            size += piece
          }
        }
        try handle.close()
        var statuses: Set<Int> = []
        for number in 0..<200 where !statuses.contains(507) {
          let reply = try await served.command(
            "CreateTeam", #"{"name":"\#(String(repeating: "n", count: 150))\#(number)"}"#)
          statuses.insert(reply.status)
          if reply.status == 507 { #expect(reply.code == "STORAGE.FULL") }
        }
        #expect(statuses.isSubset(of: [200, 507]) && statuses.contains(507), "\(statuses)")
        #expect(try await served.ask("GET", "/v1/teams/\(team.id)").status == 200)
        let list = try await served.ask("GET", "/v1/accounts")
        #expect(list.status == 200, "\(list.text)")
        #expect(try await served.ask("GET", "/readyz").status == 503)
        try FileManager.default.removeItem(at: ballast)
        let resumed = try await served.command("CreateTeam", #"{"name":"Again"}"#)
        #expect(resumed.status == 200, "\(resumed.text)")
        #expect(try await served.ask("GET", "/v1/accounts").status == 200)
        let ready = try await served.ask("GET", "/readyz")
        #expect(ready.status == 200, "\(ready.text)")
      }
    }
  }
}
