/// Compiles the regular expressions of a plan once for a run.
enum PatternCollector {
  static func regexes(of plan: ImportPlan) -> [String: Regex<AnyRegexOutput>] {
    var regexes: [String: Regex<AnyRegexOutput>] = [:]
    for pattern in plan.patterns {
      // The reader of the mapping compiled each pattern before it took it.
      do { regexes[pattern] = try Regex(pattern) } catch {
        preconditionFailure("“\(pattern)” was compiled when the mapping was read")
      }
    }
    return regexes
  }
}
