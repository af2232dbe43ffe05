/// Rules on the words of one Swift file.
extension ProjectFile {
  /// Where `unsafe` may stand: the binding of a C library, and files on the way of every byte.
  static let unsafeTargets: Set<String> = ["LMDB"]
  /// Each with its reason in design 0001.
  static let unsafeFiles: Set<String> = [
    "Sources/EventModel/Digest.swift", "Sources/EventModel/Bytes.swift",
    "Sources/EventModel/RandomSource.swift",
    "Sources/ReadModels/SQLite/RowStatement.swift",
    "Sources/ReadModels/SQLite/EventTableModule.swift",
  ]

  var unsafeFindings: [Finding] {
    guard isSource, !isIn(targets: Self.unsafeTargets), !Self.unsafeFiles.contains(path) else {
      return []
    }
    return findings("`unsafe` stands outside the files of design 0001") { index in
      tokens[index].kind == .word && tokens[index].text == "unsafe"
    }
  }

  /// Ways to fail that hide the failure or its reason.
  var hiddenFailureFindings: [Finding] {
    guard isSource else { return [] }
    return findings("`try?` drops an error: catch it and say what follows") { index in
      isTry(index, followedBy: "?")
    }
      + findings("`try!` traps without a word: throw, or trap with a message") { index in
        isTry(index, followedBy: "!")
      }
      + findings("`fatalError` stands for something unfinished: throw, or `preconditionFailure`") {
        tokens[$0].kind == .word && tokens[$0].text == "fatalError"
      }
  }

  private func isTry(_ index: Int, followedBy mark: String) -> Bool {
    // `try !done()` has a blank between, and drops nothing.
    tokens[index].kind == .word && tokens[index].text == "try" && index + 1 < tokens.count
      && tokens[index + 1] == SwiftToken(kind: .mark, text: mark, line: tokens[index].line)
      && lines[tokens[index].line - 1].contains("try\(mark)")
  }

  var testableFindings: [Finding] {
    findings("`@testable` looks behind `package`: test what callers can reach") { index in
      tokens[index].text == "testable" && index > 0 && tokens[index - 1].text == "@"
    }
  }

  /// Targets in which a closed set of events, commands or states is switched over.
  static let exhaustiveTargets: Set<String> = ["CRM", "ReadModels", "Audit"]

  /// A `default:` beside cases of an enum says in a comment, on its line or one beside it, why
  /// it may stand; beside numbers, texts and types, which are open sets, it needs none.
  var defaultFindings: [Finding] {
    guard isSource, isIn(targets: Self.exhaustiveTargets) else { return [] }
    return findings("`default:` would swallow a new case: name the cases, or say why not") {
      index in
      guard tokens[index].kind == .word, tokens[index].text == "default",
        index + 1 < tokens.count, tokens[index + 1].text == ":",
        index == 0 || ![",", "("].contains(tokens[index - 1].text), !isOverOpenSet(index)
      else { return false }
      let number = tokens[index].line
      return !lines[number - 1].contains("//") && !isComment(number - 1)
        && !isComment(number + 1)
    }
  }

  /// Whether every `case` of the switch that `index` stands in is of a number, a text, a C
  /// constant or a type.
  private func isOverOpenSet(_ index: Int) -> Bool {
    var depth = 0
    for place in (0..<index).reversed() {
      let token = tokens[place]
      if token.text == "}", token.kind == .mark { depth += 1 }
      if token.text == "{", token.kind == .mark {
        if depth == 0 { return true }
        depth -= 1
      }
      guard depth == 0, token.text == "case", token.kind == .word else { continue }
      guard isOpenPattern(tokens[(place + 1)...].prefix { $0.text != ":" }) else { return false }
    }
    return true
  }

  private func isOpenPattern(_ pattern: ArraySlice<SwiftToken>) -> Bool {
    guard let first = pattern.first else { return false }
    if first.kind == .string || first.text.first?.isNumber == true || first.text == "-" {
      return true
    }
    if first.text == "let", pattern.contains(where: { $0.text == "as" }) { return true }
    if pattern.last?.text == "protoMessageName" { return true }
    return first.text.count > 2
      && first.text.allSatisfy { $0.isUppercase || $0 == "_" || $0.isNumber }
  }

  /// Targets that compute with money and figures that people are paid by.
  static let exactTargets: Set<String> = ["CRM", "Commands"]

  var floatingPointFindings: [Finding] {
    if path.hasSuffix(".proto") {
      return lines.enumerated().compactMap { number, line in
        let words = line.trimmed.split(separator: " ")
        guard let first = words.first(where: { $0 != "repeated" && $0 != "optional" }),
          first == "double" || first == "float"
        else { return nil }
        return finding(number + 1, "a \(first) field has no exact decimal value")
      }
    }
    guard isSource, isIn(targets: Self.exactTargets) else { return [] }
    let words: Set<String> = ["Double", "Float", "Float16", "Float32", "Float64", "CGFloat"]
    return findings("floating point has no exact decimal value") { index in
      tokens[index].kind == .word && words.contains(tokens[index].text)
    }
  }

  /// Targets whose results are functions of what they are given.
  static let pureTargets: Set<String> = [
    "CRM", "ReadModels", "EventModel", "Transparency", "Sealing", "Evidence",
  ]
  /// The one place that names the system's generator; who needs chance is given a source.
  static let chanceFiles: Set<String> = ["Sources/EventModel/RandomSource.swift"]

  var impurityFindings: [Finding] {
    guard isSource, isIn(targets: Self.pureTargets), !Self.chanceFiles.contains(path) else {
      return []
    }
    let words: Set<String> = [
      "clock_gettime", "gettimeofday", "ContinuousClock", "SuspendingClock", "DispatchTime",
      "randomElement", "shuffle", "shuffled", "SystemRandomNumberGenerator",
      "getrandom", "arc4random_uniform", "ProcessInfo",
    ]
    let made: Set<String> = ["Date", "UUID"]
    return findings("a clock or chance: let the caller pass it in") { index in
      let token = tokens[index]
      guard token.kind == .word else { return false }
      if words.contains(token.text) { return true }
      let after = tokens[(index + 1)...].prefix(2).map(\.text)
      if token.text == "random", after.first == "(", tokens[index - 1].text == "." { return true }
      return made.contains(token.text) && (after == ["(", ")"] || after == [".", "now"])
    }
  }

  /// A promise to the compiler has its proof in the next line or, for a variable, the line above.
  var uncheckedFindings: [Finding] {
    guard isSwift, !isGenerated else { return [] }
    return findings("a promise to the compiler has no proof in a comment beside it") { index in
      let rest = tokens[(index + 1)...].prefix(2).map(\.text)
      let number = tokens[index].line
      switch tokens[index].text {
      case "unchecked":
        guard index > 0, tokens[index - 1].text == "@" else { return false }
        return !isComment(number + 1)
      case "nonisolated":
        guard rest == ["(", "unsafe"] else { return false }
        return !isComment(number - 1) && !isComment(number + 1)
      default: return false
      }
    }
  }

  private func isComment(_ number: Int) -> Bool {
    lines.indices.contains(number - 1) && lines[number - 1].trimmed.hasPrefix("//")
  }

  private func findings(_ complaint: String, where isBad: (Int) -> Bool) -> [Finding] {
    tokens.indices.filter(isBad).map { finding(tokens[$0].line, complaint) }
  }
}

extension Substring {
  /// Without the blanks at its ends.
  var trimmed: Substring {
    var text = self
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text
  }
}
