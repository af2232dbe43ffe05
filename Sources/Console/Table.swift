package import Service

/// A column of a table: its name for scripts, its title for people.
package struct Column: Hashable, Sendable {
  package let name: String
  package let title: String
  package let alignment: Alignment
  /// The columns of the terminal that it keeps when there is too little room.
  package let leastWidth: Int

  package init(
    _ name: String, title: String? = nil, alignment: Alignment = .leading, leastWidth: Int = 8
  ) {
    self.name = name
    self.title = title ?? name
    self.alignment = alignment
    self.leastWidth = leastWidth
  }

  /// A column of numbers.
  package static func number(_ name: String, title: String? = nil) -> Column {
    Column(name, title: title, alignment: .trailing)
  }
}

/// Rows of equal shape, for people, scripts and spreadsheets.
package struct Table: Hashable, Sendable {
  package var columns: [Column]
  package var rows: [[Cell]]

  /// Each of `rows` has a cell for each of `columns`.
  package init(_ columns: [Column], rows: [[Cell]] = []) {
    self.columns = columns
    self.rows = rows
  }
}

/// How printed data looks.
package enum OutputFormat: String, CaseIterable, Hashable, Sendable {
  /// For people.
  case table
  /// For scripts: one array, members in the order of the columns.
  case json
  /// For spreadsheets: RFC 4180, formulas defused.
  case csv
}

extension Table {
  /// The whole table, with an end of line behind the last row.
  package func rendered(as format: OutputFormat, on terminal: Terminal = .plain) -> String {
    switch format {
    case .table: text(on: terminal)
    case .json: json.pretty + "\n"
    case .csv: csv
    }
  }

  /// An array with an object for each row.
  package var json: JSONValue {
    .array(
      rows.map { row in
        .object(zip(columns, row).map { JSONMember($0.name, $1.json) })
      })
  }

  private var csv: String {
    let writer = CSVWriter()
    var lines = writer.line(columns.map(\.name))
    for row in rows { lines += writer.line(row.map(\.field)) }
    return lines
  }
}
