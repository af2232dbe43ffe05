internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// Who saw what, and who may.
enum AuditOperations {
  static func all() -> [Operation] {
    [whoSaw(), accesses(), refusals(), exports(), roles(), erasure()]
  }

  private static let user = Operation.Parameter("user", schema: Schemas.identifier, "By this user.")

  private static func whoSaw() -> Operation {
    .question(
      "getWhoSaw", "/v1/audit/who-saw", tag: "audit", "Who saw a record.",
      [.record, user, .from, .to], cost: 5
    ) { call in
      let record = try call.required("record")
      let user = call.query("user")
      let period = try call.period()
      return { try $0.whoSaw(record, by: user, period: period) }
    }
  }

  private static func accesses() -> Operation {
    .question(
      "getUserAccesses", "/v1/users/{id}/accesses", tag: "audit",
      "What a user saw, asked for and was refused.",
      [.init("id", in: .path, schema: Schemas.identifier, "The user."), .from, .to], cost: 5
    ) { call in
      let user = try call.path("id")
      let period = try call.period()
      return { try $0.accesses(of: user, period: period) }
    }
  }

  private static func refusals() -> Operation {
    .question(
      "getRefusals", "/v1/audit/refusals", tag: "audit", "Attempts that were refused.",
      [.init("record", schema: Schemas.identifier, "Of this record."), user, .from, .to], cost: 5
    ) { call in
      let record = call.query("record")
      let user = call.query("user")
      let period = try call.period()
      return { try $0.refusals(of: record, by: user, period: period) }
    }
  }

  private static func exports() -> Operation {
    .question(
      "getExportReport", "/v1/audit/exports", tag: "audit", "What was exported, by whom, and why.",
      [.init("record", schema: Schemas.identifier, "That had this record."), user], cost: 5
    ) { call in
      let record = call.query("record")
      let user = call.query("user")
      return { try $0.exports(of: record, by: user) }
    }
  }

  private static func roles() -> Operation {
    .question(
      "getRoles", "/v1/audit/roles", tag: "audit", "Roles with their holders.",
      [.init("at", schema: Schemas.moment, "As of that moment.")]
    ) { call in
      let moment = try call.moment("at")
      return { try $0.roles(at: moment) }
    }
  }

  private static func erasure() -> Operation {
    .question(
      "getErasure", "/v1/audit/erasures/{subject}", tag: "audit",
      "Who asked for an erasure, who agreed, what forbids it, and whether it is complete.",
      [
        .init(
          "subject", in: .path, schema: Schemas.identifier,
          "The data subject, such as contact-con_01KAKV2DC0NGPPYGWPKS7X34ST.")
      ]
    ) { call in
      let subject = try call.path("subject")
      return { try $0.erasureStatus(of: subject) }
    }
  }
}
