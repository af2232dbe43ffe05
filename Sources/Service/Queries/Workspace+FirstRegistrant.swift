internal import Audit
internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Foundation
internal import Matching
internal import ReadModels
internal import Schema
internal import SwiftProtobuf

/// Who was first with a customer (Q1).
extension Workspace {
  /// What an answer says when there were too many to look at.
  static let cutNote =
    "More records share this name or a key than one look compares: those that agree in most are "
    + "here, and others may be as much alike. Ask with a telephone, an e-mail, a code, or the whole "
    + "name."

  /// Who registered a customer first: everything that was declared or made with a key that agrees
  /// strongly, by position; imported rows keep their own.
  ///
  /// - Parameters:
  ///   - record: an account, a lead or a registration of the customer; `nil` for the question's.
  ///   - question: what it is recognised by, where no record is named.
  /// - Returns: the table `candidates`, the first one first, the second the runner-up; and
  ///   `attempts`, claims that were refused and so never became a record.
  /// - Throws: ``ServiceError`` when nothing is asked for, or the actor may not ask.
  public func firstRegistrant(
    record: String?, _ question: CustomerQuestion
  ) throws(ServiceError) -> Answer {
    try requireOperator("first-registrant")
    let zone = try timeZone()
    let own = try record.map { text throws(ServiceError) in try Self.record(text) }
    let profile: MatchProfile
    if let own { profile = try knownProfile(of: own) } else { profile = try Self.profile(question) }
    let findings: MatchFindings
    do throws(CommandFailure) {
      findings = try executor.findings(
        of: MatchProbe(
          record: own ?? RecordKey(.objectTypeUnspecified, ""), profile: profile,
          types: [.account, .lead, .registration]))
    } catch { throw ServiceError(error) }
    var candidates: [Candidate] = []
    if let own { candidates.append(try candidate(own, keys: [], score: "1.000")) }
    for finding in findings.all where (finding.strength ?? .weak) >= .strong {
      candidates.append(
        try candidate(
          finding.record, keys: finding.kinds.map { "\($0.code)" }, score: "\(finding.score)"))
    }
    for account in candidates.map(\.key) where account.type == .account {
      candidates += try opportunities(of: account)
    }
    candidates.sort { $0.position < $1.position }
    try gate().record(.question("first registrant of \(own.map { "\($0)" } ?? "a customer")"))
    return Answer(
      "First registrant",
      tables: [
        Self.table(of: candidates), try attemptTable(on: candidates.map(\.key)),
      ],
      notes: [
        candidates.isEmpty
          ? "Nobody declared or made this customer."
          : "Order goes by position, never by when something is said to have happened."
      ] + (findings.isCut ? [Self.cutNote] : []),
      timeZone: zone.identifier)
  }

  private static func table(of candidates: [Candidate]) -> Answer.Table {
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
  }
}

extension Workspace {
  private struct Candidate {
    let key: RecordKey
    let position: Position
    let cells: [Value]
  }

  private func candidate(
    _ key: RecordKey, keys: [String], score: String
  ) throws(ServiceError) -> Candidate {
    guard let stream = key.stream, let first = try readEvents(.stream(stream), limit: 1).first
    else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND", "There is no record \(key): check the identifier.")
    }
    let metadata: Metadata?
    do throws(PayloadError) { metadata = try first.metadata() } catch {
      throw ServiceError(.failed, code: "LOG.UNREADABLE", error.description)
    }
    var claimant = first.onBehalfOf.isEmpty ? first.actor : first.onBehalfOf
    var status = ""
    let state = try auditing { auditor throws(AuditError) in try auditor.record(key) }.state
    if let registration = state as? Registration {
      claimant = registration.claimant.id
      status = "\(registration.status)"
    } else if let first = (state as? any OwnedAggregate)?.ownership.changes.first {
      // Whose it was made, by whomever.
      claimant = first.owner.id
    }
    return Candidate(
      key: key, position: first.position,
      cells: [
        .text("\(key)"), .text(claimant), .text(first.actor),
        .integer(Int64(first.position.rawValue)), .moment(first.recordedAt),
        .moment(metadata.map { Timestamp(microseconds: $0.occurredAtUs) }),
        .text(metadata.map { "\($0.channel)" } ?? ""),
        .list(keys.map { .text($0) }), .decimal(score), .named(status),
      ])
  }

  /// A deal is recognised by its customer.
  private func opportunities(of account: RecordKey) throws(ServiceError) -> [Candidate] {
    let events = try readEvents(
      .tags(
        [account.tag].compactMap(\.self), types: ["OpportunityCreated"].compactMap(EventType.init)),
      limit: 1000)
    return try events.compactMap { StreamName($0.stream).flatMap { RecordKey($0) } }
      .map { key throws(ServiceError) in try candidate(key, keys: ["account"], score: "1.000") }
  }

  /// Claims that were refused because the customer was somebody's: they are evidence, and no
  /// registration.
  private func attemptTable(on records: [RecordKey]) throws(ServiceError) -> Answer.Table {
    var rows: [(Position, [Value])] = []
    for tag in records.compactMap(\.tag) {
      let events = try readEvents(
        .tags([tag], types: ["CollisionDetected"].compactMap(EventType.init)), limit: 1000)
      for event in events where !rows.contains(where: { $0.0 == event.position }) {
        let payload: Payload?
        do throws(PayloadError) { payload = try event.payload() } catch {
          throw ServiceError(.failed, code: "LOG.UNREADABLE", error.description)
        }
        guard case .duplicateCase(.collisionDetected(let collision)) = payload,
          collision.refusedType != .objectTypeUnspecified,
          let stream = StreamName(event.stream)
        else { continue }
        rows.append(
          (
            event.position,
            [
              .named(collision.parties.first?.id ?? ""),
              .text(collision.refusedType.streamCategory),
              .list(collision.refs.map { .text(Self.text($0)) }), .moment(event.recordedAt),
              .integer(Int64(event.position.rawValue)), .text(stream.id),
            ]
          ))
      }
    }
    return .init(
      "attempts", "Refused",
      columns: [
        .init("claimant", "Claimant"), .init("of", "Wanted"), .init("against", "Against"),
        .init("recordedAt", "Recorded"), .init("position", "Position"), .init("case", "Case"),
      ], rows: rows.sorted { $0.0 < $1.0 }.map(\.1))
  }

  private func knownProfile(of key: RecordKey) throws(ServiceError) -> MatchProfile {
    let state: (any Aggregate)?
    do throws(CommandFailure) { state = try executor.record(key)?.state } catch {
      throw ServiceError(error)
    }
    guard let profile = (state as? any MatchedAggregate)?.matchProfile, !profile.isEmpty else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "\(key) says nothing that a customer is recognised by: name an account, a lead or a "
          + "registration that is there and not erased.")
    }
    return profile
  }
}
