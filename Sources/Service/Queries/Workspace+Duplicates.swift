internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Foundation
internal import Matching
internal import ReadModels
internal import Schema
internal import SwiftProtobuf

/// What somebody knows of a customer before making a record of it.
public struct CustomerQuestion: Sendable, Hashable {
  /// A company's name.
  public var company: String
  /// A person's.
  public var person: String
  /// A telephone number, in any notation.
  public var phone: String
  /// An e-mail address.
  public var email: String
  /// A domain, or a website in it.
  public var domain: String
  /// 18 characters.
  public var unifiedSocialCreditCode: String
  /// Where the company is, if its name doesn't say it.
  public var city: String

  /// Puts a question together; what isn't known stays empty.
  public init(
    company: String = "", person: String = "", phone: String = "", email: String = "",
    domain: String = "", unifiedSocialCreditCode: String = "", city: String = ""
  ) {
    self.company = company
    self.person = person
    self.phone = phone
    self.email = email
    self.domain = domain
    self.unifiedSocialCreditCode = unifiedSocialCreditCode
    self.city = city
  }
}

/// Customers who are there already, and the cases about them.
extension Workspace {
  /// Search before create: what resembles a customer, without telling whose it is.
  public func match(_ question: CustomerQuestion) throws(ServiceError) -> Answer {
    // Whoever may make a customer may ask whether it is there.
    let gate = try gate()
    if !gate.mayMake(.account), !gate.mayMake(.lead) {
      try gate.require(.create, .contact, path: "match")
    }
    let profile = try Self.profile(question)
    try requireLookupsLeft(gate)
    let probe = MatchProbe(
      record: RecordKey(.objectTypeUnspecified, ""), profile: profile,
      types: [.account, .lead, .contact])
    let found: MatchFindings
    do throws(CommandFailure) { found = try executor.findings(of: probe) } catch {
      throw ServiceError(error)
    }
    let findings = found.all
    var rows: [[Value]] = []
    for finding in findings { rows.append(try row(of: finding)) }
    try gate.record(
      .matched(
        kinds: Set(profile.keys.map { "\($0.kind.code)" }).sorted(),
        records: findings.map { "\($0.record)" }))
    var notes = findings.isEmpty ? ["Nothing there resembles it."] : []
    if found.isCut { notes.append(Self.cutNote) }
    if !isWriter {
      notes.append(
        "Another process holds the keys: telephones, addresses and persons were not compared.")
    }
    return Answer(
      "Customers that resemble it",
      tables: [
        .init(
          "matches", "",
          columns: [
            .init("record", "Record"), .init("name", "Name"), .init("score", "Score"),
            .init("verdict", "Verdict"), .init("keys", "By"), .init("owner", "Owner"),
            .init("protectedUntil", "Protected until"), .init("lastFollowUp", "Last follow-up"),
          ], rows: rows)
      ], notes: notes, timeZone: try timeZone().identifier)
  }

  static func profile(_ question: CustomerQuestion) throws(ServiceError) -> MatchProfile {
    var keys: [MatchKey] = []
    if !question.phone.isEmpty {
      guard let number = PhoneNumber(question.phone) else {
        throw ServiceError(
          .usage, code: "VALIDATION.FORMAT",
          "“\(question.phone)” is no telephone number: give one such as +86 138 0013 8000.")
      }
      keys.append(
        MatchKey(.phone, number.e164 ?? question.phone.filter { ("0"..."9").contains($0) }))
    }
    if !question.email.isEmpty {
      guard let address = EmailAddress(question.email) else {
        throw ServiceError(
          .usage, code: "VALIDATION.FORMAT",
          "“\(question.email)” is no e-mail address: give one such as ada@example.com.")
      }
      keys.append(MatchKey(.email, address.normalized))
    }
    if !question.domain.isEmpty {
      keys.append(MatchKey(.domain, EmailRule.registrableDomain(question.domain)))
    }
    if !question.unifiedSocialCreditCode.isEmpty {
      guard let code = UnifiedSocialCreditCode(question.unifiedSocialCreditCode) else {
        throw ServiceError(
          .usage, code: "VALIDATION.FORMAT",
          "“\(question.unifiedSocialCreditCode)” is no unified social credit code: compare it with "
            + "the licence.")
      }
      keys.append(MatchKey(.unifiedSocialCreditCode, code.text))
    }
    let profile = MatchProfile(
      companyName: question.company, personName: question.person, keys: keys, city: question.city)
    guard !profile.isEmpty else {
      throw ServiceError(
        .usage, code: "VALIDATION.REQUIRED",
        "There is nothing to look for: give a company, a person, a phone, an e-mail, a domain or "
          + "a code.")
    }
    return profile
  }

