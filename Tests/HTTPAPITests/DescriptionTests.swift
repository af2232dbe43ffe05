import HTTPAPI
import Service
import Testing

/// The description and the routes, held against each other both ways.
@Suite struct DescriptionTests {
  private static func paths(_ served: Served) async throws -> [JSONMember] {
    let reply = try await served.ask("GET", "/openapi.json")
    #expect(reply.json["openapi"]?.text == "3.1.0")
    guard case .object(let paths)? = reply.json["paths"] else {
      Issue.record("no paths")
      return []
    }
    return paths
  }

  /// A value for a parameter in a path.
  private static func filled(_ path: String) -> String {
    path.replacing("{name}", with: "CreateTeam").replacing("{position}", with: "0")
      .replacing("{size}", with: "1").replacing("{subject}", with: "contact:con_1")
      .replacing("{id}", with: "x_1")
  }

  /// Commands are alike but for their bodies: one stands for them here.
  private static func isAlike(_ path: String) -> Bool {
    path.hasPrefix("/v1/commands/") && path != "/v1/commands/CreateTeam"
  }

  @Test func `every operation that is described is answered`() async throws {
    try await Served.run { served in
      for path in try await Self.paths(served) where !Self.isAlike(path.name) {
        guard case .object(let methods) = path.value else { continue }
        for method in methods {
          let isStream = path.name.hasSuffix("/stream")
          let reply = try await served.ask(
            method.name.uppercased(), Self.filled(path.name) + (isStream ? "?once=true" : ""),
            ["Idempotency-Key": "k"], body: method.name == "post" ? "{}" : nil)
          #expect(reply.status < 500, "\(method.name) \(path.name): \(reply.text)")
          #expect(reply.code != "VALIDATION.PATH", "\(path.name)")
          let documented = method.value["responses"]?[String(reply.status)]
          #expect(documented != nil, "\(method.name) \(path.name) answers \(reply.status)")
          #expect(reply.headers["x-content-type-options"] == "nosniff")
          // A checkpoint is signed and for everybody who may ask: it says how long it is news.
          let isKept = path.name == "/v1/log/checkpoint" && reply.status == 200
          #expect(reply.headers["cache-control"] == (isKept ? "max-age=1" : "no-store"))
          #expect(reply.headers["server"] == nil)
        }
      }
    }
  }

  @Test func `every other method of a path is refused with those that there are`() async throws {
    try await Served.run { served in
      for path in try await Self.paths(served).prefix(12) {
        guard case .object(let methods) = path.value else { continue }
        let names = Set(methods.map { $0.name.uppercased() })
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"]
        where !names.contains(method) {
          let reply = try await served.ask(method, Self.filled(path.name))
          #expect(reply.status == 405, "\(method) \(path.name)")
          #expect(reply.headers["allow"] == names.sorted().joined(separator: ", "))
        }
      }
    }
  }

  @Test func `names of operations are each one's own, and every aggregate has its paths`()
    async throws
  {
    try await Served.run { served in
      let paths = try await Self.paths(served)
      var names: Set<String> = []
      for path in paths {
        guard case .object(let methods) = path.value else { continue }
        for method in methods {
          let name = try #require(method.value["operationId"]?.text)
          #expect(names.insert(name).inserted, "\(name)")
        }
      }
      for kind in [
        "Account", "Contact", "Lead", "Opportunity", "Ticket", "Activity", "Task", "User", "Team",
        "Pipeline", "Organization", "Pool", "Registration", "Dispute", "DisputeRuleBook",
        "Handover", "DuplicateCase", "Export", "Permissions", "SlaPolicy", "BusinessCalendar",
      ] {
        #expect(
          names.isSuperset(of: ["list\(kind)", "get\(kind)", "get\(kind)History"]), "\(kind)")
      }
    }
  }
}
