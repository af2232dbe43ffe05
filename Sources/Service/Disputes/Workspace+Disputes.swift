internal import Audit
internal import CRM
internal import EventModel
internal import Foundation
internal import ReadModels
internal import Schema
internal import SwiftProtobuf

/// Disputes, as people look at them.
extension Workspace {
  /// A dispute with its evidence, rulings and steps.
  public func dispute(_ id: String) throws(ServiceError) -> Answer {
    let file = try existingDispute(id)
    let dispute = file.dispute
    try requirePart(in: dispute)
    let words = file.entries.first?.words
    let zone = try timeZone()
    return Answer(
      "Dispute \(id)",
      facts: [
        .init("id", "Dispute", .text(id)), .init("status", "Status", .text("\(dispute.status)")),
        .init("subject", "About", .text("\(dispute.subject)")),
        .init("kind", "Kind", .text("\(dispute.opened.kind)")),
        .init("claimant", "Claimant", .text(dispute.opened.claimantID)),
        .init("respondent", "Respondent", .text(dispute.opened.respondentID)),
        .init("arbitrator", "Arbitrator", .named(dispute.arbitratorID)),
        .init("isFrozen", "Record is frozen", .flag(dispute.freezes)),
        .init(
          "contestedPosition", "Contested position",
          dispute.opened.hasContestedPosition
            ? .integer(Int64(clamping: dispute.opened.contestedPosition)) : .none),
        .init(
          "asOfPosition", "Evidence before position",
          .integer(Int64(clamping: dispute.opened.asOfSize))),
        .init("responseDueAt", "Response due", .moment(dispute.responseDueAt)),
        .init("respondedAt", "Responded", .moment(dispute.respondedAt)),
        .init("appealUntil", "Appeal until", .moment(dispute.rulings.last?.appealUntil)),
        .init("statement", "Statement", Self.text(words) { $0.statement }),
        .init("remedy", "Remedy asked for", Self.text(words) { $0.requestedRemedy }),
      ],
      tables: [Self.packs(of: dispute), Self.rulings(of: file), Self.steps(of: file)],
      timeZone: zone.identifier)
  }

  /// Disputes, the latest first.
  ///
  /// Those in any of `statuses`, such as `underReview`; with `user` as a party or the arbitrator;
  /// about the record `subject`; at most `limit`.
  public func disputes(
    statuses: [String] = [], of user: String? = nil, about subject: String? = nil,
    limit: Int = 100
  ) throws(ServiceError) -> Answer {
    var filter = DisputeFilter()
    for status in statuses {
      let code: DisputeStatus.Code = try Self.code(status, "status")
      filter.statuses.append("\(code)")
    }
    filter.userID = try seesAllDisputes() ? user : actingUser().text
    filter.subjectID = try subject.map { text throws(ServiceError) in try Self.record(text).id }
    filter.limit = limit
    let zone = try timeZone()
    let wanted = filter
    let found = try asking { reader throws(QueryError) in try reader.disputes(wanted) }
    return Answer(
      "Disputes",
      facts: [
        .init(
          "asOfPosition", "As of position",
          found.asOfPosition.map { .integer(Int64($0.rawValue)) } ?? .none)
      ],
      tables: [
        .init(
          "disputes", "",
          columns: [
            .init("id", "Dispute"), .init("status", "Status"), .init("subject", "About"),
            .init("kind", "Kind"), .init("claimant", "Claimant"),
            .init("respondent", "Respondent"), .init("arbitrator", "Arbitrator"),
            .init("openedAt", "Opened"), .init("responseDueAt", "Response due"),
            .init("outcome", "Outcome"), .init("appealUntil", "Appeal until"),
          ],
          rows: found.value.map { row in
            [
              .text(row.disputeID), .text(row.status),
              .text("\(row.subjectType):\(row.subjectID)"), .text(row.kind),
              .text(row.claimantID), .text(row.respondentID), .named(row.arbitratorID),
              .moment(row.openedAt), .moment(row.responseDueAt), .named(row.outcome),
              .moment(row.appealUntil),
            ]
          })
      ], timeZone: zone.identifier)
  }

