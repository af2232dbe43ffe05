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

  package init() {}
}

/// The names of the switches that ``OrganizationSettings`` are read from.
package enum PolicySwitchName: String, CaseIterable, Sendable {
  case defaultPipeline
  case ticketReopenDays
  case lowSatisfactionBelow
  case nextStepRequired
  case peerTransfer
  case duplicateCheck
}

extension OrganizationSettings {
  /// Takes over `value`; says `false` when the switch can't have it.
  package mutating func set(_ name: PolicySwitchName, to value: String) -> Bool {
    switch name {
    case .defaultPipeline:
      defaultPipelineID = value.isEmpty ? nil : value
      return true
    case .ticketReopenDays:
      guard let days = Int(value), (0...3650).contains(days) else { return false }
      ticketReopenDays = days
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
    case .duplicateCheck:
      guard value == "on" || value == "off" else { return false }
      duplicateCheck = value == "on"
      return true
    }
  }
}
