internal import Foundation
internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// Records, their histories and owners, and what people did.
enum RecordOperations {
  /// A kind of record: its collection in paths, and its name.
  struct Kind: Sendable {
    let collection: String
    let name: String
    /// Whether it has an owner.
    var isOwned = false

    /// With a capital, for names of operations.
    var title: String { name.prefix(1).uppercased() + name.dropFirst() }
  }

  static let kinds = [
    Kind(collection: "accounts", name: "account", isOwned: true),
    Kind(collection: "contacts", name: "contact", isOwned: true),
    Kind(collection: "leads", name: "lead", isOwned: true),
    Kind(collection: "opportunities", name: "opportunity", isOwned: true),
    Kind(collection: "tickets", name: "ticket", isOwned: true),
    Kind(collection: "activities", name: "activity"), Kind(collection: "tasks", name: "task"),
    Kind(collection: "users", name: "user"), Kind(collection: "teams", name: "team"),
    Kind(collection: "pipelines", name: "pipeline"),
    Kind(collection: "organizations", name: "organization"),
    Kind(collection: "pools", name: "pool"),
    Kind(collection: "registrations", name: "registration"),
    Kind(collection: "disputes", name: "dispute"),
    Kind(collection: "dispute-rule-books", name: "disputeRuleBook"),
    Kind(collection: "handovers", name: "handover"),
    Kind(collection: "duplicate-cases", name: "duplicateCase"),
    Kind(collection: "exports", name: "export"),
    Kind(collection: "permissions", name: "permissions"),
    Kind(collection: "sla-policies", name: "slaPolicy"),
    Kind(collection: "business-calendars", name: "businessCalendar"),
  ]

  static func all() -> [Operation] {
    kinds.flatMap { kind in
      [ListOperations.list(kind), record(kind), history(kind)]
        + (kind.isOwned ? [owners(kind)] : [])
    } + [ListOperations.ownership(), actions(), why(), difference(), canSee()]
  }

  private static let identifier = Operation.Parameter(
    "id", in: .path, schema: Schemas.identifier, "The record's identifier.")

  private static func record(_ kind: Kind) -> Operation {
    Operation(
      id: "get\(kind.title)", method: .get, path: "/v1/\(kind.collection)/{id}",
      tag: "records", summary: "The \(kind.name) as it is, or as it was.",
      parameters: [identifier, .asOf, .effective, .fields, .waitForPosition, .ifNoneMatch],
      success: .json(
        Schemas.anything,
        "Its fields. The entity tag begins with its revision, for If-Match.")
    ) { call in
      let workspace = call.workspace
      let id = try call.path("id")
      let view = try call.view()
      let fields = call.list("fields")
      try await call.waitForPosition()
      var answer: Answer
      if view == .now, let known = try workspace.shownAgain(kind.name, id: id) {
        if fields.isEmpty { return try .shownAgain(known, to: call) }
        answer = known.answer
      } else {
        answer = try await call.reading { try workspace.show(kind.name, id: id, from: view) }
      }
      let revision = answer.revision
      if !fields.isEmpty {
        answer.facts.removeAll { !fields.contains($0.name) }
        answer.tables.removeAll { !fields.contains($0.name) }
      }
      return try .answer(answer, revision: view == .now ? revision : nil, to: call)
    }
  }

  private static func history(_ kind: Kind) -> Operation {
    .question(
      "get\(kind.title)History", "/v1/\(kind.collection)/{id}/history", tag: "records",
      "Who did what to the \(kind.name); with a field, who gave it which value.",
      [
        identifier, .from, .to,
        .init("field", schema: Schemas.identifier, "Only changes of this field."),
      ]
    ) { call in
      let record = "\(kind.name)-\(try call.path("id"))"
      let field = call.query("field")
      let period = try call.period()
      return { try $0.history(of: record, field: field, period: period) }
    }
  }

  private static func owners(_ kind: Kind) -> Operation {
    .question(
      "get\(kind.title)Owners", "/v1/\(kind.collection)/{id}/owners", tag: "records",
      "Who owned the \(kind.name), and when.",
      [
        identifier, .asOf, .effective,
        .init("at", schema: Schemas.moment, "Only who owned it at that moment."),
      ]
    ) { call in
      let record = "\(kind.name)-\(try call.path("id"))"
      let moment = try call.moment("at")
      let view = try call.view()
      return { try $0.owners(of: record, at: moment, from: view, withProtections: true) }
    }
  }

  private static func actions() -> Operation {
    .question(
      "getUserActions", "/v1/users/{id}/actions", tag: "audit",
      "What a user did, and what was done on their behalf.",
      [identifier, .from, .to, .limit(usual: 100, greatest: 1_000)], table: "actions"
    ) { call in
      let user = try call.path("id")
      let period = try call.period()
      let limit = try call.limit(100, greatest: 1_000)
      return { try $0.actions(of: user, period: period, limit: limit) }
    }
  }

  private static func why() -> Operation {
    .question(
      "getWhy", "/v1/audit/why", tag: "audit",
      "Why a field of a record has the value that it has.",
      [.record, .init("field", isRequired: true, schema: Schemas.identifier, "The field."), .asOf]
    ) { call in
      let record = try call.required("record")
      let field = try call.required("field")
      let view = try call.view()
      return { try $0.why(record, field: field, from: view) }
    }
  }

  private static func difference() -> Operation {
    .question(
      "getDifference", "/v1/audit/difference", tag: "audit",
      "What differs between a record at two moments.",
      [
        .record,
        .init("from", isRequired: true, schema: Schemas.moment, "The earlier moment."),
        .init("to", isRequired: true, schema: Schemas.moment, "The later moment."),
      ]
    ) { call in
      let record = try call.required("record")
      guard let first = try call.moment("from"), let second = try call.moment("to") else {
        throw Problem(400, "VALIDATION.REQUIRED", "Give from and to.")
      }
      return { try $0.difference(of: record, from: first, to: second) }
    }
  }

  private static func canSee() -> Operation {
    .question(
      "getCanSee", "/v1/audit/can-see", tag: "audit",
      "Whether a user may see a record, by what right, and what of it.",
      [
        .record, .init("user", isRequired: true, schema: Schemas.identifier, "The user."),
        .init("at", schema: Schemas.moment, "As of that moment."),
      ]
    ) { call in
      let record = try call.required("record")
      let user = try call.required("user")
      let moment = try call.moment("at")
      return { try $0.canSee(user, record, at: moment) }
    }
  }
}

extension Response {
  /// A record that was shown a moment ago: written once, however often it is asked for.
  fileprivate static func shownAgain(_ record: ShownRecord, to call: Call) throws -> Response {
    let written = record.written { answer in
      let bytes = JSON(answer).bytes
      return .init(bytes: bytes, tag: Self.tag(of: bytes, revision: answer.revision))
    }
    return try .tagged(written.bytes, contentType: "application/json", tag: written.tag, to: call)
  }
}

extension Answer {
  /// A record's revision, which is one less than the number of its events.
  fileprivate var revision: String? {
    for fact in facts where fact.name == "events" {
      if case .integer(let count) = fact.value { return String(count - 1) }
    }
    return nil
  }
}
