internal import Audit
internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Foundation
internal import Matching
internal import Schema
internal import SwiftProtobuf

/// What a customer is recognised by, as somebody asks for it.
public struct CustomerQuestion: Sendable, Hashable {
  /// A record of the customer: an account, a lead or a registration.
  public var record: String?
  /// The company's name.
  public var name: String?
  /// Any form that a phone number is written in.
  public var phone: String?
  /// An e-mail address.
  public var email: String?
  /// The unified social credit code.
  public var code: String?
  /// The company's domain.
  public var domain: String?

  /// Puts a question together; one of them is needed at least.
  public init(
    record: String? = nil, name: String? = nil, phone: String? = nil, email: String? = nil,
    code: String? = nil, domain: String? = nil
  ) {
    self.record = record
    self.name = name
    self.phone = phone
    self.email = email
    self.code = code
    self.domain = domain
  }
}

/// Who declared a customer, and who did so first.
extension Workspace {
  /// The registrations, the newest last.
  ///
  /// - Parameter onlyOpen: those that wait for an answer or protect.
  /// - Returns: a row a registration.
  /// - Throws: ``ServiceError`` when the actor may not ask, or nothing can be read.
  public func registrations(onlyOpen: Bool) throws(ServiceError) -> Answer {
    try requireUnrestricted()
    let zone = try timeZone()
    let types = ["RegistrationSubmitted"].compactMap(EventType.init)
    var rows: [[Value]] = []
    for event in try readEvents(.types(types), limit: 100_000) {
      guard let id = StreamName(event.stream)?.id else { continue }
      let registration = try registration(id)
      guard !onlyOpen || registration.isOpen else { continue }
      rows.append([
        .text(id), .text("\(registration.kind)"), .text("\(registration.status)"),
        .text(Self.text(registration.claimant)), .text(registration.submitted.legalName),
        .moment(event.recordedAt), .integer(Int64(event.position.rawValue)),
        .moment(registration.until), .integer(Int64(registration.collisions.count)),
      ])
    }
    return Answer(
      "Registrations",
      tables: [
        .init(
          "registrations", "",
          columns: [
            .init("registration", "Registration"), .init("kind", "Of"), .init("status", "Status"),
            .init("claimant", "Claimant"), .init("legalName", "Customer"),
            .init("submittedAt", "Submitted"), .init("position", "Position"),
            .init("until", "Until"), .init("collisions", "Collisions"),
          ], rows: rows)
      ], timeZone: zone.identifier)
  }

  /// A registration with what it collided with.
  ///
  /// - Parameter id: the registration's identifier.
  /// - Returns: its facts, and the table `collisions`.
  /// - Throws: ``ServiceError`` when there is none, or the actor may not ask.
  public func registration(show id: String) throws(ServiceError) -> Answer {
    try requireUnrestricted()
    let zone = try timeZone()
    let found = try registration(id)
    guard found.exists else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "There is no registration \(id): `deed registration list` names them.")
    }
    let submitted = found.submitted
    return Answer(
      "Registration \(id)",
      facts: [
        .init("status", "Status", .text("\(found.status)")),
        .init("kind", "Of", .text("\(found.kind)")),
        .init("claimant", "Claimant", .text(Self.text(found.claimant))),
        .init("legalName", "Customer", .text(submitted.legalName)),
        .init("projectName", "Project", .named(submitted.projectName)),
        .init("submittedAt", "Submitted", .moment(found.submittedAt)),
        .init("record", "Record", .named(Self.text(found.approved?.record ?? submitted.record))),
        .init("approver", "Approved by", .named(found.approved?.approverID ?? "")),
        .init("until", "Until", .moment(found.until)),
        .init("extensions", "Extended", .integer(Int64(found.extensionCount))),
        .init("endedAt", "Ended", .moment(found.endedAt)),
      ],
      tables: [
        .init(
          "collisions", "Collisions",
          columns: [
            .init("against", "Against"), .init("keys", "By"), .init("score", "Score"),
            .init("owner", "Owner then"), .init("protectedUntil", "Protected until"),
          ],
          rows: found.collisions.map { collision in
            [
              .text(Self.text(collision.against)),
              .list(collision.keys.map { .text("\($0)") }), .decimal(collision.score),
              .named(Self.text(collision.owner)),
              collision.hasProtectedUntil ? .moment(Timestamp(collision.protectedUntil)) : .none,
            ]
          })
      ], timeZone: zone.identifier)
  }

  /// Who registered a customer first: everything that was declared or made with a key that agrees
  /// strongly, by position; imported rows keep their own.
  ///
  /// - Parameter question: a record of the customer, or what it is recognised by.
  /// - Returns: the table `candidates`, the first one first; the second is the runner-up.
  /// - Throws: ``ServiceError`` when nothing is asked for, or the actor may not ask.
  public func firstRegistrant(_ question: CustomerQuestion) throws(ServiceError) -> Answer {
    try requireUnrestricted()
    let zone = try timeZone()
    let (own, profile) = try profile(of: question)
    let findings: [MatchFinding]
    do throws(CommandFailure) {
      findings = try executor.findings(
        of: MatchProbe(
          record: own ?? .account(""), profile: profile, types: [.account, .lead, .registration]))
    } catch { throw ServiceError(error) }
    var candidates: [Candidate] = try own.map { key throws(ServiceError) in
      try [candidate(key, keys: [], score: "1.000")]
    } ?? []
    for finding in findings where (finding.strength ?? .weak) >= .strong {
      candidates.append(
        try candidate(
          finding.record, keys: finding.kinds.map { "\($0.code)" }, score: "\(finding.score)"))
    }
    candidates.sort { $0.position < $1.position }
    return Answer(
      "First registrant",
      tables: [
        .init(
          "candidates", "",
          columns: [
            .init("place", "Place"), .init("record", "Record"), .init("claimant", "Claimant"),
            .init("actor", "By"), .init("position", "Position"), .init("recordedAt", "Recorded"),
            .init("occurredAt", "Said to be"), .init("channel", "Through"), .init("keys", "Keys"),
            .init("score", "Score"), .init("status", "Status"),
          ],
          rows: candidates.enumerated().map { index, candidate in
            [.integer(Int64(index) + 1)] + candidate.cells
          })
      ],
      notes: candidates.isEmpty
        ? ["Nobody declared or made this customer."]
        : ["Order goes by position, never by when something is said to have happened."],
      timeZone: zone.identifier)
  }
}

