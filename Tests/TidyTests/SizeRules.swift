/// Rules on how long files and functions are.
extension ProjectFile {
  static let lineLimit = 400
  static let functionLineLimit = 70

  var fileLengthFindings: [Finding] {
    guard isSwift, !isGenerated else { return [] }
    let count = text.hasSuffix("\n") ? lines.count - 1 : lines.count
    guard count > Self.lineLimit else { return [] }
    return [
      finding(
        count, "\(count) lines: a file is one type or one facet, \(Self.lineLimit) at the most")
    ]
  }

  var functionLengthFindings: [Finding] {
    guard isSwift, !isGenerated else { return [] }
    return tokens.indices.compactMap { index in
      guard startsFunction(index), let body = bodyStart(after: index) else { return nil }
      let end = bodyEnd(from: body)
      let count = tokens[end].line - tokens[index].line + 1
      guard count > Self.functionLineLimit else { return nil }
      return finding(
        tokens[index].line, "\(count) lines: a function has \(Self.functionLineLimit) at the most")
    }
  }

  private static let introducers: Set<String> = ["func", "init", "deinit", "subscript", "var"]

  private func startsFunction(_ index: Int) -> Bool {
    guard tokens[index].kind == .word, Self.introducers.contains(tokens[index].text) else {
      return false
    }
    return index == 0 || tokens[index - 1].text != "."
  }

  /// Where the body of the function that starts at `index` opens; `nil` for a declaration alone
  /// and for a stored property.
  private func bodyStart(after index: Int) -> Int? {
    let isVariable = tokens[index].text == "var"
    var depth = 0
    for place in (index + 1)..<max(index + 1, tokens.count) {
      let token = tokens[place]
      guard token.kind != .string else { continue }
      switch token.text {
      case "(", "[": depth += 1
      case ")", "]":
        depth -= 1
        if depth < 0 { return nil }
      case "{" where depth == 0: return place
      case "}" where depth == 0: return nil
      case "=" where depth == 0 && isVariable: return nil
      case "func", "init", "deinit", "subscript", "var", "let", "case", "struct", "enum":
        if depth == 0 { return nil }
      default: continue
      }
    }
    return nil
  }

  private func bodyEnd(from start: Int) -> Int {
    var depth = 0
    for index in start..<tokens.count where tokens[index].kind == .mark {
      if tokens[index].text == "{" { depth += 1 }
      if tokens[index].text == "}" { depth -= 1 }
      if depth == 0 { return index }
    }
    return tokens.count - 1
  }
}
