import CRM
import Schema
import SwiftProtobuf

/// Commands that succeed, to be varied by the tests.
enum Sample {
  static func company(
    _ id: String = "", _ change: (inout CreateAccount) -> Void = { _ in }
  ) -> CommandPayload {
    var command = CreateAccount.with {
      ($0.accountID, $0.accountType, $0.name) = (id, .organization, "福建码上科技有限公司")
      $0.source.channel = .website
    }
    change(&command)
    return .account(.createAccount(command))
  }

  static func lead(
    _ id: String = "", owner: String = "usr_ann", _ change: (inout CaptureLead) -> Void = { _ in }
  ) -> CommandPayload {
    var command = CaptureLead.with {
      ($0.leadID, $0.companyName, $0.owner) = (id, "码上科技", .user(owner))
      $0.source.channel = .website
      $0.personName.full = "Lin Yue"
      $0.phones = [.with { $0.raw = "+86 138 0013 8000" }]
    }
    change(&command)
    return .lead(.captureLead(command))
  }

  static func tag(_ tag: String, on record: RecordKey) -> CommandPayload {
    .tag(.applyTag(.with { ($0.record, $0.tagID) = (record.reference, tag) }))
  }

  static func transfer(
    _ record: RecordKey, to user: String, cascade: [Cascade.Code] = []
  ) -> CommandPayload {
    .ownership(
      .transferOwnership(
        .with { ($0.record, $0.to, $0.cascade) = (record.reference, .user(user), cascade) }))
  }
}
