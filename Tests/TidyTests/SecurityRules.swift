import TestSupport

/// The rows of the guide to security, each with the tests that show what it says.
struct SecurityTable {
  struct Row: Equatable {
    let line: Int
    let area: String
    let tests: [String]
  }

  static let path = "docs/guides/security.md"
  let rows: [Row]

  /// Reads every table whose last column is `Tests`.
  init(_ text: String) {
    var rows: [Row] = []
    var isOfTests = false
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      guard line.hasPrefix("|") else {
        isOfTests = false
        continue
      }
      let cells = line.split(separator: "|").map { String($0.trimmed) }
      guard let last = cells.last, let first = cells.first else { continue }
      if last == "Tests" {
        isOfTests = true
      } else if isOfTests, !first.hasPrefix("---") {
        let tests = last.split(separator: "`", omittingEmptySubsequences: false).enumerated()
          .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
        rows.append(Row(line: index + 1, area: first, tests: tests))
      }
    }
    self.rows = rows
  }

  /// The names of tests that `files` have: Swift's between backticks, Python's by their prefix.
  static func names(in files: [ProjectFile]) -> Set<String> {
    var names: Set<String> = []
    for file in files where file.path.hasPrefix("Tests/") {
      for line in file.lines {
        let parts = line.split(separator: "`", omittingEmptySubsequences: false)
        if parts.count >= 3, parts[0].contains("func ") { names.insert(String(parts[1])) }
        let words = line.trimmed
        guard words.hasPrefix("def test_") else { continue }
        names.insert(String(words.dropFirst(4).prefix { $0 != "(" }))
      }
    }
    return names
  }

  func findings(_ names: Set<String>) -> [Finding] {
    rows.flatMap { row -> [Finding] in
      guard !row.tests.isEmpty else {
        return [Finding(path: Self.path, line: row.line, complaint: "\(row.area) has no test")]
      }
      return row.tests.filter { !names.contains($0) }.map {
        Finding(path: Self.path, line: row.line, complaint: "there is no test `\($0)`")
      }
    }
  }
}
