internal import Schema

/// A condition on an opportunity: `amount > 0 and expectedCloseDate set`.
///
/// Terms joined by `and`; a term is a field with `set`, or a field of numbers with `>`, `>=`, `<`,
/// `<=` or `=` and a decimal. Amounts count in the smallest unit of their currency.
struct StagePredicate: Hashable, Sendable {
  enum Field: Hashable, Sendable {
    case amount
    case fit
    case lines
    case probabilityPct
    case expectedCloseDate
    case decisionMaker
    case competitor
    /// `contactRole:economicBuyer`
    case contactRole(OpportunityContactRole.Code)
    /// `deliverable:offer`
    case deliverable(String)
  }

  enum Condition: Hashable, Sendable {
    case isSet
    case more(ExactDecimal)
    case atLeast(ExactDecimal)
    case less(ExactDecimal)
    case atMost(ExactDecimal)
    case equal(ExactDecimal)
  }

  struct Term: Hashable, Sendable {
    let field: Field
    let condition: Condition
  }

  let terms: [Term]

  init(_ text: String) throws(Refusal) {
    let words = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    guard !words.isEmpty, words.count <= 100 else { throw Self.refusal(text) }
    var terms: [Term] = []
    for part in words.split(separator: "and", omittingEmptySubsequences: false) {
      guard let term = Self.term(Array(part)) else { throw Self.refusal(text) }
      terms.append(term)
    }
    self.terms = terms
  }

  private static func refusal(_ text: String) -> Refusal {
    Refusal(
      .format,
      "The expression “\(text)” is none such as “amount > 0 and expectedCloseDate set”; correct it.",
      field: "expression")
  }

  private static func term(_ words: [String]) -> Term? {
    guard let name = words.first, let field = field(name) else { return nil }
    if words.count == 2, words[1] == "set" { return Term(field: field, condition: .isSet) }
    guard words.count == 3, isNumber(field), let number = ExactDecimal(words[2]) else { return nil }
    let conditions: [String: Condition] = [
      ">": .more(number), ">=": .atLeast(number), "<": .less(number), "<=": .atMost(number),
      "=": .equal(number),
    ]
    return conditions[words[1]].map { Term(field: field, condition: $0) }
  }

  private static func field(_ name: String) -> Field? {
    let simple: [String: Field] = [
      "amount": .amount, "fit": .fit, "lines": .lines, "probabilityPct": .probabilityPct,
      "expectedCloseDate": .expectedCloseDate, "decisionMaker": .decisionMaker,
      "competitor": .competitor,
    ]
    if let field = simple[name] { return field }
    let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    if parts[0] == "deliverable" { return .deliverable(parts[1]) }
    guard parts[0] == "contactRole" else { return nil }
    return OpportunityContactRole.Code.allCases
      .first { "\($0)" == parts[1] && $0 != .opportunityContactRoleUnspecified }
      .map { .contactRole($0) }
  }

  private static func isNumber(_ field: Field) -> Bool {
    switch field {
    case .amount, .fit, .lines, .probabilityPct: true
    case .expectedCloseDate, .decisionMaker, .competitor, .contactRole, .deliverable: false
    }
  }
}

extension StagePredicate.Condition {
  /// Whether `value` fulfils it; a value that isn't there fulfils none.
  func holds(for value: ExactDecimal?) -> Bool {
    guard let value else { return false }
    return switch self {
    case .isSet: true
    case .more(let bound): value > bound
    case .atLeast(let bound): value >= bound
    case .less(let bound): value < bound
    case .atMost(let bound): value <= bound
    case .equal(let bound): value == bound
    }
  }
}
