internal import Schema

/// What a line of evidence is evidence for, in the order of the pack.
enum DisputePackSection: String, CaseIterable {
  case firstRegistration
  case ownerChain
  case protections
  case activities
  case identityMatches
  case disputes
  case handovers
  case changes
  case accesses
  case exports
  case refusedAttempts
  case ruleVersions

  /// Those that a version of the question has.
  static func all(inVersion version: UInt32) -> [DisputePackSection] {
    guard version == 1 else { return allCases }
    return allCases.filter { ![.accesses, .exports, .refusedAttempts].contains($0) }
  }

  /// Where a line of the access log stands.
  init(of trace: AccessTrace) {
    switch trace.how {
    case "export": self = .exports
    case "refused", "denied": self = .refusedAttempts
    case _: self = .accesses
    }
  }

  /// Where an event about the contested record, or one that belongs to it, stands.
  init(of payload: Payload) {
    switch payload {
    case .account(let event):
      if case .accountCreated = event { self = .firstRegistration } else { self = .changes }
    case .contact(let event):
      if case .contactCreated = event { self = .firstRegistration } else { self = .changes }
    case .lead(let event):
      if case .leadCaptured = event { self = .firstRegistration } else { self = .changes }
    case .opportunity(let event):
      if case .opportunityCreated = event { self = .firstRegistration } else { self = .changes }
    case .ticket(let event):
      if case .ticketOpened = event { self = .firstRegistration } else { self = .changes }
    case .ownership(let event): self = Self(of: event)
    case .activity, .task: self = .activities
    case .dispute, .disputeRuleBook: self = .disputes
    case .handover: self = .handovers
    case .duplicateCase: self = .identityMatches
    case .businessCalendar, .export, .import, .organization, .permission, .pipeline, .pool,
      .registration, .slaPolicy, .tag, .team, .user:
      self = .changes
    }
  }

  private init(of event: OwnershipEvent.OneOf_Event) {
    switch event {
    case .ownershipAssigned, .ownershipTransferRequested, .ownershipTransferAccepted,
      .ownershipTransferDeclined, .ownershipTransferCancelled, .ownershipTransferred,
      .ownershipReleasedToPool, .ownershipClaimed, .ownershipRecycleWarned, .ownershipLocked,
      .ownershipUnlocked, .ownershipFrozen, .ownershipUnfrozen:
      self = .ownerChain
    case .protectionGranted, .protectionExtended, .protectionEnded, .collaboratorAdded,
      .collaboratorRemoved:
      self = .protections
    }
  }
}