  /// The rules that rulings cite.
  public func disputeRules() throws(ServiceError) -> Answer {
    let state = try auditing { auditor throws(AuditError) in
      try auditor.record(DisputeRuleBook.key)
    }.state
    let book = state as? DisputeRuleBook ?? DisputeRuleBook()
    return Answer(
      "The rule book",
      facts: [.init("version", "Version", .integer(Int64(book.version)))],
      tables: [
        .init(
          "rules", "", columns: [.init("code", "Rule"), .init("text", "Text")],
          rows: book.rules.map { [.text($0.code), .text($0.text)] })
      ])
  }

  func existingDispute(_ id: String) throws(ServiceError) -> DisputeFile {
    let file = try auditing { auditor throws(AuditError) in try auditor.disputeFile(id) }
    guard file.dispute.exists else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "There is no dispute “\(id)”: check the identifier, or see `deed dispute list`.")
    }
    return file
  }

  /// Whether who acts looks into every dispute: administrators, who say who rules, auditors, and
  /// those whose rights reach every record.
  func seesAllDisputes() throws(ServiceError) -> Bool {
    let actor = try actingUser()
    let state = try auditing { auditor throws(AuditError) in
      try auditor.record(.user(actor.text))
    }.state
    guard let user = state as? User, user.status == .active else { return false }
    let roles = [
      BuiltInRole.administrator, BuiltInRole.workspaceOwner, BuiltInRole.auditor,
    ]
    return roles.contains { user.roleIDs.contains($0) }
  }

  /// Refuses whoever is neither party nor arbitrator, nor sees every dispute.
  func requirePart(in dispute: Dispute) throws(ServiceError) {
    let actor = try actingUser().text
    guard !dispute.partyIDs.contains(actor), dispute.arbitratorID != actor,
      !dispute.rulings.contains(where: { $0.by == actor }), try !seesAllDisputes()
    else { return }
    throw ServiceError(
      .refused, code: "PERMISSION.DENIED",
      "\(actor) is neither a party of the dispute \(dispute.id) nor its arbitrator, and may not see "
        + "it; ask an administrator.")
  }

  private static func text(
    _ words: Sealed<DisputePersonal>?, _ part: (DisputePersonal) -> String
  ) -> Value {
    guard let words else { return .none }
    if let opened = words.opened, part(opened).isEmpty { return .none }
    return Value(words.map { part($0) })
  }

  private static func packs(of dispute: Dispute) -> Answer.Table {
    .init(
      "packs", "Sealed evidence",
      columns: [
        .init("id", "Pack"), .init("toPosition", "Before position"), .init("sha256", "SHA-256"),
      ],
      rows: dispute.packs.map {
        [.text($0.id), .integer(Int64(clamping: $0.toPosition)), .text($0.sha256.hex)]
      })
  }

  private static func rulings(of file: DisputeFile) -> Answer.Table {
    let entries = file.entries.compactMap { entry -> (DisputeRuled, DisputeFile.Entry)? in
      guard case .disputeRuled(let ruled) = entry.payload else { return nil }
      return (ruled, entry)
    }
    return .init(
      "rulings", "Rulings",
      columns: [
        .init("no", "No."), .init("outcome", "Outcome"), .init("by", "By"),
        .init("ruledAt", "Ruled"), .init("ownerAfter", "Owner after"), .init("rules", "Rules"),
        .init("awards", "Shares"), .init("rationale", "Rationale"),
      ],
      rows: entries.map { ruled, entry in
        [
          .integer(Int64(ruled.rulingNo)), .text("\(ruled.outcome)"), .text(entry.event.actor),
          .moment(entry.event.recordedAt),
          ruled.hasOwnerAfter ? .text("\(ruled.ownerAfter.kind):\(ruled.ownerAfter.id)") : .none,
          .text(ruled.rulesCited.joined(separator: ", ")),
          .named(ruled.awards.map { "\($0.userID)=\($0.pct)" }.joined(separator: ", ")),
          text(entry.words) { $0.rationale },
        ]
      })
  }

  private static func steps(of file: DisputeFile) -> Answer.Table {
    .init(
      "steps", "Steps",
      columns: [
        .init("position", "Position"), .init("recordedAt", "Recorded"), .init("type", "What"),
        .init("actor", "By"), .init("statement", "In words"),
      ],
      rows: file.entries.map { entry in
        [
          .integer(Int64(entry.event.position.rawValue)), .moment(entry.event.recordedAt),
          .text(entry.event.type), .text(entry.event.actor),
          text(entry.words) { $0.statement },
        ]
      })
  }
}
