import Foundation
import HTTPAPI
import Service
import Testing

/// Every question that the OpenAPI document names, asked by those who have no right to what a seller
/// keeps: no answer may hold any of it.
@Suite struct LeakTests {
  private static let phone = "13800138000"
  private static let secrets = [phone, "987654321", "said-something-secret", "Zoe Quill"]

  /// What a role may see all the same.
  private static let allowed: [String: Set<String>] = ["auditor": ["987654321"]]

  private struct Place: Sendable {
    var users: [String: String] = [:]
    var ids: [String: String] = [:]
  }

  private func make(
    _ served: Served, _ name: String, _ body: String, as key: String? = nil
  ) async throws -> String {
    let reply = try await served.command(name, body, bearer: key)
    try #require(reply.status == 200, "\(name): \(reply.text)")
    return try #require(reply.json["id"]?.text)
  }

  private func fill(_ served: Served) async throws -> (Place, seller: String) {
    var place = Place()
    let admin = try served.key().text
    for role in [
      "salesRep", "marketing", "partnerUser", "integration", "crmAdmin", "auditor", "arbitrator",
      "",
    ] {
      let roles = role.isEmpty ? "[]" : #"["\#(role)"]"#
      place.users[role] = try await make(
        served, "ProvisionUser", #"{"name":{"full":"P"},"active":true,"roleIds":\#(roles)}"#,
        as: admin)
    }
    let owner = try await make(
      served, "ProvisionUser", #"{"name":{"full":"S"},"active":true,"roleIds":["salesRep"]}"#,
      as: admin)
    let seller = try served.keys.make(
      for: owner, name: "seller", scopes: [.read, .write], expiresAfterDays: nil
    ).text
    let account = try await make(
      served, "CreateAccount",
      #"""
      {"accountType":"organization","name":"Acme Works","source":{"channel":"website"},
      "phones":[{"raw":"+86\#(Self.phone)"}]}
      """#, as: seller)
    place.ids["accounts"] = account
    place.ids["contacts"] = try await make(
      served, "CreateContact",
      #"""
      {"accountId":"\#(account)","name":{"full":"Zoe Quill"},"source":{"channel":"website"},
      "phones":[{"raw":"+86\#(Self.phone)"}]}
      """#, as: seller)
    place.ids["opportunities"] = try await make(
      served, "CreateOpportunity",
      #"""
      {"accountId":"\#(account)","name":"Deal","pipelineId":"pip_default",
      "amount":{"amountMinor":"987654321","currency":"EUR"},"source":{"channel":"website"}}
      """#, as: seller)
    place.ids["activities"] = try await make(
      served, "LogActivity",
      #"""
      {"kind":"note","summary":"said-something-secret",
      "subjectRefs":[{"objectType":"account","id":"\#(account)"}]}
      """#, as: seller)
    place.ids["users"] = owner
    return (place, seller)
  }

  /// The paths of all questions, with identifiers in their places; streams don't end.
  private func paths(_ document: JSONValue, _ place: Place) -> [String] {
    guard case .object(let all)? = document["paths"] else { return [] }
    var paths: [String] = []
    for member in all
    where member.value["get"] != nil && !member.name.hasSuffix("/stream") {
      let collection = member.name.split(separator: "/").dropFirst().first.map(String.init) ?? ""
      var path = member.name
      for (name, id) in [
        ("{id}", place.ids[collection] ?? "x"), ("{position}", "1"), ("{size}", "1"),
        ("{name}", "x"), ("{subject}", place.ids["contacts"] ?? ""),
      ] { path = path.replacing(name, with: id) }
      if path.hasPrefix("/v1/audit/") {
        for id in place.ids.values.sorted() {
          paths.append("\(path)?record=\(id)")
          for field in ["phones", "amount", "summary", "name"] {
            paths.append("\(path)?record=\(id)&field=\(field)")
          }
          paths.append("\(path)?record=\(id)&from=0&to=30")
        }
      }
      paths.append(path)
    }
    return paths
      + ["filter=amount:eq:987654321", "sort=-amount", "as-of=25"].map {
        "/v1/opportunities?\($0)"
      } + ["/v1/contacts?filter=name:eq:Zoe%20Quill", "/v1/events?limit=1000"]
  }

  @Test func `no question over HTTP shows what rights don't reach`() async throws {
    let unlimited: @Sendable (inout HTTPServer.Options) -> Void = { options in
      options.limits.requestsPerSecond = 1_000_000
      options.limits.requestBurst = 1_000_000
    }
    try await Served.run(.keys, options: unlimited) { served in
      let (place, seller) = try await fill(served)
      let document = try await served.ask("GET", "/openapi.json", key: seller).json
      let paths = paths(document, place)
      try #require(paths.count > 100)
      var shown: Set<String> = []
      for path in paths {
        let text = try await served.ask("GET", path, key: seller).text
        for secret in Self.secrets where text.contains(secret) { shown.insert(secret) }
      }
      #expect(shown == Set(Self.secrets), "the seller sees their own")
      for (role, user) in place.users.sorted(by: { $0.key < $1.key }) {
        let key = try served.keys.make(
          for: user, name: "test", scopes: [.read, .write], expiresAfterDays: nil
        ).text
        var answers: [(path: String, text: String)] = []
        for path in paths {
          let reply = try await served.ask("GET", path, key: key)
          try #require(reply.status != 429 && reply.status < 500, "\(path): \(reply.text)")
          answers.append((path, reply.text))
        }
        for (path, body) in [
          ("/v1/query", #"{"sql":"SELECT * FROM opportunity"}"#),
          ("/v1/query", #"{"sql":"SELECT payload FROM events"}"#),
          ("/v1/match", #"{"company":"Acme Works","phone":"+8613800138000"}"#),
          ("/v1/export", #"{"purpose":"test"}"#),
        ] {
          answers.append(
            ("\(path) \(body)", try await served.ask("POST", path, body: body, key: key).text))
        }
        for answer in answers {
          for secret in Self.secrets
          where answer.text.contains(secret) && Self.allowed[role]?.contains(secret) != true {
            Issue.record("\(role.isEmpty ? "nobody" : role) sees \(secret) at \(answer.path)")
          }
        }
      }
    }
  }
}
