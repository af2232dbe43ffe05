package import EventModel
package import Schema

/// Business that may be won: the sum of its stream's events.
package struct Opportunity: OwnedAggregate {
  package internal(set) var id = ""
  package internal(set) var status = OpportunityStatus.Code.opportunityStatusUnspecified
  package internal(set) var accountID = ""
  /// Of an organisation's opportunity; an individual's stands in ``profile``.
  package internal(set) var name = ""
  package internal(set) var pipelineID = ""
  /// The version that the stage was entered with.
  package internal(set) var pipelineVersion: UInt32 = 0
  package internal(set) var stageID = ""
  package internal(set) var stageEnteredAt: Timestamp?
  /// The stage that it was closed from.
  package internal(set) var closedFromStageID = ""
  package internal(set) var amount: Money?
  package internal(set) var amountMode = AmountMode.Code.manual
  /// The stage's; ``overriddenProbability`` goes before it.
  package internal(set) var stageProbability = ExactDecimal.zero
  package internal(set) var overriddenProbability: ExactDecimal?
  /// `YYYY-MM-DD`; empty for none.
  package internal(set) var expectedCloseDate = ""
  /// How often the date was moved later.
  package internal(set) var pushCount: UInt32 = 0
  package internal(set) var forecastCategory = ForecastCategory.Code.forecastCategoryUnspecified
  /// In the order of their adding.
  package internal(set) var lines: [OpportunityLine] = []
  package internal(set) var contactRoles: [OpportunityContactRoleSet] = []
  package internal(set) var competitors: [OpportunityCompetitorSet] = []
  /// Submitted and not rejected.
  package internal(set) var deliverables: [OpportunityDeliverableSubmitted] = []
  /// 0 to 5.
  package internal(set) var fit: UInt32 = 0
  package internal(set) var openHelpIDs: [String] = []
  package internal(set) var helpIDs: [String] = []
  package internal(set) var isStalled = false
  /// Whose success it is, by a ruling; nobody's but the owner's when it is empty.
  package internal(set) var creditSplits: [CreditShare] = []
  package internal(set) var healthBand = ""
  package internal(set) var partnerID = ""
  package internal(set) var sourceLeadID = ""
  package internal(set) var externalIDs: [ExternalId] = []
  package internal(set) var createdAt: Timestamp?
  package internal(set) var tags = RecordTags()
  package internal(set) var ownership = Ownership()
  /// The record whose subject seals the personal sections: the account's.
  package internal(set) var subject = RecordKey.opportunity("")
  /// An individual's opportunity's name.
  package internal(set) var profile = Profile<OpportunityPersonal>()

  package init() {}

  package static var objectType: ObjectType.Code { .opportunity }
  package var exists: Bool { !id.isEmpty }
  package var key: RecordKey { .opportunity(id) }
  /// What counts: the override, else the stage's.
  package var probability: ExactDecimal { overriddenProbability ?? stageProbability }
}

extension OpportunityPersonal: ProfileContent {
  package mutating func take(_ name: String, from other: OpportunityPersonal) {
    switch name {
    case "name": self.name = other.name
    default: break
    }
  }
}
