internal import Schema

extension RecordFilter {
  /// Whether the record has one value of each list that is not empty.
  ///
  /// A list of what the record's type doesn't have matches none.
  func matches(_ record: any OwnedAggregate) -> Bool {
    var grade = Grade.Code.gradeUnspecified
    var tier = ""
    var industry = ""
    var stage = LifecycleStage.Code.lifecycleStageUnspecified
    if let account = record as? Account {
      (grade, tier, industry) = (account.grade, account.tier, account.industryCode)
      stage = account.lifecycleStage
    } else if let lead = record as? Lead {
      (grade, industry) = (lead.rating, lead.industryCode)
      stage = .lead
    }
    return (grades.isEmpty || grades.contains(grade)) && (tiers.isEmpty || tiers.contains(tier))
      && (industryCodes.isEmpty || industryCodes.contains(industry))
      && (lifecycleStages.isEmpty || lifecycleStages.contains(stage))
  }
}
