import CRM
import Schema
import SwiftProtobuf

/// Commands that succeed, to be varied by the tests.
enum Sample {
  static let web = Source.with { $0.channel = .website }

  static func company(
    _ id: String = "acc_1", _ change: (inout CreateAccount) -> Void = { _ in }
  ) -> AccountCommand.OneOf_Command {
    var command = CreateAccount.with {
      $0.accountID = id
      $0.accountType = .organization
      $0.name = "福建码上科技有限公司"
      $0.source = web
    }
    change(&command)
    return .createAccount(command)
  }

  static func contact(
    _ id: String = "con_1", account: String = "",
    _ change: (inout CreateContact) -> Void = { _ in }
  ) -> ContactCommand.OneOf_Command {
    var command = CreateContact.with {
      $0.contactID = id
      $0.accountID = account
      $0.name.full = "Lin Yue"
      $0.source = web
    }
    change(&command)
    return .createContact(command)
  }

  static func lead(
    _ id: String = "led_1", owner: String? = nil,
    _ change: (inout CaptureLead) -> Void = { _ in }
  ) -> LeadCommand.OneOf_Command {
    var command = CaptureLead.with {
      $0.leadID = id
      $0.source = web
      $0.personName.full = "Lin Yue"
      $0.companyName = "码上科技"
      $0.phones = [.with { $0.raw = "+86 138 0013 8000" }]
      if let owner { $0.owner = .user(owner) }
    }
    change(&command)
    return .captureLead(command)
  }

  static func assign(
    _ record: RecordKey, to user: String, _ method: AssignmentMethod.Code = .manual
  ) -> OwnershipDecision.Command {
    .assignOwnership(
      .with { ($0.record, $0.to, $0.method) = (record.reference, .user(user), method) })
  }

  static func transfer(
    _ record: RecordKey, to user: String, cascade: [Cascade.Code] = []
  ) -> OwnershipDecision.Command {
    .transferOwnership(
      .with { ($0.record, $0.to, $0.cascade) = (record.reference, .user(user), cascade) })
  }
}
