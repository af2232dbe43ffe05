internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// Everything that changes something.
enum CommandOperations {
  static func all() -> [Operation] {
    [list, carryOutMany()] + commandNames.map { carryOut($0) }
  }

  /// The names of all commands.
  static let commandNames: [String] = {
    let rows = Workspace.commandNames().tables.first?.rows ?? []
    return rows.compactMap { row in
      guard case .text(let text)? = row.first else { return nil }
      return text
    }
  }()

  private static let list = Operation(
    id: "listCommands", method: .get, path: "/v1/commands", tag: "commands",
    summary: "The names of all commands.",
    success: .json(Schemas.answer(table: "commands"), "In the order of the alphabet.")
  ) { call in try .answer(Workspace.commandNames(), revision: nil, to: call) }

  /// The names of commands, as a schema.
  static var names: JSON {
    ["type": "string", "enum": .array(commandNames.map { .string($0) })]
  }

  private static let headers: [Operation.Parameter] = [
    .init(
      "Idempotency-Key", in: .header, isRequired: true,
      schema: ["type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"],
      "The same key with the same body is carried out once, and answers alike."),
    .init(
      "If-Match", in: .header,
      schema: ["type": "string", "pattern": "^\"[0-9]{1,18}(-[0-9a-f]{16})?\"$"],
      "The record's entity tag that the caller saw: another revision is refused with 412."),
    .init("X-Reason-Code", in: .header, schema: Schemas.text, "Why, as a code."),
    .init(
      "X-Reason-Text", in: .header, schema: Schemas.text,
      "Why, in words, percent-encoded UTF-8; sealed."),
    .init("X-On-Behalf-Of", in: .header, schema: Schemas.text, "The user for whom this is done."),
    .init("X-Occurred-At", in: .header, schema: Schemas.text, "When it happened, RFC 3339."),
    .signatureKey, .signature, .traceParent,
    .init(
      "Prefer", in: .header, schema: Schemas.text,
      "log-proof adds `proof`: a C2SP tlog-proof that what was written is in the log."),
  ]

  /// One command at a path of its own, with its message as the body.
  private static func carryOut(_ name: String) -> Operation {
    Operation(
      id: name.prefix(1).lowercased() + name.dropFirst(), method: .post,
      path: "/v1/commands/\(name)", tag: "commands",
      summary: "Carry out \(name), once for its key.", parameters: headers,
      body: .init(
        schema: CommandSchemas.body(of: name),
        summary: "The command's message in the proto3 JSON mapping; unknown members are refused."),
      access: .write,
      success: .json(
        Schemas.reference("CommandResult"),
        "What was recorded, durably; with isRepeat, when it was recorded before."),
      problems: [412, 415, 423, 501]
    ) { call in
      let workspace = call.workspace
      var request = CommandRequest(name: name, body: try await call.jsonBody())
      guard let key = try call.header(.idempotencyKey) else {
        throw Problem(
          400, "VALIDATION.REQUIRED",
          "The request has no Idempotency-Key: give one, such as a UUID, and repeat it with the "
            + "request.")
      }
      request.key = key
      request.expectedRevision = try call.header(.ifMatch).map(revision)
      request.reasonCode = try call.header(.reasonCode)
      if let text = try call.header(.reasonText) {
        guard let decoded = text.removingPercentEncoding else {
          throw Problem(400, "VALIDATION.HEADER", "X-Reason-Text is no percent-encoded UTF-8.")
        }
        request.reasonText = decoded
      }
      request.onBehalfOf = try call.header(.onBehalfOf)
      request.occurredAt = try call.header(.occurredAt)
      request.signature = try call.signature()
      var answer = try await call.carryOut(request)
      var headers: HTTPFields = [:]
      if try call.prefersProof(), let position = answer.position {
        let proof = try await call.reading { try workspace.receipt(of: position) }
        answer.facts.append(.init("proof", "Proof", .text(proof)))
        headers[.preferenceApplied] = "log-proof"
      }
      return .json(JSON(answer), headers: headers)
    }
  }

  /// The most commands of one request.
  private static let bulkLimit = 1_000

  private static func carryOutMany() -> Operation {
    Operation(
      id: "carryOutCommands", method: .post, path: "/v1/commands", tag: "commands",
      summary:
        "Carry out up to \(bulkLimit) commands, each by itself and once for its key; what is refused "
        + "leaves the others alone.",
      body: .init(
        schema: Schemas.bulk,
        summary: "The commands; in their order unless `inOrder` is false."),
      access: .write, cost: 10,
      success: .json(
        Schemas.reference("BulkResult"), "What became of each, in the order of the request."),
      problems: [415]
    ) { call in
      let bulk = try BulkRequest(json: try await call.jsonBody(), limit: bulkLimit)
      let results = try await bulk.carryOut { request in
        do {
          return .init(status: 200, json: JSON(try await call.carryOut(request)))
        } catch {
          let problem = Problem(answering: error)
          return .init(
            status: problem.status, json: problem.json,
            isContended: problem.code == "CONFLICT.CONTENTION")
        }
      }
      let items = results.map { result -> JSON in
        [
          "status": .integer(Int64(result.status)),
          (result.status == 200 ? "result" : "problem"): result.json,
        ]
      }
      let refused = results.count { $0.status != 200 }
      return .json([
        "results": .array(items), "done": .integer(Int64(results.count - refused)),
        "refused": .integer(Int64(refused)),
      ])
    }
  }

  /// The revision that an entity tag begins with.
  @Sendable static func revision(_ tag: String) throws -> UInt64 {
    guard tag.utf8.count > 2, tag.hasPrefix("\""), tag.hasSuffix("\"") else {
      throw Problem(
        400, "VALIDATION.HEADER", "If-Match is no entity tag such as \"3\": give the record's ETag."
      )
    }
    do {
      return try Call.number(String(tag.dropFirst().dropLast().prefix { $0 != "-" }), "If-Match")
    } catch {
      throw Problem(
        400, "VALIDATION.HEADER",
        "If-Match is \(tag), which is no tag of a record: give its ETag, or its revision in quotes."
      )
    }
  }
}

extension HTTPField.Name {
  /// Which preference was honoured: RFC 7240.
  fileprivate static let preferenceApplied = named("Preference-Applied")
}

extension Call {
  /// Carries out a command as a span of its own, whose place in the trace its events keep.
  fileprivate func carryOut(_ request: CommandRequest) async throws -> Answer {
    var request = request
    var span = tracer?.begin("command", .inside, within: place)
    request.traceParent = (span?.place ?? place)?.text
    do {
      let answer = try await workspace.execute(request)
      span?.set("deed.command.name", request.name)
      if let position = answer.position { span?.set("deed.event.position", Int(position)) }
      if let span { tracer?.end(span) }
      return answer
    } catch {
      let problem = Problem(answering: error)
      span?.set("deed.problem.code", problem.code)
      span?.isFailed = problem.status >= 500
      if let span { tracer?.end(span) }
      throw error
    }
  }

  /// Whether the caller prefers a receipt.
  fileprivate func prefersProof() throws -> Bool {
    guard let prefer = try header(.prefer) else { return false }
    return prefer.split(separator: ",").contains { part in
      part.prefix { $0 != ";" }.filter { $0 != " " }.lowercased() == "log-proof"
    }
  }
}

extension Answer {
  /// Where a command's events begin; `nil` when there are none.
  fileprivate var position: UInt64? {
    for fact in facts where fact.name == "position" {
      if case .integer(let position) = fact.value { return UInt64(position) }
    }
    return nil
  }
}