extension Workspace {
  private struct Candidate {
    let position: Position
    let cells: [Value]
  }

  private func candidate(
    _ key: RecordKey, keys: [String], score: String
  ) throws(ServiceError) -> Candidate {
    guard let stream = key.stream else {
      throw ServiceError(.refused, code: "STATE.NOT_FOUND", "There is no record \(key).")
    }
    guard let first = try readEvents(.stream(stream), limit: 1).first else {
      throw ServiceError(.refused, code: "STATE.NOT_FOUND", "There is no record \(key).")
    }
    let metadata: Metadata?
    do throws(PayloadError) { metadata = try first.metadata() } catch {
      throw ServiceError(.failed, code: "LOG.UNREADABLE", error.description)
    }
    var claimant = first.actor
    var status = ""
    let state = try auditing { auditor throws(AuditError) in try auditor.record(key) }.state
    if let registration = state as? Registration {
      claimant = Self.text(registration.claimant)
      status = "\(registration.status)"
    }
    let occurredAt = metadata.map { Timestamp(microseconds: $0.occurredAtUs) }
    return Candidate(
      position: first.position,
      cells: [
        .text("\(key)"), .text(claimant), .text(first.actor),
        .integer(Int64(first.position.rawValue)), .moment(first.recordedAt),
        .moment(occurredAt), .text(metadata.map { "\($0.channel)" } ?? ""),
        .list(keys.map { .text($0) }), .decimal(score), .named(status),
      ])
  }

  private func profile(
    of question: CustomerQuestion
  ) throws(ServiceError) -> (RecordKey?, MatchProfile) {
    if let text = question.record {
      let key = try Self.record(text)
      let state = try auditing { auditor throws(AuditError) in try auditor.record(key) }.state
      guard let profile = (state as? any MatchedAggregate)?.matchProfile else {
        throw ServiceError(
          .refused, code: "STATE.NOT_FOUND",
          "\(key) says nothing that a customer is recognised by: name an account, a lead or a "
            + "registration that is not erased.")
      }
      return (key, profile)
    }
    let probe = try probe(of: question)
    guard let probe, !probe.profile.isEmpty else {
      throw ServiceError(
        .usage, code: "VALIDATION.REQUIRED",
        "Nothing says which customer: give a record, --name, --phone, --email, --uscc or --domain.")
    }
    return (nil, probe.profile)
  }

  /// The question as a declaration would be compared.
  private func probe(of question: CustomerQuestion) throws(ServiceError) -> MatchProbe? {
    let command = SubmitRegistration.with {
      $0.legalName = question.name ?? ""
      $0.unifiedSocialCreditCode = question.code ?? ""
      $0.domain = question.domain ?? ""
      $0.phones = question.phone.map { phone in [.with { $0.raw = phone }] } ?? []
      $0.emails = question.email.map { email in [.with { $0.address = email }] } ?? []
    }
    do throws(Refusal) {
      return try Registration().probe(for: .submitRegistration(command))
    } catch {
      throw ServiceError(.usage, code: error.code.rawValue, error.message)
    }
  }

  private func registration(_ id: String) throws(ServiceError) -> Registration {
    let state = try auditing { auditor throws(AuditError) in
      try auditor.record(.registration(id))
    }.state
    return state as? Registration ?? Registration()
  }

  private static func text(_ owner: OwnerRef) -> String {
    owner.key.map { "\($0)" } ?? ""
  }

  private static func text(_ reference: RecordRef) -> String {
    reference.id.isEmpty ? "" : "\(RecordKey(reference))"
  }
}
