/// The organisation's rules that decisions look at, with their defaults.
package struct OrganizationSettings: Hashable, Sendable {
  /// IANA.
  package var timeZone = "UTC"
  /// ISO 4217.
  package var baseCurrency = "CNY"
  /// Where opportunities go that name no pipeline; `nil` when none was set.
  package var defaultPipelineID: String?
  /// How many days after its closing a ticket may be reopened (TK-5).
  package var ticketReopenDays = 14
  /// A satisfaction score below this one raises an alert (TK-4).
  package var lowSatisfactionBelow: UInt32 = 6
  /// Whether outward activities on open leads and opportunities need a next step (AC-3).
  package var nextStepRequired = true
  /// Whether an owner may hand a record to a colleague who accepts it (O-3).
  package var peerTransferByAcceptance = true
  /// Whether new records are compared with those there are (ACC-2 to ACC-5).
  package var duplicateCheck = true
  /// When people work; every hour of every day when none was set.
  package var defaultCalendarID: String?
  /// How many days after the contested event a dispute may be opened (D-1).
  package var disputeWindowDays = 30
  /// How many working days the respondent has for an answer (D-5).
  package var disputeResponseDays = 3
  /// How many days after its ruling a dispute may be appealed (D-7).
  package var disputeAppealDays = 7
  /// Whether it takes two people to make somebody an auditor or an arbitrator.
  package var needsSecondPersonForRoles = false
  /// How many working minutes a new lead may wait for its first response.
  package var firstResponseMinutes = 30
  /// Where a lead goes that its owner left unanswered for twice its time.
  package var unansweredLeads = UnansweredLeads.pool
  /// Whether one person alone may break the glass, to be reviewed within a day; two do otherwise.
  package var breakGlassAlone = false
  /// How often somebody may search for customers before making one, in a day.
  package var matchLookupsPerDay = 500
  /// Whether records are compared with each other every night.
  package var duplicateSweep = true
  /// How many working days a receiver has to acknowledge a handover.
  package var handoverAcknowledgeDays = 3
  /// Identifiers of service-level policies: the first that fits a new ticket is applied.
  package var slaPolicyIDs: [String] = []

  package init() {}
}

/// Where a lead goes that its owner left unanswered for twice its time.
package enum UnansweredLeads: String, Hashable, Sendable {
  /// Into the first pool of leads that the owner is a member of; to the manager where there is none.
  case pool
  /// To whoever stands above the owner.
  case manager
  /// It stays.
  case off
}

/// The names of the switches that ``OrganizationSettings`` are read from.
package enum PolicySwitchName: String, CaseIterable, Sendable {
  case defaultPipeline
  case ticketReopenDays
  case lowSatisfactionBelow
  case nextStepRequired
  case peerTransfer
  case duplicateCheck
  case defaultCalendar
  case disputeWindowDays
  case disputeResponseDays
  case disputeAppealDays
  case firstResponseMinutes
  case handoverAcknowledgeDays
  case slaPolicies
  case secondPersonForRoles
  case unansweredLeads
  case matchLookupsPerDay
  case duplicateSweep
  case breakGlassAlone
}

extension OrganizationSettings {
  /// Takes over `value`; says `false` when the switch can't have it.
  package mutating func set(_ name: PolicySwitchName, to value: String) -> Bool {
    switch name {
    case .defaultPipeline:
      defaultPipelineID = value.isEmpty ? nil : value
      return true
    case .ticketReopenDays: return Self.set(&ticketReopenDays, to: value, in: 0...3650)
    case .defaultCalendar:
      defaultCalendarID = value.isEmpty ? nil : value
      return true
    case .disputeWindowDays: return Self.set(&disputeWindowDays, to: value, in: 1...3650)
    case .disputeResponseDays: return Self.set(&disputeResponseDays, to: value, in: 0...365)
    case .disputeAppealDays: return Self.set(&disputeAppealDays, to: value, in: 0...365)
    case .firstResponseMinutes:
      return Self.set(&firstResponseMinutes, to: value, in: 1...525_600)
    case .handoverAcknowledgeDays:
      return Self.set(&handoverAcknowledgeDays, to: value, in: 1...365)
    case .slaPolicies:
      let ids = value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard value.isEmpty || ids.allSatisfy({ RecordKey.slaPolicy($0).stream != nil }),
        ids.count <= 50
      else { return false }
      slaPolicyIDs = value.isEmpty ? [] : ids
      return true
    case .lowSatisfactionBelow:
      guard let score = UInt32(value), score <= 11 else { return false }
      lowSatisfactionBelow = score
      return true
    case .nextStepRequired:
      guard value == "on" || value == "off" else { return false }
      nextStepRequired = value == "on"
      return true
    case .peerTransfer:
      guard value == "accept" || value == "off" else { return false }
      peerTransferByAcceptance = value == "accept"
      return true
    case .secondPersonForRoles:
      guard value == "on" || value == "off" else { return false }
      needsSecondPersonForRoles = value == "on"
      return true
    case .unansweredLeads:
      guard let choice = UnansweredLeads(rawValue: value) else { return false }
      unansweredLeads = choice
      return true
    case .matchLookupsPerDay:
      return Self.set(&matchLookupsPerDay, to: value, in: 0...1_000_000)
    case .breakGlassAlone:
      guard value == "on" || value == "off" else { return false }
      breakGlassAlone = value == "on"
      return true
    case .duplicateSweep:
      guard value == "on" || value == "off" else { return false }
      duplicateSweep = value == "on"
      return true
    case .duplicateCheck:
      guard value == "on" || value == "off" else { return false }
      duplicateCheck = value == "on"
      return true
    }
  }

  private static func set(
    _ setting: inout Int, to value: String, in range: ClosedRange<Int>
  ) -> Bool {
    guard let number = Int(value), range.contains(number) else { return false }
    setting = number
    return true
  }
}
