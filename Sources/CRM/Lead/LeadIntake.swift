internal import EventModel
internal import Matching
internal import Schema
internal import SwiftProtobuf

/// What the rules in force make of a new lead: its place, its score, its rating and its owner.
///
/// People are chosen by what is left of their limit, those who hold least where there is none; whoever
/// is suspended, leaves, or hands over is passed by. All of it follows from the states in `context`,
/// and the event says what was looked at.
struct LeadIntake {
  let lead: Lead
  let context: DecisionContext

  /// The version of what ``normalized`` does.
  static let normalizationVersion: UInt32 = 1

  private var rules: AssignmentRulesPublished? {
    context.records.state(Organization.self, Organization.id)?.assignmentRules
  }

  var needs: [RecordKey] {
    guard let rules else { return [Organization.key] }
    let teams = rules.rules.flatMap(\.teamIds)
    let users = rules.rules.flatMap(candidates)
    let pools = context.poolIDs.compactMap { context.records.state(Pool.self, $0) }
    let memberTeams = pools.flatMap { $0.rules?.members.teamIds ?? [] }
    var keys: [RecordKey] = [Organization.key]
    keys += (teams + memberTeams).map { RecordKey.team($0) }
    keys += users.map { RecordKey.user($0) }
    keys += (context.poolIDs + [rules.fallbackPoolID]).map { RecordKey.pool($0) }
    return keys
  }

  /// What those hold whom a rule may choose.
  var counters: [GuardCounter] {
    guard let rules else { return [] }
    return Set(rules.rules.flatMap(candidates)).sorted().map { .holdings(userID: $0, .lead) }
  }

  /// In the order in which the rule names them, the members of its teams included.
  private func candidates(_ rule: AssignmentRule) -> [String] {
    var ids = rule.userIds
    for team in rule.teamIds.compactMap({ context.records.state(Team.self, $0) })
    where !team.isDissolved {
      ids += team.memberIDs
    }
    var seen: Set<String> = []
    return ids.filter { seen.insert($0).inserted }
  }
}

extension LeadIntake {
  func events() -> [DecidedEvent] {
    guard let rules else { return [] }
    var lead = self.lead
    var events: [DecidedEvent] = []
    let changes = normalized
    if !changes.isEmpty {
      let event = LeadEvent.OneOf_Event.leadDataNormalized(
        .with { ($0.changes, $0.rulesVersion) = (changes.changes, Self.normalizationVersion) })
      lead.apply(event, personal: nil, at: context.now)
      events.append(lead.event(event))
    }
    let ref = PolicyRef.with {
      ($0.kind, $0.id, $0.version) = ("assignmentRules", Organization.id, rules.version)
    }
    if rules.hasScoring {
      let scored = Self.score(of: lead, by: rules.scoring, version: rules.version)
      events.append(DecidedEvent(lead.key, .lead(.leadScored(scored)), policyRefs: [ref]))
      let rating = Self.rating(scored.score, by: rules.scoring)
      if rating != lead.rating {
        let rated = LeadRated.with {
          ($0.from, $0.to, $0.basis) = (lead.rating, rating, .model)
          $0.ruleID = Self.modelID
        }
        events.append(DecidedEvent(lead.key, .lead(.leadRated(rated)), policyRefs: [ref]))
        lead.apply(.leadRated(rated), personal: nil, at: context.now)
      }
    }
    if let assigned = assignment(of: lead, by: rules) {
      events.append(
        DecidedEvent(lead.key, .ownership(.ownershipAssigned(assigned)), policyRefs: [ref]))
    }
    return events
  }

  /// The region that the company's name says, and a website without what browsers add; raw fields
  /// stay as they came.
  private var normalized: FieldChanges {
    var changes = FieldChanges()
    let name = lead.companyName.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    changes.text(LeadField.companyName.rawValue, lead.companyName, name)
    if lead.region.isEmpty, let region = CompanyName(name).region {
      changes.text(LeadField.region.rawValue, "", region.name)
    }
    if !lead.website.isEmpty {
      let domain = EmailRule.registrableDomain(lead.website)
      if !domain.isEmpty { changes.text(LeadField.website.rawValue, lead.website, domain) }
    }
    return changes
  }
}

/// F-28.
extension LeadIntake {
  static let modelID = "assignmentRules"

  /// Σ weight · value, in hundredths, rounded to the nearest.
  static func score(of lead: Lead, by scoring: LeadScoring, version: UInt32) -> LeadScored {
    let channel = "\(lead.source.channel)"
    let facts: [(name: String, text: String, values: [ScoredValue], weight: UInt32)] = [
      ("source", channel, scoring.sources, scoring.sourceWeight),
      ("urgency", lead.urgency, scoring.urgencies, scoring.urgencyWeight),
      ("size", lead.sizeBand, scoring.sizes, scoring.sizeWeight),
    ]
    var sum: UInt32 = 0
    var factors: [ScoreFactor] = []
    for fact in facts {
      let worth = fact.values.first { $0.value == fact.text }?.score ?? 0
      sum += worth * fact.weight
      factors.append(
        .with {
          ($0.name, $0.value) = (fact.name, "\(worth)")
          $0.weight = "0.\(fact.weight < 10 ? "0" : "")\(fact.weight)"
          if fact.weight == 100 { $0.weight = "1.00" }
        })
    }
    return .with {
      ($0.score, $0.modelID, $0.modelVersion) = (min(100, (sum + 50) / 100), modelID, version)
      $0.factors = factors
    }
  }

