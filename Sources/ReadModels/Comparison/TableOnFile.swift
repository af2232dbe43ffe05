internal import GRDB

/// A table as a model's file has it, whichever version of the code made it.
struct TableOnFile: Hashable {
  let name: String
  let columns: [String]
  /// What a row is found by: the primary key; of a journal, whose key is only the order of
  /// writing, its first column and every position that it names.
  let key: [String]
  let isJournal: Bool
  /// Columns that hold whole numbers.
  let numbers: Set<String>

  /// The tables of a model, by name.
  static func all(in database: Database) throws -> [TableOnFile] {
    let names = try String.fetchAll(
      database,
      sql: """
        SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
          AND name NOT IN ('model_checkpoint', 'model_note') ORDER BY name
        """)
    return try names.map { try TableOnFile($0, in: database) }
  }

  private init(_ name: String, in database: Database) throws {
    self.name = name
    let rows = try Row.fetchAll(
      database, sql: "SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid",
      arguments: [name])
    let all: [String] = rows.map { $0["name"] }
    let primary = rows.filter { ($0["pk"] as Int64) > 0 }
      .sorted { ($0["pk"] as Int64) < ($1["pk"] as Int64) }.map { $0["name"] as String }
    isJournal = primary == ["ordinal"]
    let content = isJournal ? all.filter { $0 != "ordinal" } : all
    columns = content
    key =
      isJournal
      ? content.enumerated().filter { $0 == 0 || Self.isPosition($1) }.map(\.element) : primary
    numbers = Set(
      rows.filter { ($0["type"] as String) == "INTEGER" }.map { $0["name"] as String })
  }

  static func isPosition(_ column: String) -> Bool {
    column == "position" || column.hasSuffix("_position") || column == "valid_from"
      || column == "valid_to"
  }

  /// Whether adding the column up says something: an amount, a count, a flag, a duration.
  func isSummed(_ column: String) -> Bool {
    numbers.contains(column) && !key.contains(column) && !Self.isPosition(column)
      && !column.hasSuffix("_us") && !column.hasPrefix("personal_") && !column.hasSuffix("_no")
  }

  /// Selects `columns` in the order of the key.
  func select(_ columns: [String]) -> String {
    let order = isJournal ? key + ["ordinal"] : key
    return "SELECT \(columns.map(Self.quoted).joined(separator: ", ")) FROM \(Self.quoted(name)) "
      + "ORDER BY \(order.map(Self.quoted).joined(separator: ", "))"
  }

  private static func quoted(_ name: String) -> String { "\"\(name)\"" }
}

extension SQLValue {
  /// As SQLite orders values of strict tables: null, then numbers, then texts by their bytes.
  func isBefore(_ other: SQLValue) -> Bool {
    switch (self, other) {
    case (.integer(let a), .integer(let b)): return a < b
    case (.text(let a), .text(let b)): return a.utf8.lexicographicallyPrecedes(b.utf8)
    case (.null, .null), (.real, .real), (.blob, .blob): return false
    case (.null, _), (.integer, _), (.real, _), (.text, _), (.blob, _): return rank < other.rank
    }
  }

  private var rank: Int {
    switch self {
    case .null: 0
    case .integer, .real: 1
    case .text: 2
    case .blob: 3
    }
  }
}
