internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// The names of an enumeration's values as people's SQL shows them: those of the catalogue, empty
/// for "unspecified".
struct CodeNames<Code: SwiftProtobuf.Enum & CaseIterable>: Sendable where Code.RawValue == Int {
  private let names: [String]

  init(_ code: Code.Type) {
    var names = [String](repeating: "", count: (Code.allCases.map(\.rawValue).max() ?? 0) + 1)
    for value in Code.allCases where value.rawValue > 0 { names[value.rawValue] = "\(value)" }
    self.names = names
  }

  /// Values that the catalogue does not have were refused when the event was read.
  subscript(value: Code) -> String {
    names.indices.contains(value.rawValue) ? names[value.rawValue] : ""
  }
}

/// The names of the catalogue's enumerations.
enum Codes {
  static let objectType = CodeNames(ObjectType.Code.self)
  static let ownerKind = CodeNames(OwnerKind.Code.self)
  static let sourceChannel = CodeNames(SourceChannel.Code.self)
  static let grade = CodeNames(Grade.Code.self)
  static let accountType = CodeNames(AccountType.Code.self)
  static let lifecycleStage = CodeNames(LifecycleStage.Code.self)
  static let contactRole = CodeNames(ContactRole.Code.self)
  static let leadStatus = CodeNames(LeadStatus.Code.self)
  static let opportunityStatus = CodeNames(OpportunityStatus.Code.self)
  static let stageKind = CodeNames(StageKind.Code.self)
  static let stageDirection = CodeNames(StageDirection.Code.self)
  static let forecastCategory = CodeNames(ForecastCategory.Code.self)
  static let ticketStatus = CodeNames(TicketStatus.Code.self)
  static let ticketPriority = CodeNames(TicketPriority.Code.self)
  static let ticketChannel = CodeNames(TicketChannel.Code.self)
  static let slaMetric = CodeNames(SlaMetric.Code.self)
  static let taskPriority = CodeNames(TaskPriority.Code.self)
  static let escalationCause = CodeNames(EscalationCause.Code.self)
  static let activityKind = CodeNames(ActivityKind.Code.self)
  static let activityDirection = CodeNames(ActivityDirection.Code.self)
  static let assignmentMethod = CodeNames(AssignmentMethod.Code.self)
  static let transferCause = CodeNames(TransferCause.Code.self)
  static let releaseCause = CodeNames(ReleaseCause.Code.self)
  static let protectionBasis = CodeNames(ProtectionBasis.Code.self)
  static let protectionEndCause = CodeNames(ProtectionEndCause.Code.self)
  static let collaboratorAccess = CodeNames(CollaboratorAccess.Code.self)
  static let disputeKind = CodeNames(DisputeKind.Code.self)
  static let disputeOutcome = CodeNames(DisputeOutcome.Code.self)
}

extension Timestamp {
  /// The moment of the catalogue's own type, to the microsecond.
  init(_ instant: Google_Protobuf_Timestamp) {
    self.init(microseconds: instant.seconds * 1_000_000 + Int64(instant.nanos) / 1000)
  }
}

extension OwnerRef {
  var kindName: String { Codes.ownerKind[kind] }
}
