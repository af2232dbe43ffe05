internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Amount, date, probability: what counts in forecasts. To replace a value needs a reason; to give
/// the first one doesn't.
extension Opportunity {
  /// OP-6 begins with the first quote; before, the currency may change with the amount.
  func changeAmount(
    _ command: ChangeAmount, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard command.hasAmount else { throw .required("amount", of: "The command") }
    try MoneyRule.check(command.amount, "amount")
    guard amountMode != .lines else {
      throw Refusal(
        .inconsistent,
        "The amount of the opportunity \(id) is the sum of its lines; change the lines, or set the "
          + "amount mode to manual.", field: "amount")
    }
    guard command.amount != amount else { return [] }
    if amount != nil { try context.requireReason(for: "ChangeAmount") }
    return [amountChanged(to: command.amount)]
  }

  func amountChanged(to new: Money) -> DecidedEvent {
    event(
      .opportunityAmountChanged(
        .with {
          if let amount { $0.from = amount }
          $0.to = new
        }))
  }

  func setCloseDate(
    _ command: SetExpectedCloseDate, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try FieldRule.date(command.expectedCloseDate, "expectedCloseDate")
    guard command.expectedCloseDate != expectedCloseDate else { return [] }
    if !expectedCloseDate.isEmpty { try context.requireReason(for: "SetExpectedCloseDate") }
    var pushes = pushCount
    if let from = CalendarDate(expectedCloseDate), let to = CalendarDate(command.expectedCloseDate),
      from < to
    {
      pushes += 1
    }
    return [
      event(
        .opportunityCloseDateChanged(
          .with {
            $0.from = expectedCloseDate
            $0.to = command.expectedCloseDate
            $0.pushCount = pushes
          }))
    ]
  }

  func overrideProbability(
    _ command: OverrideProbability, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard let new = ExactDecimal(percentage: command.probabilityPct) else {
      throw Refusal(
        .range, "probabilityPct is “\(command.probabilityPct)”; give 0 to 100.",
        field: "probabilityPct")
    }
    guard new != overriddenProbability else { return [] }
    try context.requireReason(for: "OverrideProbability")
    return [
      event(
        .opportunityProbabilityOverridden(
          .with { ($0.from, $0.to) = (probability.description, new.description) }))
    ]
  }

  func removeOverride() throws(Refusal) -> [DecidedEvent] {
    guard let overriddenProbability else { return [] }
    return [
      event(
        .probabilityOverrideCleared(
          .with {
            $0.from = overriddenProbability.description
            $0.to = stageProbability.description
          }))
    ]
  }

  func setForecastCategory(
    _ command: SetForecastCategory, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    switch command.forecastCategory {
    case .omitted, .pipeline, .bestCase, .commit: break
    case .closed:
      throw Refusal(
        .inconsistent, "forecastCategory is closed, which only a won opportunity is; win it.",
        field: "forecastCategory")
    case .forecastCategoryUnspecified: throw .required("forecastCategory", of: "The command")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "forecastCategory")
    }
    guard command.forecastCategory != forecastCategory else { return [] }
    try context.requireReason(for: "SetForecastCategory")
    return [
      event(
        .opportunityForecastCategoryChanged(
          .with { ($0.from, $0.to) = (forecastCategory, command.forecastCategory) }))
    ]
  }

  func rate(_ command: RateFit) throws(Refusal) -> [DecidedEvent] {
    guard command.fit <= 5 else {
      throw Refusal(.range, "fit is \(command.fit); give 0 to 5.", field: "fit")
    }
    guard command.fit != fit else { return [] }
    return [event(.opportunityFitRated(.with { ($0.from, $0.to) = (fit, command.fit) }))]
  }
}
