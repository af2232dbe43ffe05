package import EventModel

/// The differences that somebody declared beforehand, in a file that is reviewed with the code.
///
/// A line is `<model> <table> <change>`, for `changed`, `added` and `removed` followed by the
/// columns that may be concerned, joined by commas, or `*` for any; `max=<rows>` limits how many
/// rows may be, of all that the line answers for. Empty lines and lines that begin with `#` say nothing.
package struct ExpectedChanges: Hashable, Sendable {
  /// Why a line is none.
  package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
    package let line: Int
    package let why: String

    package var description: String { "line \(line): \(why)" }
  }

  private struct Rule: Hashable {
    let text: String
    let model: String
    let table: String
    let change: ModelDifferences.Kind.Change
    /// `nil` for any.
    let columns: Set<String>?
    let maximumRows: UInt64?
  }

  private let rules: [Rule]
  /// Of the file's bytes.
  package let digest: Digest

  package init(_ text: String) throws(Fault) {
    var rules: [Rule] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
      if words.isEmpty || line.hasPrefix("#") { continue }
      do { rules.append(try Self.rule(words)) } catch {
        throw Fault(line: index + 1, why: error.why)
      }
    }
    self.rules = rules
    digest = .sha256(Array(text.utf8))
  }

  private static func rule(_ words: [String]) throws(Fault) -> Rule {
    guard words.count >= 3 else {
      throw Fault(line: 0, why: "write MODEL TABLE CHANGE, such as `ticket-queue ticket extra`")
    }
    guard let change = ModelDifferences.Kind.Change(rawValue: words[2]) else {
      throw Fault(
        line: 0,
        why: "“\(words[2])” is no change; write changed, missing, extra, added, removed or rekeyed")
    }
    var columns: Set<String>? = []
    var maximum: UInt64?
    for word in words.dropFirst(3) {
      if word.hasPrefix("max=") {
        guard let number = UInt64(word.dropFirst(4)) else {
          throw Fault(line: 0, why: "“\(word)” is no limit; write max=100")
        }
        maximum = number
      } else if word == "*" {
        columns = nil
      } else {
        columns = Set(word.split(separator: ",").map(String.init))
      }
    }
    return Rule(
      text: words.joined(separator: " "), model: words[0], table: words[1], change: change,
      columns: columns, maximumRows: maximum)
  }

  /// Which of what was found in `model` was declared, in the same order.
  package func cover(_ all: [ModelDifferences.Found], of model: String) -> [Bool] {
    let held = rules.filter { rule in
      let rows = all.filter { Self.covers(rule, $0, model) }.reduce(Int128(0)) {
        $0 + Int128($1.rows)
      }
      return rule.maximumRows.map { rows <= Int128($0) } ?? true
    }
    return all.map { found in held.contains { Self.covers($0, found, model) } }
  }

  /// The lines for the models that nothing found answers to: what was expected and did not happen.
  package func unmet(by all: [ModelDifferences]) -> [String] {
    rules.filter { rule in
      all.contains { $0.model == rule.model }
        && !all.contains { differences in
          differences.found.contains { Self.covers(rule, $0, differences.model) }
        }
    }.map(\.text)
  }

  private static func covers(
    _ rule: Rule, _ found: ModelDifferences.Found, _ model: String
  ) -> Bool {
    guard rule.model == model, rule.table == found.kind.table, rule.change == found.kind.change
    else { return false }
    guard let columns = rule.columns else { return true }
    // A column that is there or gone is no word about a whole table that is.
    return found.kind.columns.isEmpty
      ? columns.isEmpty : columns.isSuperset(of: found.kind.columns)
  }
}

extension ModelDifferences {
  /// Names the comparison: equal for equal findings at the same position.
  package var digest: Digest {
    var lines = [
      "deed model differences 1", model, "\(old.version) \(new.version)", "\(events)",
      "\(oldRows) \(newRows)",
    ]
    lines += found.map { "\($0.kind.line) \($0.rows)" }
    lines += sums.filter { $0.old != $0.new }.map {
      "\($0.table) \($0.column) \($0.currency) \($0.old) \($0.new)"
    }
    return .sha256(Array(lines.joined(separator: "\n").utf8))
  }
}
