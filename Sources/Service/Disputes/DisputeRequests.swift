/// A claim, as `deed dispute open` takes it.
public struct DisputeClaim: Sendable, Hashable {
  /// The contested record.
  public var subject: String
  /// `ownership`, `firstRegistration`, `creditSplit`, `wrongfulTransfer`, `wrongfulRecycle` or
  /// `dataMisuse`.
  public var kind: String
  /// Who claims; who acts when `nil`.
  public var claimant: String?
  /// Who is to answer; the owner when `nil`.
  public var respondent: String?
  /// In the claimant's words; sealed.
  public var statement: String
  /// What is asked for; sealed.
  public var remedy: String
  /// The change of the owner that is contested; the last one when `nil`.
  public var contestedPosition: UInt64?

  /// Puts a claim together.
  public init(
    subject: String, kind: String, statement: String, remedy: String = "",
    claimant: String? = nil, respondent: String? = nil, contestedPosition: UInt64? = nil
  ) {
    self.subject = subject
    self.kind = kind
    self.statement = statement
    self.remedy = remedy
    self.claimant = claimant
    self.respondent = respondent
    self.contestedPosition = contestedPosition
  }
}

/// A ruling, as `deed dispute rule` takes it.
public struct DisputeRulingRequest: Sendable, Hashable {
  /// `upheld`, `dismissed`, `split` or `settled`.
  public var outcome: String
  /// A user or a pool by its identifier; the owner stays when `nil`.
  public var owner: String?
  /// RFC 3339; no protection when `nil`.
  public var protectionUntil: String?
  /// Codes of the rule book.
  public var rules: [String]
  /// Why; sealed.
  public var rationale: String
  /// Evidence and packs that were considered.
  public var evidence: [String]
  /// Such as `opportunitiesOpen`: which children go along.
  public var cascade: [String]
  /// `user=share`, which add up to 100.
  public var awards: [String]
  /// Opportunities whose credit is split.
  public var opportunities: [String]

  /// Puts a ruling together.
  public init(
    outcome: String, rules: [String], rationale: String, owner: String? = nil,
    protectionUntil: String? = nil, evidence: [String] = [], cascade: [String] = [],
    awards: [String] = [], opportunities: [String] = []
  ) {
    self.outcome = outcome
    self.rules = rules
    self.rationale = rationale
    self.owner = owner
    self.protectionUntil = protectionUntil
    self.evidence = evidence
    self.cascade = cascade
    self.awards = awards
    self.opportunities = opportunities
  }
}