  static func rating(_ score: UInt32, by scoring: LeadScoring) -> Grade.Code {
    if score >= scoring.gradeAFrom { return .a }
    return score >= scoring.gradeBFrom ? .b : .c
  }
}

extension LeadIntake {
  /// Somebody who can take one more, and how many they may hold.
  fileprivate struct Candidate {
    let userID: String
    let held: Int
    /// `nil` for any number.
    let limit: Int?
  }

  private func assignment(of lead: Lead, by rules: AssignmentRulesPublished) -> OwnershipAssigned? {
    var facts: [EvaluatedFact] = []
    for (name, text) in [
      ("channel", "\(lead.source.channel)"), ("region", lead.region),
      ("industryCode", lead.industryCode), ("sizeBand", lead.sizeBand),
      ("rating", lead.rating == .gradeUnspecified ? "" : "\(lead.rating)"),
    ] where !text.isEmpty {
      facts.append(.with { ($0.name, $0.value.text) = (name, text) })
    }
    for rule in rules.rules where Self.fits(rule.appliesTo, lead) {
      let able = candidates(rule).compactMap(candidate)
      guard let chosen = able.min(by: Self.comesFirst) else { continue }
      return .with {
        ($0.to, $0.ruleID, $0.ruleVersion) = (.user(chosen.userID), rule.ruleID, rules.version)
        $0.method = able.count > 1 ? .roundRobin : .rule
        $0.evaluatedFacts = facts
        $0.candidateUserIds = able.map(\.userID)
        $0.holdings = UInt32(chosen.held) + 1
        if let limit = chosen.limit { $0.maxHoldings = UInt32(limit) }
      }
    }
    guard !rules.fallbackPoolID.isEmpty,
      let pool = context.records.state(Pool.self, rules.fallbackPoolID), !pool.isDisabled
    else { return nil }
    return .with {
      ($0.to, $0.method, $0.ruleID) = (.pool(pool.id), .rule, "fallback")
      $0.ruleVersion = rules.version
      $0.evaluatedFacts = facts
    }
  }

  private static func fits(_ filter: LeadFilter, _ lead: Lead) -> Bool {
    (filter.channels.isEmpty || filter.channels.contains(lead.source.channel))
      && (filter.regions.isEmpty || filter.regions.contains(lead.region))
      && (filter.industryCodes.isEmpty || filter.industryCodes.contains(lead.industryCode))
      && (filter.sizeBands.isEmpty || filter.sizeBands.contains(lead.sizeBand))
      && (filter.ratings.isEmpty || filter.ratings.contains(lead.rating))
  }

  /// `nil` for somebody who is away, or has no room.
  private func candidate(_ userID: String) -> Candidate? {
    guard let user = context.records.state(User.self, userID), user.status == .active,
      user.restrictedRights.isEmpty
    else { return nil }
    let held = context.count(.holdings(userID: userID, .lead)).count
    let limits = context.poolIDs.compactMap { poolID -> Int? in
      guard let pool = context.records.state(Pool.self, poolID), !pool.isDisabled,
        pool.recordType == .lead, let claim = pool.rules?.claim, claim.hasMaxHoldings,
        pool.isMember(userID, in: context.records)
      else { return nil }
      return Int(claim.maxHoldings)
    }
    guard let limit = limits.min() else { return Candidate(userID: userID, held: held, limit: nil) }
    return held < limit ? Candidate(userID: userID, held: held, limit: limit) : nil
  }

  /// The one with most room left; where nobody has a limit, or as much, whoever holds least.
  private static func comesFirst(_ first: Candidate, _ second: Candidate) -> Bool {
    let (mine, others) = (first.room, second.room)
    return mine == others ? first.held < second.held : mine > others
  }
}

extension LeadIntake.Candidate {
  fileprivate var room: Int { limit.map { $0 - held } ?? .max }
}

extension Lead {
  /// Takes the new lead in by the rules in force; nothing when there are none, or people were faster.
  func takeIn(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    try TaskRecord.requirePolicy("TakeInLead", in: context)
    guard status == .new, ownership.owner == nil else { return [] }
    return LeadIntake(lead: self, context: context).events()
  }

  /// Plain fields in the form that rules compare; the raw ones stay.
  func normalize(_ command: NormalizeLeadData) throws(Refusal) -> [DecidedEvent] {
    guard command.rulesVersion > 0 else { throw .required("rulesVersion", of: "The command") }
    var changes = FieldChanges()
    for change in command.changes {
      guard let field = LeadField(rawValue: change.field) else {
        throw .unknownCode(change.field, field: "changes.field")
      }
      try FieldRule.text(change.to.text, field.rawValue)
      changes.text(field.rawValue, value(of: field), change.to.text)
    }
    guard !changes.isEmpty else { return [] }
    return [
      event(
        .leadDataNormalized(
          .with { ($0.changes, $0.rulesVersion) = (changes.changes, command.rulesVersion) }))
    ]
  }

  private func value(of field: LeadField) -> String {
    switch field {
    case .companyName: companyName
    case .region: region
    case .industryCode: industryCode
    case .sizeBand: sizeBand
    case .urgency: urgency
    case .website: website
    }
  }
}
