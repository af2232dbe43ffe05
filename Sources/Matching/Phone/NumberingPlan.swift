internal import Synchronization

/// How numbers are dialled within a region, as far as storing them needs it.
struct NumberingPlan: Hashable, Sendable {
  /// ISO 3166-1, or `001` for numbers of no country.
  let region: String
  let callingCode: String
  /// Whether the code is mainly this region's, where several share it.
  let isMain: Bool
  /// What is dialled before another country's code, as a pattern.
  let exitPrefix: String
  /// What is dialled before a number within the region, as a pattern; empty for nothing.
  let nationalPrefix: String
  /// What stands in the prefix's place in the number proper; empty for nothing.
  let replacement: String
  /// The form of national numbers, as a pattern.
  let form: String

  static let all: [NumberingPlan] = NumberingPlanText.lines.split(separator: "\n").map { line in
    let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    precondition(fields.count == 7, "a line of the numbering plans has \(fields.count) fields")
    return NumberingPlan(
      region: fields[0], callingCode: fields[1], isMain: fields[2] == "1", exitPrefix: fields[3],
      nationalPrefix: fields[4], replacement: fields[5], form: fields[6])
  }

  static let byRegion: [String: NumberingPlan] = {
    Dictionary(all.map { ($0.region, $0) }) { first, _ in first }
  }()

  /// The plan by which a number of a calling code is read: the main region's, where there is one.
  static let byCode: [String: NumberingPlan] = {
    Dictionary(all.map { ($0.callingCode, $0) }) { first, second in
      second.isMain && !first.isMain ? second : first
    }
  }()
}

/// Patterns of the plans, each compiled once.
enum PhonePattern {
  private static let compiled = Mutex<[String: Regex<AnyRegexOutput>]>([:])

  /// How many characters at the start of `text` match, and what the last group caught; `nil` when
  /// the start does not match.
  static func prefix(
    of text: String, _ pattern: String
  ) -> (length: Int, groups: [String?])? {
    guard !pattern.isEmpty else { return nil }
    return compiled.withLock { compiled in
      guard let match = found(in: pattern, { try regex(pattern, &compiled).prefixMatch(in: text) })
      else { return nil }
      let groups = match.output.dropFirst().map { $0.substring.map(String.init) }
      return (text.distance(from: text.startIndex, to: match.range.upperBound), Array(groups))
    }
  }

  static func isWhole(_ text: String, _ pattern: String) -> Bool {
    guard !pattern.isEmpty else { return true }
    return compiled.withLock { compiled in
      found(in: pattern) { try regex(pattern, &compiled).wholeMatch(in: text) } != nil
    }
  }

  private static func regex(
    _ pattern: String, _ compiled: inout [String: Regex<AnyRegexOutput>]
  ) throws -> Regex<AnyRegexOutput> {
    if let known = compiled[pattern] { return known }
    let made = try Regex(pattern)
    compiled[pattern] = made
    return made
  }

  /// A pattern that can't be read is a fault of the table, which a test reads whole.
  private static func found<Found>(in pattern: String, _ match: () throws -> Found?) -> Found? {
    do {
      return try match()
    } catch {
      preconditionFailure("the numbering plans have the pattern “\(pattern)”: \(error)")
    }
  }
}