  /// No contact data, and whose it is only as far as it is the asker's.
  private func row(of finding: MatchFinding) throws(ServiceError) -> [Value] {
    let state: (any Aggregate)?
    do throws(CommandFailure) {
      state = try executor.record(finding.record)?.state
    } catch { throw ServiceError(error) }
    var name = ""
    if let account = state as? Account { name = CompanyName(account.name).core }
    if let lead = state as? Lead { name = CompanyName(lead.companyName).core }
    let ownership = (state as? any OwnedAggregate)?.ownership
    let asker = try actingUser().text
    let owner: Value =
      switch ownership?.owner?.kind {
      case .user: .text(ownership?.owner?.id == asker ? "yours" : "somebody else's")
      case .pool: .text("pool \(ownership?.owner?.id ?? "")")
      case .partner, .ownerKindUnspecified, .UNRECOGNIZED, nil: .none
      }
    let now = clock()
    let protected = ownership?.protections.filter { $0.until > now }.map(\.until).max()
    let isSuspect = finding.score > MatchModel.current.suspectAbove
    return [
      .text("\(finding.record)"), .named(name), .decimal("\(finding.score)"),
      .text(isSuspect ? "suspected" : "possible"),
      .text(finding.kinds.map { "\($0.code)" }.joined(separator: ", ")), owner,
      .moment(protected), try lastFollowUp(of: finding.record),
    ]
  }

  private func lastFollowUp(of record: RecordKey) throws(ServiceError) -> Value {
    guard record.type == .account else { return .none }
    let view = try asking { reader throws(QueryError) in
      try reader.account(record.id, asOf: .latest)
    }
    return .moment(view.value?.activities.map(\.occurredAt).max())
  }
}

extension Workspace {
  /// The cases of duplicates and collisions, newest first.
  ///
  /// `status` is such as `open`, `nil` for all; `contestedOnly` leaves those that different people
  /// claim.
  public func duplicateCases(
    status: String?, contestedOnly: Bool
  ) throws(ServiceError) -> Answer {
    let known = DuplicateCaseStatus.Code.allCases.filter { $0 != .duplicateCaseStatusUnspecified }
    let wanted = try status.map { text throws(ServiceError) -> DuplicateCaseStatus.Code in
      guard let code = known.first(where: { "\($0)" == text }) else {
        throw ServiceError(
          .usage, code: "VALIDATION.STATUS",
          "“\(text)” is no status of a case: give one of "
            + "\(known.map { "\($0)" }.joined(separator: ", ")).")
      }
      return code
    }
    let gate = try gate()
    var rows: [[Value]] = []
    var seen: Set<String> = []
    for found in try cases().reversed() {
      guard wanted == nil || found.status == wanted, !contestedOnly || found.isContested,
        try gate.may(.list, found.key)
      else { continue }
      seen.insert("\(found.key)")
      rows.append([
        .text(found.id), .text("\(found.status)"), .flag(found.isContested),
        .list(found.records.map { .text("\($0)") }), .decimal(found.score),
        .text(found.keys.map { "\($0)" }.joined(separator: ", ")), .text("\(found.trigger)"),
        .list(found.parties.map { .text($0.id) }), .moment(found.openedAt),
      ])
    }
    try gate.record(
      .listed(
        type: "duplicateCase", path: "duplicates", records: seen.sorted(), classes: [],
        results: rows.count))
    return Answer(
      "Duplicate cases",
      tables: [
        .init(
          "cases", "",
          columns: [
            .init("id", "Case"), .init("status", "Status"), .init("contested", "Contested"),
            .init("records", "Records"), .init("score", "Score"), .init("keys", "By"),
            .init("trigger", "Found at"), .init("parties", "Parties"),
            .init("openedAt", "Opened"),
          ], rows: rows)
      ], notes: rows.isEmpty ? ["There is no such case."] : [],
      timeZone: try timeZone().identifier)
  }

