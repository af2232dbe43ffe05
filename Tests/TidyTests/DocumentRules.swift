import TestSupport

/// A link of a document: `[text](target)`.
struct DocumentLink: Equatable {
  let target: String
  let line: Int
}

/// Rules on Markdown.
extension ProjectFile {
  var isDocument: Bool { path.hasSuffix(".md") }

  /// The links outside fenced blocks and code spans.
  var links: [DocumentLink] {
    var isFenced = false
    var links: [DocumentLink] = []
    for (number, line) in lines.enumerated() {
      if line.trimmed.hasPrefix("```") { isFenced.toggle() }
      guard !isFenced else { continue }
      for piece in Self.withoutCode(line).split(separator: "](").dropFirst() {
        guard let end = piece.firstIndex(of: ")") else { continue }
        links.append(DocumentLink(target: String(piece[..<end]), line: number + 1))
      }
    }
    return links
  }

  private static func withoutCode(_ line: Substring) -> String {
    line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset.isMultiple(of: 2) }.map { String($0.element) }.joined()
  }

  /// What a heading can be linked by: `#way-of-a-write`.
  var anchors: Set<String> {
    var isFenced = false
    var anchors: Set<String> = []
    for line in lines {
      if line.trimmed.hasPrefix("```") { isFenced.toggle() }
      guard !isFenced, line.hasPrefix("#") else { continue }
      let title = line.drop { $0 == "#" }.trimmed.lowercased()
      anchors.insert(
        String(
          title.compactMap { character -> Character? in
            if character == " " { return "-" }
            return character.isLetter || character.isNumber || character == "-" || character == "_"
              ? character : nil
          }))
    }
    return anchors
  }

  /// Relative links that lead nowhere.
  func linkFindings(paths: Set<String>, anchors: [String: Set<String>]) -> [Finding] {
    guard isDocument else { return [] }
    return links.compactMap { link in
      guard !link.target.contains("://"), !link.target.hasPrefix("mailto:") else { return nil }
      let parts = link.target.split(
        separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      let place = parts[0].isEmpty ? path : Self.resolve(String(parts[0]), from: path)
      guard paths.contains(place) else {
        return finding(link.line, "the link to \(link.target) leads nowhere")
      }
      if parts.count == 2, let known = anchors[place], !known.contains(String(parts[1])) {
        return finding(link.line, "\(place) has no heading #\(parts[1])")
      }
      return nil
    }
  }

  /// `docs/format/log.md` for `../format/log.md` in `docs/guides/auditor.md`.
  static func resolve(_ target: String, from path: String) -> String {
    var parts = path.split(separator: "/").dropLast().map(String.init)
    for part in target.split(separator: "/") {
      switch part {
      case ".": continue
      case "..": if !parts.isEmpty { parts.removeLast() }
      default: parts.append(String(part))
      }
    }
    return parts.joined(separator: "/")
  }

  /// Shown commands that don't exist, where `make` can make `targets`, and the words after
  /// `deed` that name a command, such as `log verify`, are `commands`.
  func commandFindings(targets: Set<String>, commands: Set<String>) -> [Finding] {
    guard isDocument else { return [] }
    return ShellBlock.blocks(in: text).flatMap(\.lines).compactMap { line in
      let number = line.number
      let words = line.text.split(separator: " ").map(String.init)
      guard words.count > 1 else { return nil }
      if words[0] == "make", !targets.contains(words[1]) {
        return finding(number, "Makefile has no target \(words[1])")
      }
      guard words[0] == "deed", !words[1].hasPrefix("-") else { return nil }
      let pair = words.prefix(3).dropFirst().joined(separator: " ")
      let isGroup = commands.contains { $0.hasPrefix("\(words[1]) ") }
      return commands.contains(isGroup ? pair : words[1])
        ? nil : finding(number, "deed has no command \(isGroup ? pair : words[1])")
    }
  }
}

/// Rules on the changelog.
extension ProjectFile {
  static let changelogPath = "docs/CHANGELOG.md"
  static let changelogHeadings: Set<String> = ["Safety and performance", "Features", "Internals"]

  /// `# Changelog`, then `## Unreleased` or `## 1.2.3 (2026-11-22)`, each with headings of the
  /// three kinds, each with entries that are sentences.
  var changelogFindings: [Finding] {
    guard path == Self.changelogPath else { return [] }
    var findings: [Finding] = []
    if lines.first != "# Changelog" { findings.append(finding(1, "begins with `# Changelog`")) }
    for (number, line) in lines.enumerated() {
      if line.hasPrefix("## "), !Self.isRelease(line.dropFirst(3)) {
        findings.append(finding(number + 1, "a release is `Unreleased` or `1.2.3 (2026-11-22)`"))
      }
      if line.hasPrefix("### "), !Self.changelogHeadings.contains(String(line.dropFirst(4))) {
        let known = Self.changelogHeadings.sorted().joined(separator: ", ")
        findings.append(finding(number + 1, "a heading is one of: \(known)"))
      }
      let following = number + 1 < lines.count ? lines[number + 1] : ""
      let isContinued = following.hasPrefix("  ")
      if line.hasPrefix("- ") || line.hasPrefix("  "), !isContinued, !line.hasSuffix(".") {
        findings.append(finding(number + 1, "an entry is a sentence with its full stop"))
      }
    }
    return findings
  }

  private static func isRelease(_ title: Substring) -> Bool {
    if title == "Unreleased" { return true }
    let parts = title.split(separator: " ")
    guard parts.count == 2, parts[1].hasPrefix("("), parts[1].hasSuffix(")") else { return false }
    let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let date = parts[1].dropFirst().dropLast().split(separator: "-")
    return numbers.count == 3 && numbers.allSatisfy { Int($0) != nil }
      && date.map(\.count) == [4, 2, 2] && date.allSatisfy { Int($0) != nil }
  }
}
