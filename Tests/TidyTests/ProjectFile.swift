/// A committed text file: where it stands below the project's root, and what it says.
struct ProjectFile: Sendable {
  /// With `/` between its parts, such as `Sources/CRM/Lead.swift`.
  let path: String
  let text: String
  let lines: [Substring]
  /// Empty unless this is Swift.
  let tokens: [SwiftToken]

  init(path: String, text: String) {
    self.path = path
    self.text = text
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    tokens = path.hasSuffix(".swift") ? [SwiftToken](reading: text) : []
  }

  var isSwift: Bool { path.hasSuffix(".swift") }
  /// Made by a tool from the `.proto` files; not ours to lay out.
  var isGenerated: Bool { path.hasPrefix("Sources/Schema/") }
  /// Written by people for the product: where most rules hold.
  var isSource: Bool { isSwift && path.hasPrefix("Sources/") && !isGenerated }
  /// `CRM` of `Sources/CRM/Lead/Lead.swift`; `nil` outside `Sources/` and `Tests/`.
  var target: String? {
    let parts = path.split(separator: "/")
    guard parts.count > 2, parts[0] == "Sources" || parts[0] == "Tests" else { return nil }
    return String(parts[1])
  }

  func isIn(targets: Set<String>) -> Bool {
    guard let target, path.hasPrefix("Sources/") else { return false }
    return targets.contains(target)
  }
}

/// A place where a rule does not hold.
struct Finding: Equatable, CustomStringConvertible {
  let path: String
  let line: Int
  let complaint: String

  var description: String { "\(path):\(line): \(complaint)" }
}

extension ProjectFile {
  func finding(_ line: Int, _ complaint: String) -> Finding {
    Finding(path: path, line: line, complaint: complaint)
  }
}
