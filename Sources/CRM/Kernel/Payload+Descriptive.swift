package import Schema

/// Which events may be redacted: those that nothing rests on but a description.
extension Payload {
  /// Whether the event only describes its record.
  ///
  /// Without it the record stands as before, nobody has another right, and no rule finds another
  /// state: what was typed into it may go. A first event never does, for the record would be gone
  /// with it; nor does what says who owns, may, decides or is bound.
  package var isDescriptive: Bool {
    switch self {
    case .account(.accountDetailsChanged(let changed)): Self.describe(changed.changes)
    case .account(.accountEnriched(let enriched)): Self.describe(enriched.changes)
    case .contact(.contactDetailsChanged(let changed)): Self.describe(changed.changes)
    case .lead(.leadDetailsChanged(let changed)): Self.describe(changed.changes)
    case .lead(.leadDataNormalized(let normalized)): Self.describe(normalized.changes)
    case .opportunity(.opportunityDetailsChanged(let changed)): Self.describe(changed.changes)
    case .ticket(.ticketDetailsChanged(let changed)): Self.describe(changed.changes)
    case .activity(.activityCorrected(let corrected)): Self.describe(corrected.changes)
    case .account(.accountFieldVerified), .contact(.contactVerified), .tag: true
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .opportunity, .organization, .ownership,
      .permission, .pipeline, .pool, .registration, .slaPolicy, .task, .team, .ticket, .user:
      false
    }
  }

  /// What names another record, such as the partner whose people may see this one, is more than a
  /// description; so is the code that one account has.
  private static func describe(_ changes: [FieldChange]) -> Bool {
    changes.allSatisfy { !$0.field.hasSuffix("Id") && $0.field != "unifiedSocialCreditCode" }
  }
}
