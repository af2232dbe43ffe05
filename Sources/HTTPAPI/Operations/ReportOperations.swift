internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// Reports, read models and the files that are made of records.
enum ReportOperations {
  static func all() -> [Operation] {
    [
      funnel(), models(), pools(), pool(), disputes(), dispute(), rules(), handover(), duplicates(),
      duplicate(), timers(), query(), match(),
    ]
  }

  private static func funnel() -> Operation {
    .question(
      "getFunnel", "/v1/reports/funnel", tag: "reports",
      "How many opportunities of a cohort reached each stage.",
      [
        .init("pipeline", schema: Schemas.identifier, "The default pipeline when not given."),
        .from, .to, .asOf, .effective,
      ], table: "stages", cost: 5
    ) { call in
      let pipeline = call.query("pipeline")
      let cohort = try call.period()
      let view = try call.view()
      return { try $0.funnel(pipeline: pipeline, cohort: cohort, from: view) }
    }
  }

  private static func models() -> Operation {
    .question(
      "listModels", "/v1/models", tag: "reports",
      "The read models: version, position, lag and state of each.", table: "models"
    ) { _ in { try $0.models(withTables: false, withDigests: false) } }
  }

  private static func pools() -> Operation {
    .question(
      "getPoolReport", "/v1/reports/pools", tag: "reports",
      "The pools, each with its rules' version and how much waits in it.", table: "pools", cost: 5
    ) { _ in { try $0.pools() } }
  }

  private static func pool() -> Operation {
    .question(
      "getPoolContents", "/v1/reports/pools/{id}", tag: "reports",
      "A pool with its rules, the records that wait in it, and what its members took today.",
      [id("The pool's identifier.")], cost: 5
    ) { call in
      let id = try call.path("id")
      return { try $0.pool(show: id) }
    }
  }

  private static func disputes() -> Operation {
    .question(
      "getDisputeDocket", "/v1/reports/disputes", tag: "reports",
      "Disputes that the caller has part in, the latest first.",
      [
        .init("status", isRepeated: true, schema: Schemas.identifier, "Such as underReview."),
        .init("user", schema: Schemas.identifier, "A party or the arbitrator."),
        .init("about", schema: Schemas.identifier, "The record in dispute."),
        .limit(usual: 100, greatest: 1_000),
      ], table: "disputes"
    ) { call in
      let statuses = try call.queries("status")
      let user = call.query("user")
      let subject = call.query("about")
      let limit = try call.limit(100, greatest: 1_000)
      return { try $0.disputes(statuses: statuses, of: user, about: subject, limit: limit) }
    }
  }

  private static func dispute() -> Operation {
    .question(
      "getDisputeFile", "/v1/disputes/{id}/file", tag: "reports",
      "A dispute with its evidence, rulings and steps.", [id("The dispute's identifier.")]
    ) { call in
      let id = try call.path("id")
      return { try $0.dispute(id) }
    }
  }

  private static func rules() -> Operation {
    .question(
      "getDisputeRules", "/v1/reports/dispute-rules", tag: "reports",
      "The rules that rulings cite.", table: "rules"
    ) { _ in { try $0.disputeRules() } }
  }

  private static func handover() -> Operation {
    .question(
      "getHandoverFile", "/v1/handovers/{id}/file", tag: "reports",
      "A handover with its plan and how far it is.", [id("The handover's identifier.")]
    ) { call in
      let id = try call.path("id")
      return { try $0.handover(id) }
    }
  }

  private static func duplicates() -> Operation {
    .question(
      "getDuplicateReport", "/v1/reports/duplicates", tag: "reports",
      "Cases of records that may be one customer.",
      [
        .init("status", schema: Schemas.identifier, "Such as open."),
        .init("contested", schema: ["type": "boolean"], "Only those that two people claim."),
      ]
    ) { call in
      let status = call.query("status")
      let contested = try call.flag("contested")
      return { try $0.duplicateCases(status: status, contestedOnly: contested) }
    }
  }

  private static func duplicate() -> Operation {
    .question(
      "getDuplicateFile", "/v1/duplicate-cases/{id}/file", tag: "reports",
      "One case with the records that it names.", [id("The case's identifier.")]
    ) { call in
      let id = try call.path("id")
      return { try $0.duplicateCase(id) }
    }
  }

  private static func timers() -> Operation {
    .question(
      "getTimers", "/v1/reports/timers", tag: "reports", "What is due, and when.",
      [
        .init("record", schema: Schemas.identifier, "Only this record's."),
        .init("policy", schema: Schemas.identifier, "Only this policy's."),
        .limit(usual: 100, greatest: 1_000),
      ]
    ) { call in
      let record = call.query("record")
      let policy = call.query("policy")
      let limit = try call.limit(100, greatest: 1_000)
      return { try $0.timers(of: record, policy: policy, limit: limit) }
    }
  }

  /// SQL stands in a body: an address is kept by proxies and browsers.
  private static func query() -> Operation {
    Operation(
      id: "query", method: .post, path: "/v1/query", tag: "reports",
      summary: "Read-only SQL over the read models and the events.",
      body: .init(
        schema: [
          "type": "object", "required": ["sql"], "additionalProperties": false,
          "properties": [
            "sql": ["type": "string", "minLength": 1, "maxLength": 20_000],
            "limit": Schemas.limit(usual: 1_000, greatest: 10_000),
          ],
        ], summary: "The statement, and how many rows at the most."), cost: 20,
      success: .json(Schemas.answer(table: "rows"), "The rows."), problems: [415]
    ) { call in
      let body = try BodyReader(try await call.jsonBody(), ["sql", "limit"])
      let sql = try body.text("sql", atMost: 20_000)
      let limit = try body.number("limit", 1...10_000) ?? 1_000
      let workspace = call.workspace
      return try .answer(
        try await call.reading { try workspace.query(sql, limit: limit) }, revision: nil, to: call)
    }
  }

  /// Names and telephone numbers stand in a body too.
  private static func match() -> Operation {
    let names = [
      "company", "person", "phone", "email", "domain", "unifiedSocialCreditCode", "city",
    ]
    return Operation(
      id: "matchCustomer", method: .post, path: "/v1/match", tag: "reports",
      summary: "Search before create: what resembles a customer, without telling whose it is.",
      body: .init(
        schema: [
          "type": "object", "additionalProperties": false,
          "properties": .object(
            names.map { .init(name: $0, value: ["type": "string", "maxLength": 300]) }),
        ], summary: "What is known of the customer."), cost: 5,
      success: .json(Schemas.anything, "What resembles it."), problems: [415]
    ) { call in
      let body = try BodyReader(try await call.jsonBody(), Set(names))
      var texts: [String: String] = [:]
      for name in names { texts[name] = try body.optionalText(name, atMost: 300) }
      let question = CustomerQuestion(
        company: texts["company"] ?? "", person: texts["person"] ?? "",
        phone: texts["phone"] ?? "", email: texts["email"] ?? "", domain: texts["domain"] ?? "",
        unifiedSocialCreditCode: texts["unifiedSocialCreditCode"] ?? "",
        city: texts["city"] ?? "")
      let workspace = call.workspace
      return try .answer(
        try await call.reading { try workspace.match(question) }, revision: nil, to: call)
    }
  }

  private static func id(_ summary: String) -> Operation.Parameter {
    .init("id", in: .path, schema: Schemas.identifier, summary)
  }
}