  private func cases() throws(ServiceError) -> [DuplicateCase] {
    let types = ["DuplicateSuspected", "CollisionDetected"].compactMap(EventType.init)
    var found: [DuplicateCase] = []
    for event in try readEvents(.types(types), limit: 100_000) {
      guard let stream = StreamName(event.stream) else { continue }
      do throws(CommandFailure) {
        let state = try executor.record(.duplicateCase(stream.id))?.state
        if let state = state as? DuplicateCase { found.append(state) }
      } catch { throw ServiceError(error) }
    }
    return found
  }

  /// One case with the records that it names: of those that the principal may not read, neither the
  /// name nor whose they are.
  public func duplicateCase(_ id: String) throws(ServiceError) -> Answer {
    let gate = try gate()
    _ = try gate.readable(.duplicateCase(id), path: .show)
    let state: (any Aggregate)?
    do throws(CommandFailure) {
      state = try executor.record(.duplicateCase(id))?.state
    } catch { throw ServiceError(error) }
    guard let found = state as? DuplicateCase else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "There is no case “\(id)”: `deed duplicates list` has them.")
    }
    let facts: [Answer.Fact] = [
      .init("id", "Case", .text(found.id)), .init("status", "Status", .text("\(found.status)")),
      .init("contested", "Contested", .flag(found.isContested)),
      .init("score", "Score", .decimal(found.score)),
      .init("keys", "By", .text(found.keys.map { "\($0)" }.joined(separator: ", "))),
      .init("trigger", "Found at", .text("\(found.trigger)")),
      .init("modelVersion", "Model", .integer(Int64(found.modelVersion))),
      .init("parties", "Parties", .list(found.parties.map { .text($0.id) })),
      .init(
        "refusedType", "Refused",
        found.refusedType == .objectTypeUnspecified ? .none : .text("\(found.refusedType)")),
      .init("overridden", "Made in spite of it", .flag(found.wasOverridden)),
      .init("survivor", "Survivor", .named(found.survivor.map { "\($0)" } ?? "")),
      .init("disputeId", "Dispute", .named(found.disputeID)),
      .init("openedAt", "Opened", .moment(found.openedAt)),
    ]
    return Answer(
      "Case \(id)", facts: facts,
      tables: [
        .init(
          "records", "Records",
          columns: [.init("record", "Record"), .init("owner", "Owner"), .init("name", "Name")],
          rows: try found.records.map { key throws(ServiceError) in try caseRow(key, gate) })
      ], timeZone: try timeZone().identifier)
  }

  private func caseRow(
    _ record: RecordKey, _ gate: AccessGate
  ) throws(ServiceError) -> [Value] {
    guard try gate.may(.read, record) else { return [.text("\(record)"), .hidden, .hidden] }
    try gate.viewed(record, .related, fields: [.internal], path: "duplicates")
    do throws(CommandFailure) {
      let state = try executor.record(record)?.state
      let name = (state as? Account)?.name ?? (state as? Lead)?.companyName ?? ""
      let owner = (state as? any OwnedAggregate)?.ownership.owner?.id ?? ""
      return [.text("\(record)"), .named(owner), .named(name)]
    } catch { throw ServiceError(error) }
  }

  /// Compares every record of a kind with those that resemble it, and opens cases.
  public func findDuplicates(_ kind: String) async throws(ServiceError) -> Answer {
    try gate().require(.merge, .duplicateCase, path: "duplicates find")
    let types: [ObjectType.Code] = [.account, .contact, .lead]
    guard let type = types.first(where: { $0.streamCategory == kind }) else {
      throw ServiceError(
        .usage, code: "VALIDATION.RECORD_TYPE",
        "“\(kind)” is not compared: give account, contact or lead.")
    }
    do throws(CommandFailure) {
      let opened = try await executor.sweepDuplicates(type)
      return Answer(
        "Duplicates of the kind \(kind)",
        facts: [
          .init("opened", "Cases opened", .integer(Int64(opened.count))),
          .init("cases", "Cases", .list(opened.map { .text($0) })),
        ])
    } catch { throw ServiceError(error) }
  }
}

