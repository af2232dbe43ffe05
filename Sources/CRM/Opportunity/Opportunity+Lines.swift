internal import Schema
internal import SwiftProtobuf

/// Line items, and the amount that is their sum.
extension Opportunity {
  static let lineLimit = 1000

  func setAmountMode(_ command: SetAmountMode) throws(Refusal) -> [DecidedEvent] {
    switch command.mode {
    case .manual, .lines: break
    case .amountModeUnspecified: throw .required("mode", of: "The command")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "mode")
    }
    guard command.mode != amountMode else { return [] }
    let changed = event(
      .opportunityAmountModeChanged(.with { ($0.from, $0.to) = (amountMode, command.mode) }))
    guard command.mode == .lines else { return [changed] }
    guard !lines.isEmpty else {
      throw Refusal(
        .inconsistent, "The opportunity \(id) has no lines to sum up; add one first.",
        field: "mode")
    }
    let sum = try Self.sum(of: lines)
    return [changed] + (sum == amount ? [] : [amountChanged(to: sum)])
  }

  func add(_ line: OpportunityLine) throws(Refusal) -> [DecidedEvent] {
    let line = try checked(line)
    guard !lines.contains(where: { $0.lineID == line.lineID }) else {
      throw Refusal(
        .alreadyExists,
        "The opportunity \(id) has the line \(line.lineID) already; use another identifier.",
        field: "line.lineId")
    }
    guard lines.count < Self.lineLimit else {
      throw Refusal(
        .quota, "The opportunity \(id) has \(lines.count) lines; use a second opportunity.")
    }
    let added = event(.opportunityLineAdded(.with { $0.line = line }))
    return [added] + (try resummed(lines + [line]))
  }

  func change(_ line: OpportunityLine) throws(Refusal) -> [DecidedEvent] {
    let line = try checked(line)
    let before = try self.line(line.lineID)
    guard before != line else { return [] }
    let changed = event(.opportunityLineChanged(.with { ($0.from, $0.to) = (before, line) }))
    return [changed] + (try resummed(lines.map { $0.lineID == line.lineID ? line : $0 }))
  }

  func removeLine(_ lineID: String) throws(Refusal) -> [DecidedEvent] {
    let line = try self.line(lineID)
    guard amountMode != .lines || lines.count > 1 else {
      throw Refusal(
        .inconsistent,
        "The line \(lineID) is the last of the opportunity \(id), whose amount is their sum; set "
          + "the amount mode to manual first.", field: "lineId")
    }
    let removed = event(.opportunityLineRemoved(.with { $0.line = line }))
    return [removed] + (try resummed(lines.filter { $0.lineID != lineID }))
  }

  private func line(_ lineID: String) throws(Refusal) -> OpportunityLine {
    guard let line = lines.first(where: { $0.lineID == lineID }) else {
      throw Refusal(
        .notFound, "The opportunity \(id) has no line \(lineID); check the identifier.",
        field: "lineId")
    }
    return line
  }

  /// The line with a discount where none was given.
  private func checked(_ line: OpportunityLine) throws(Refusal) -> OpportunityLine {
    try FieldRule.required(line.lineID, "line.lineId", of: "The line")
    try FieldRule.text(line.lineID, "line.lineId", limit: 100)
    try FieldRule.required(line.productID, "line.productId", of: "The line")
    try FieldRule.text(line.productID, "line.productId", limit: 100)
    try MoneyRule.check(line.unitPrice, "line.unitPrice")
    guard let quantity = ExactDecimal(line.quantity), quantity > .zero else {
      throw Refusal(
        .range, "line.quantity is “\(line.quantity)”; give a number of more than 0.",
        field: "line.quantity")
    }
    var line = line
    if line.discountPct.isEmpty { line.discountPct = "0" }
    guard ExactDecimal(percentage: line.discountPct) != nil else {
      throw Refusal(
        .range, "line.discountPct is “\(line.discountPct)”; give 0 to 100.",
        field: "line.discountPct")
    }
    let others = lines.filter { $0.lineID != line.lineID }
    if let other = others.first, other.unitPrice.currency != line.unitPrice.currency {
      throw Refusal(
        .currency,
        "The line is in \(line.unitPrice.currency), the others in \(other.unitPrice.currency); use "
          + "one currency.", field: "line.unitPrice.currency")
    }
    _ = try Self.sum(of: [line])
    return line
  }

  private func resummed(_ lines: [OpportunityLine]) throws(Refusal) -> [DecidedEvent] {
    guard amountMode == .lines else { return [] }
    let sum = try Self.sum(of: lines)
    return sum == amount ? [] : [amountChanged(to: sum)]
  }

  /// Σ quantity × unit price × (1 − discount), each line rounded half to even.
  static func sum(of lines: [OpportunityLine]) throws(Refusal) -> Money {
    var total: Int128 = 0
    for line in lines {
      let quantity = Int128((ExactDecimal(line.quantity) ?? .zero).millionths)
      let share =
        Int128(ExactDecimal.hundred.millionths)
        - Int128((ExactDecimal(line.discountPct) ?? .zero).millionths)
      let (product, overflow) = (quantity * share)
        .multipliedReportingOverflow(by: Int128(line.unitPrice.amountMinor))
      guard !overflow else { throw Self.tooLarge }
      total += Self.halfToEven(product, by: 1_000_000 * 100_000_000)
    }
    guard total <= Int128(MoneyRule.limitMinor) else { throw Self.tooLarge }
    return .with {
      $0.amountMinor = Int64(total)
      $0.currency = lines.first?.unitPrice.currency ?? ""
    }
  }

  private static var tooLarge: Refusal {
    Refusal(
      .range, "The lines add up to more than \(MoneyRule.limitMinor); give smaller ones.",
      field: "line")
  }

  private static func halfToEven(_ value: Int128, by divisor: Int128) -> Int128 {
    let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
    let twice = rest * 2
    if twice > divisor || (twice == divisor && !quotient.isMultiple(of: 2)) { return quotient + 1 }
    return quotient
  }
}
