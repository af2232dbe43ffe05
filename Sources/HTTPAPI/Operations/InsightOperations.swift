internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// How good the data is, who uses the system, what people agreed to, and who came first.
enum InsightOperations {
  static func all() -> [Operation] {
    [quality, adoption, privacy, handovers, pack, firstRegistrant, findDuplicates]
  }

  private static let groups: [String: Workspace.QualityGroup] = [
    "owner": .owner, "team": .team, "type": .type,
  ]

  private static let quality = Operation.question(
    "getDataQuality", "/v1/reports/quality", tag: "reports",
    "Completeness, follow-up, verified contacts, timeliness, freshness, duplicates: of the owners "
      + "whose records the caller may list.",
    [
      .init(
        "by", schema: ["type": "string", "enum": ["owner", "team", "type"], "default": "owner"],
        "What the figures are added up by."),
      .init(
        "issues", schema: ["type": "integer", "minimum": 0, "maximum": 1_000, "default": 0],
        "List so many records that lack something."),
    ], cost: 20
  ) { call in
    guard let group = groups[call.query("by") ?? "owner"] else {
      throw Problem(400, "VALIDATION.PARAMETER", "by is none of owner, team and type.")
    }
    let issues = try call.number("issues") ?? 0
    guard issues <= 1_000 else {
      throw Problem(400, "VALIDATION.NUMBER", "issues is not within 0 to 1000.")
    }
    return { try $0.dataQuality(by: group, issues: Int(issues)) }
  }

  private static let adoption = Operation.question(
    "getAdoption", "/v1/reports/adoption", tag: "reports",
    "Sign-ins, commands, days of work and records of each user, of the last seven days when "
      + "nothing is given; for administrators and auditors.",
    [.from, .to], cost: 20
  ) { call in
    let period = try call.period()
    return { try $0.adoption(period) }
  }

  private static let privacy = Operation.question(
    "getPrivacyRegister", "/v1/reports/privacy", tag: "reports",
    "What people agreed to, what was erased, and what must not be: of the contacts that the caller "
      + "may read.",
    [
      .init(
        "in-force", schema: ["type": "boolean"],
        "Only consents in force, and erasures that are not done.")
    ], cost: 20
  ) { call in
    let onlyInForce = try call.flag("in-force")
    return { try $0.privacyRegister(onlyInForce: onlyInForce) }
  }

  private static let handovers = Operation.question(
    "getHandoverReport", "/v1/reports/handovers", tag: "reports",
    "The handovers that the caller has a part in, the newest first.", cost: 5
  ) { _ in { try $0.handovers() } }

  private static let pack = Operation(
    id: "getDisputePack", method: .get, path: "/v1/disputes/{id}/pack", tag: "reports",
    summary:
      "A dispute's sealed evidence, built again from the log; 409 when it is not what was sealed.",
    parameters: [
      .init("id", in: .path, schema: Schemas.identifier, "The dispute's identifier."),
      .init(
        "number", schema: ["type": "integer", "minimum": 1, "maximum": 2],
        "1 for the claim's pack, 2 for the appeal's; the last one when not given."),
    ], cost: 20,
    success: .json(Schemas.answer(table: "sections"), "What it holds, with its digests.")
  ) { call in
    let id = try call.path("id")
    let number = try call.number("number").map { Int(clamping: $0) }
    let outcome = try await call.workspace.disputePack(id, number: number)
    guard !outcome.isRefused else {
      throw Problem(
        409, "EVIDENCE.NOT_VERIFIED",
        "The evidence of \(id) is not what was sealed: its server's operator runs deed log verify.")
    }
    return .json(JSON(outcome.answer))
  }

  /// Telephone numbers and addresses stand in a body: an address is kept by proxies and browsers.
  private static let firstRegistrant = Operation(
    id: "findFirstRegistrant", method: .post, path: "/v1/first-registrant", tag: "reports",
    summary: "Who declared or made a customer first, and who came after; for administrators and "
      + "auditors.",
    body: .init(
      schema: [
        "type": "object", "additionalProperties": false,
        "properties": [
          "record": Schemas.identifier, "phone": ["type": "string", "maxLength": 300],
          "email": ["type": "string", "maxLength": 300],
          "unifiedSocialCreditCode": ["type": "string", "maxLength": 300],
        ],
      ], summary: "A record of the customer, or what the customer is recognised by, not both."),
    cost: 5, success: .json(Schemas.anything, "In the order of the log."), problems: [415]
  ) { call in
    let names = ["phone", "email", "unifiedSocialCreditCode"]
    let body = try BodyReader(try await call.jsonBody(), Set(names + ["record"]))
    let record = try body.optionalText("record", atMost: 200)
    let texts = try names.map { try body.optionalText($0, atMost: 300) ?? "" }
    let question = CustomerQuestion(
      phone: texts[0], email: texts[1], unifiedSocialCreditCode: texts[2])
    guard (record == nil) != (question == CustomerQuestion()) else {
      throw BodyReader.refusal(
        "give a record, or what the customer is recognised by, one of the two")
    }
    let workspace = call.workspace
    return .json(
      JSON(
        try await call.reading { try workspace.firstRegistrant(record: record, question) }))
  }

  private static let findDuplicates = Operation(
    id: "findDuplicates", method: .post, path: "/v1/duplicate-cases/find", tag: "reports",
    summary: "Compare all records of a kind, and open a case for each pair that nobody knows of.",
    body: .init(
      schema: [
        "type": "object", "required": ["kind"], "additionalProperties": false,
        "properties": ["kind": ["type": "string", "enum": ["account", "contact", "lead"]]],
      ], summary: "Which kind."), access: .write, cost: 200,
    success: .json(Schemas.anything, "The cases that were opened."), problems: [415]
  ) { call in
    let body = try BodyReader(try await call.jsonBody(), ["kind"])
    let kind = try body.text("kind", atMost: 40)
    return .json(JSON(try await call.workspace.findDuplicates(kind)))
  }
}
