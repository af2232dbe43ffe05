import AsyncHTTPClient
import Foundation
import HTTPAPI
import NIOCore
import NIOHTTP1
import Service
import TestSupport
import Testing

/// What a server answered.
struct Reply: Sendable {
  let status: Int
  /// By their names in lower case.
  let headers: [String: String]
  let text: String
  var bytes: [UInt8] = []

  /// The body as JSON; null when it is none.
  var json: JSONValue {
    do throws(JSONRefusal) { return try JSONParser.value(of: text) } catch { return .null }
  }
  var code: String? { json["code"]?.text }
}

/// A server on a fresh workspace, on loopback.
struct Served: Sendable {
  enum Mode: Sendable {
    case none
    case keys
    case tokens(TokenRules)
  }

  let folder: DataFolder
  let workspace: Workspace
  let server: HTTPServer
  let keys: APIKeyRing
  let administrator: String
  let setupToken: String
  let port: Int

  /// Runs `body` with a server, which ends in order.
  static func run(
    _ mode: Mode = .none, options change: @Sendable (inout HTTPServer.Options) -> Void = { _ in },
    at place: String? = nil, _ body: @Sendable (_ served: Served) async throws -> Void
  ) async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: (place ?? path) + "/data")
      let made = try await Workspace.create(
        folder, NewWorkspace(organization: "O", administrator: "A"))
      let workspace = try Workspace(opening: folder)
      let keys = try APIKeyRing(of: folder)
      var options = HTTPServer.Options()
      options.backupFolder = path + "/backups"
      let authentication: HTTPServer.Authentication
      switch mode {
      case .none:
        authentication = .none
        options.acceptsLoopbackHostsOnly = true
      case .keys: authentication = .bearer(keys: keys, tokens: nil)
      case .tokens(let rules):
        authentication = .bearer(keys: keys, tokens: TokenVerifier(rules))
      }
      change(&options)
      let server = try await HTTPServer(
        host: "127.0.0.1", port: 0, workspace: workspace, authentication: authentication,
        options: options)
      let served = Served(
        folder: folder, workspace: workspace, server: server, keys: keys,
        administrator: made.fact("administrator"), setupToken: made.fact("setupToken"),
        port: try #require(server.address?.port))
      do { try await body(served) } catch {
        try await server.stop()
        workspace.abandon()
        throw error
      }
      try await server.stop()
      try workspace.close()
    }
  }

  /// Waits for an answer as long as the call may take: tests beside this one hold up its threads.
  private static let client: HTTPClient = {
    var configuration = HTTPClient.Configuration()
    configuration.timeout = .init(connect: .seconds(60), read: .seconds(300), write: .seconds(300))
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }()

  /// Asks, and gives what was answered.
  func ask(
    _ method: String = "GET", _ path: String, _ headers: [String: String] = [:],
    body: String? = nil, key: String? = nil
  ) async throws -> Reply {
    var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
    request.method = HTTPMethod(rawValue: method)
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
    if let body {
      if headers["Content-Type"] == nil {
        request.headers.add(name: "Content-Type", value: "application/json")
      }
      request.body = .bytes(ByteBuffer(string: body))
    }
    let answer = try await Self.client.execute(request, timeout: .seconds(300))
    let bytes = try await answer.body.collect(upTo: 64 << 20)
    var fields: [String: String] = [:]
    for (name, value) in answer.headers { fields[name.lowercased()] = value }
    return Reply(
      status: Int(answer.status.code), headers: fields, text: String(buffer: bytes),
      bytes: Array(bytes.readableBytesView))
  }

  /// Carries out a command.
  func command(
    _ name: String, _ body: String, key idempotency: String = UUID().uuidString,
    _ headers: [String: String] = [:], bearer: String? = nil
  ) async throws -> Reply {
    try await ask(
      "POST", "/v1/commands/\(name)",
      headers.merging(["Idempotency-Key": idempotency]) { $1 }, body: body, key: bearer)
  }

  /// Makes a team, and gives its identifier and position.
  func team(_ name: String) async throws -> (id: String, position: Int) {
    let reply = try await command("CreateTeam", #"{"name":"\#(name)"}"#)
    try #require(reply.status == 200, "\(reply.text)")
    return (try #require(reply.json["id"]?.text), try #require(reply.number("position")))
  }

  /// Makes an account.
  func account(_ name: String) async throws -> String {
    let reply = try await command(
      "CreateAccount",
      #"{"accountType":"organization","name":"\#(name)","source":{"channel":"referral"}}"#)
    try #require(reply.status == 200, "\(reply.text)")
    return try #require(reply.json["id"]?.text)
  }

  func key(_ scopes: Set<APIKeyScope> = [.read, .write]) throws -> (text: String, key: APIKey) {
    try keys.make(for: administrator, name: "test", scopes: scopes, expiresAfterDays: nil)
  }
}

extension Reply {
  /// A member that counts.
  func number(_ name: String) -> Int? {
    guard case .number(let digits)? = json[name] else { return nil }
    return Int(digits)
  }

  /// The entries of a list's page.
  var items: [JSONValue] {
    guard case .array(let values)? = json["items"] else { return [] }
    return values
  }
}

extension Answer {
  func fact(_ name: String) -> String {
    guard case .text(let text)? = facts.first(where: { $0.name == name })?.value else { return "" }
    return text
  }
}
