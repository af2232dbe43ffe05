internal import CRM
internal import EventModel
internal import Schema
internal import SwiftProtobuf
internal import Vault

/// A customer's first weeks, after the reference scenario: created, worked on, recycled into a
/// pool, claimed by another.
enum Story {
  static let account = RecordKey.account("acc_A")
  static let activity = RecordKey(.activity, "act_1")

  struct Places {
    let created: Position
    let assigned: Position
    let call: Position
    let changed: Position
    let graded: Position
    let released: Position
    let claimed: Position
    let protected: Position
    let backdated: Position
  }

  @discardableResult
  static func tell(in log: TestLog, subject: KeyID) throws -> Places {
    typealias Envelope = TestLog.Envelope
    let created = try log.record(
      .account(.accountCreated(company())), of: account, at: "03-02 09:00",
      Envelope(subject: subject, personal: .account(phones("+8613800000000"))))
    let assigned = try log.record(
      .ownership(.ownershipAssigned(.with { ($0.to, $0.method) = (.user("usr_1"), .creation) })),
      of: account, at: "03-02 09:00")
    let call = try log.record(
      .activity(.activityLogged(callLogged())), of: activity, at: "03-02 09:05",
      Envelope(occurredAt: "03-02 09:02"))
    let changed = try log.record(
      .account(.accountDetailsChanged(.with { $0.changes = [industry()] })), of: account,
      at: "03-03 10:00",
      Envelope(
        actor: "usr_3", onBehalfOf: "usr_1", reasonCode: "correction",
        reasonText: "was entered wrongly", subject: subject,
        personal: .account(
          .with {
            $0.phones = phones("+8613911111111").phones
            $0.changes = [.with { $0.field = "phones" }]
          })))
    let graded = try log.record(
      .account(.accountGraded(.with { ($0.to, $0.basis) = (.a, .manual) })), of: account,
      at: "03-04 10:00")
    let released = try log.record(
      .ownership(
        .ownershipReleasedToPool(
          .with {
            $0.poolID = "pool_1"
            $0.from = .user("usr_1")
            $0.cause = .recycled
            $0.ruleID = "recycle-A"
            $0.ruleVersion = 3
          })), of: account, at: "04-01 02:00", Envelope(actor: "system:recycler"))
    let claimed = try log.record(
      .ownership(.ownershipClaimed(.with { ($0.poolID, $0.by) = ("pool_1", "usr_2") })),
      of: account, at: "04-02 10:00", Envelope(actor: "usr_2"))
    let protected = try log.record(
      .ownership(
        .protectionGranted(
          .with {
            $0.protectionID = "prt_1"
            $0.holder = .user("usr_2")
            $0.until = try moment("04-09 10:00").message
            $0.basis = .claim
          })), of: account, at: "04-02 10:00", Envelope(actor: "usr_2"))
    let backdated = try log.record(
      .activity(.activityLogged(callLogged())), of: RecordKey(.activity, "act_2"),
      at: "04-06 08:50", Envelope(occurredAt: "03-15 10:00"))
    return Places(
      created: created, assigned: assigned, call: call, changed: changed, graded: graded,
      released: released, claimed: claimed, protected: protected, backdated: backdated)
  }

  private static func company() -> AccountCreated {
    .with {
      $0.accountID = account.id
      $0.accountType = .organization
      $0.name = "福建码上科技有限公司"
      $0.industryCode = "I65"
    }
  }

  private static func phones(_ number: String) -> AccountPersonal {
    .with { $0.phones = [.with { ($0.e164, $0.isPrimary) = (number, true) }] }
  }

  private static func industry() -> FieldChange {
    .with {
      $0.field = "industryCode"
      $0.from = .with { $0.text = "I65" }
      $0.to = .with { $0.text = "C39" }
    }
  }

  private static func callLogged() -> ActivityLogged {
    .with {
      $0.kind = .call
      $0.subjectRefs = [account.reference]
    }
  }
}
