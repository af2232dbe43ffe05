import HTTPAPI
import Schema
import Service
import Testing

/// What the description says of each command's body, held against what is taken, both ways.
@Suite struct CommandSchemaTests {
  private static func description(_ served: Served) async throws -> JSONValue {
    try await served.ask("GET", "/openapi.json").json
  }

  private static func schema(_ name: String, _ description: JSONValue) -> JSONValue? {
    description["components"]?["schemas"]?[name]
  }

  @Test func `every command has a path, and its body every field of its message`() async throws {
    try await Served.run { served in
      let description = try await Self.description(served)
      for name in CommandPayload.names {
        let operation = try #require(
          description["paths"]?["/v1/commands/\(name)"]?["post"], "\(name)")
        let reference = operation["requestBody"]?["content"]?["application/json"]?["schema"]?[
          "$ref"]
        #expect(reference == .string("#/components/schemas/\(name)"))
        let shape = try #require(CommandShapes.message(of: name))
        guard case .object(let fields)? = Self.schema(name, description)?["properties"] else {
          Issue.record("\(name) has no fields")
          continue
        }
        #expect(fields.map(\.name) == shape.fields.map(\.name), "\(name)")
      }
    }
  }

  @Test func `every reference leads somewhere, and no name means two things`() async throws {
    try await Served.run { served in
      let description = try await Self.description(served)
      guard case .object(let schemas)? = description["components"]?["schemas"] else {
        Issue.record("no schemas")
        return
      }
      let names = schemas.map(\.name)
      #expect(Set(names).count == names.count)
      var references: Set<String> = []
      func look(_ value: JSONValue) {
        switch value {
        case .object(let members):
          for member in members {
            if member.name == "$ref", let text = member.value.text { references.insert(text) }
            look(member.value)
          }
        case .array(let values): for value in values { look(value) }
        case .null, .boolean, .number, .string: return
        }
      }
      look(description)
      var known: Set<String> = []
      for kind in ["schemas", "parameters", "responses"] {
        guard case .object(let entries)? = description["components"]?[kind] else { continue }
        known.formUnion(entries.map { "#/components/\(kind)/\($0.name)" })
      }
      #expect(references.isSubset(of: known), "\(references.subtracting(known))")
      #expect(references.isSuperset(of: known))
    }
  }

  /// A value that the schema allows.
  private static func sample(
    _ kind: MessageShape.Kind, _ depth: Int
  ) -> String? {
    switch kind {
    case .text: #""x""#
    case .flag: "true"
    case .bytes: #""AA==""#
    case .integer(bits: 32, _): "1"
    case .integer: #""1""#
    case .decimal: "1.5"
    case .code(let names): names.first.map { "\"\($0)\"" }
    case .moment: #""2026-03-02T09:00:00Z""#
    case .message(let name): depth > 4 ? nil : object(name, depth + 1)
    case .list(let inner): sample(inner, depth).map { "[\($0)]" }
    case .table(let inner): sample(inner, depth).map { "{\"k\":\($0)}" }
    }
  }

  private static func object(_ name: String, _ depth: Int) -> String? {
    guard let shape = CommandShapes.message(named: name) else { return nil }
    var chosen: Set<String> = []
    let members = shape.fields.compactMap { field -> String? in
      if let choice = field.choice, !chosen.insert(choice).inserted { return nil }
      return sample(field.kind, depth).map { "\"\(field.name)\":\($0)" }
    }
    return "{\(members.joined(separator: ","))}"
  }

  @Test(arguments: CommandPayload.names)
  func `a body with everything that is described is read, and nothing else is`(
    name: String
  ) throws {
    let shape = try #require(CommandShapes.message(of: name))
    let body = try #require(Self.object(shape.name, 0))
    _ = try CommandPayload(name: name, json: Array(body.utf8))
    let unknown = body.dropLast() + (body == "{}" ? "" : ",") + #""unknownMember":1}"#
    #expect(throws: PayloadError.self) {
      try CommandPayload(name: name, json: Array(unknown.utf8))
    }
    for field in shape.fields {
      // What no field of any kind takes.
      let wrong = #"{"\#(field.name)":{"no such":["thing"]}}"#
      #expect(throws: PayloadError.self, "\(name).\(field.name)") {
        try CommandPayload(name: name, json: Array(wrong.utf8))
      }
    }
  }

  @Test(
    arguments: [
      (#"{"nome":"A"}"#, "There is no member “nome”: there are accountId, accountType, name,"),
      (#"{"name":7}"#, "“name” is a number: give a text."),
      (
        #"{"accountType":"firm"}"#,
        "“accountType” is “firm”: give organization"
      ),
      (#"{"source":{"channel":true}}"#, "“source.channel” is true or false: give a text: "),
      (#"{"phones":[{"raw":"1"},{"raw":[]}]}"#, "“phones[1].raw” is a list: give a text."),
      (#"{"phones":{}}"#, "“phones” is an object: give a list."),
      ("[]", "The body is a list: give"),
      ("", "The body of CreateAccount is no JSON: it ends in the middle of a value."),
    ])
  func `a body that can't be read is refused by the member's name`(
    body: String, sentence: String
  ) async throws {
    try await Served.run { served in
      let reply = try await served.command("CreateAccount", body)
      #expect((reply.status, reply.code) == (422, "VALIDATION.FORMAT"))
      #expect(reply.json["detail"]?.text?.hasPrefix(sentence) == true, "\(reply.text)")
    }
  }

  @Test func `a body with a member that is not described is refused over HTTP`() async throws {
    try await Served.run { served in
      let reply = try await served.command("CreateTeam", #"{"name":"T","colour":"red"}"#)
      #expect((reply.status, reply.code) == (422, "VALIDATION.FORMAT"))
      let nothing = try await served.command("CreateTeem", #"{"name":"T"}"#)
      #expect((nothing.status, nothing.code) == (404, "VALIDATION.COMMAND"))
    }
  }
}
