extension Table {
  private static let gap = "  "

  /// The table for a person: a head, a rule, and a line for each row.
  func text(on terminal: Terminal) -> String {
    guard !columns.isEmpty else { return "" }
    let cells = rows.map { row in row.map(\.display) }
    let widths = fittedWidths(cells, in: terminal.columns)
    let head = line(columns.map { DisplayText.escaped($0.title) }, widths)
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: Self.gap)
    var lines = [terminal.styled(head, .bold), terminal.styled(rule, .dim)]
    for row in cells { lines.append(line(row, widths)) }
    if rows.isEmpty { lines.append(terminal.styled("nothing", .dim)) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ texts: [String], _ widths: [Int]) -> String {
    var parts: [String] = []
    for (index, text) in texts.enumerated() {
      let fitted = DisplayText.truncated(text, to: widths[index])
      parts.append(DisplayText.padded(fitted, to: widths[index], columns[index].alignment))
    }
    let joined = parts.joined(separator: Self.gap)
    return String(joined.reversed().drop { $0 == " " }.reversed())
  }

  /// Natural widths, or, where they are too many, the widest columns cut down one by one.
  private func fittedWidths(_ cells: [[String]], in limit: Int?) -> [Int] {
    var widths = columns.map { DisplayText.width(DisplayText.escaped($0.title)) }
    for row in cells {
      for (index, text) in row.enumerated() {
        widths[index] = max(widths[index], DisplayText.width(text))
      }
    }
    guard let limit else { return widths }
    let gaps = Self.gap.utf8.count * (columns.count - 1)
    while widths.reduce(gaps, +) > limit {
      let candidates = widths.indices.filter { widths[$0] > columns[$0].leastWidth }
      guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
    }
    return widths
  }
}
