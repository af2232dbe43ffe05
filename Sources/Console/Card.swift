package import Service

/// One record or one result: names and values, under each other.
package struct Card: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    package let name: String
    package let title: String
    package let cell: Cell

    package init(_ name: String, title: String? = nil, _ cell: Cell) {
      self.name = name
      self.title = title ?? name
      self.cell = cell
    }
  }

  package var title: String
  package var entries: [Entry]

  package init(_ title: String, _ entries: [Entry] = []) {
    self.title = title
    self.entries = entries
  }

  package var json: JSONValue {
    .object(entries.map { JSONMember($0.name, $0.cell.json) })
  }

  /// The whole card, with an end of line behind the last entry.
  package func rendered(as format: OutputFormat, on terminal: Terminal = .plain) -> String {
    switch format {
    case .table: text(on: terminal)
    case .json: json.pretty + "\n"
    case .csv:
      CSVWriter().line(entries.map(\.name)) + CSVWriter().line(entries.map(\.cell.field))
    }
  }

  private func text(on terminal: Terminal) -> String {
    let names = entries.map { DisplayText.escaped($0.title) }
    let width = names.map(DisplayText.width).max() ?? 0
    var lines: [String] = []
    if !title.isEmpty { lines.append(terminal.styled(DisplayText.escaped(title), .bold)) }
    for (name, entry) in zip(names, entries) {
      let label = DisplayText.padded(name, to: width, .leading)
      var value = entry.cell.display
      if let columns = terminal.columns {
        value = DisplayText.truncated(value, to: max(10, columns - width - 4))
      }
      lines.append("  " + terminal.styled(label, .dim) + "  " + value)
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