/// Merging, and taking apart.
extension Workspace {
  /// Merges records into `survivor`, which answers for them from then on.
  ///
  /// `kind` is account, contact, lead or ticket; `choices` says by field from which record its value
  /// is taken, where both have one; `reason` is a code.
  public func merge(
    _ kind: String, into survivor: String, _ merged: [String], choices: [(String, String)],
    reason: String
  ) async throws(ServiceError) -> Answer {
    let payload: CommandPayload
    let resolutions = { (type: ObjectType.Code) -> [FieldResolution] in
      choices.map { field, id in
        .with { ($0.field, $0.chosenFrom) = (field, RecordKey(type, id).reference) }
      }
    }
    switch kind {
    case "account":
      payload = .account(
        .mergeAccounts(
          .with {
            ($0.survivorID, $0.mergedIds) = (survivor, merged)
            $0.resolutions = resolutions(.account)
          }))
    case "contact":
      payload = .contact(
        .mergeContacts(
          .with {
            ($0.survivorID, $0.mergedIds) = (survivor, merged)
            $0.resolutions = resolutions(.contact)
          }))
    case "lead":
      payload = .lead(
        .mergeLeads(
          .with {
            ($0.survivorID, $0.mergedIds) = (survivor, merged)
            $0.resolutions = resolutions(.lead)
          }))
    case "ticket":
      payload = .ticket(
        .mergeTickets(.with { ($0.survivorID, $0.mergedIds) = (survivor, merged) }))
    default: throw Self.notMerged(kind)
    }
    return try await carryOut(payload, reason, "Merged into \(kind) \(survivor)")
  }

  /// Takes `merged` out of `survivor` again.
  ///
  /// `assigned` are contacts and opportunities that came to the survivor later and go with it.
  public func unmerge(
    _ kind: String, _ merged: String, from survivor: String, assigned: [String], reason: String
  ) async throws(ServiceError) -> Answer {
    var children: [RecordRef] = []
    for text in assigned { children.append(try Self.record(text).reference) }
    let payload: CommandPayload
    switch kind {
    case "account":
      payload = .account(
        .unmergeAccount(
          .with { ($0.accountID, $0.mergedID, $0.assigned) = (survivor, merged, children) }))
    case "contact":
      payload = .contact(
        .unmergeContact(
          .with { ($0.contactID, $0.mergedID, $0.assigned) = (survivor, merged, children) }))
    case "lead":
      payload = .lead(
        .unmergeLead(
          .with { ($0.leadID, $0.mergedID, $0.assigned) = (survivor, merged, children) }))
    default: throw Self.notMerged(kind)
    }
    return try await carryOut(payload, reason, "Taken out of \(kind) \(survivor)")
  }

  private static func notMerged(_ kind: String) -> ServiceError {
    ServiceError(
      .usage, code: "VALIDATION.RECORD_TYPE",
      "“\(kind)” can't be merged or taken apart: give account, contact or lead; tickets are merged "
        + "only.")
  }

  private func carryOut(
    _ payload: CommandPayload, _ reason: String, _ title: String
  ) async throws(ServiceError) -> Answer {
    let key = CommandID(version7At: clock(), random: random.words()).uuidText
    let result = try await perform(
      payload, by: try actingUser(), key: key, reason: Reason(code: reason), isChecked: true)
    return Answer(
      title,
      facts: [
        .init("id", "Record", .text(result.targetID)),
        .init("position", "Position", result.first.map { .integer(Int64($0.rawValue)) } ?? .none),
        .init("events", "Events", .integer(Int64(result.count))),
      ])
  }
}
