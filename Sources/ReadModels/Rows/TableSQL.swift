/// The statements of one table, made from its row type.
struct TableSQL: Hashable, Sendable {
  let table: String
  let columns: [Column]
  let create: String
  let createIndexes: [String]
  let upsert: String
  let insert: String
  /// The same for ``manyCount`` rows at once, which costs half as much a row (measured: 2.3 µs one
  /// by one, 1.3 by 16, and hardly less by 60).
  let upsertMany: String
  let insertMany: String
  let select: String
  let delete: String
  /// All rows in the order of the key.
  let selectAll: String
  let view: String?

  static let manyCount = 16

  /// A journal's rows are numbered in the order they came in, instead of being found by a key.
  init<Row: CodedRow>(_ row: Row.Type, isJournal: Bool = false) {
    var collector = ColumnCollector()
    if isJournal { collector.addOrdinal() }
    var blank = Row()
    blank.code(&collector)
    let columns = collector.columns
    let shape = isJournal ? TableShape(Row.shape.name, indexes: Row.shape.indexes) : Row.shape
    let keys = columns.prefix(shape.keyColumnCount)
    let names = columns.map(\.name).joined(separator: ", ")
    let places = columns.map { _ in "?" }.joined(separator: ", ")
    let match = keys.map { "\($0.name) = ?" }.joined(separator: " AND ")
    let others = columns.dropFirst(shape.keyColumnCount)
    table = shape.name
    self.columns = columns
    view = Row.view
    create = Self.create(shape, columns)
    createIndexes = shape.indexes.map { indexed in
      let name = ([shape.name] + indexed).joined(separator: "_")
      return "CREATE INDEX IF NOT EXISTS \(name)_index ON \(shape.name) "
        + "(\(indexed.joined(separator: ", ")))"
    }
    let begin = "INSERT INTO \(shape.name) (\(names)) VALUES "
    let manyPlaces = Array(repeating: "(\(places))", count: Self.manyCount).joined(separator: ", ")
    insert = "\(begin)(\(places))"
    insertMany = begin + manyPlaces
    let sets = others.map { "\($0.name) = excluded.\($0.name)" }.joined(separator: ", ")
    let conflict = keys.map(\.name).joined(separator: ", ")
    let update =
      " ON CONFLICT (\(conflict)) DO " + (sets.isEmpty ? "NOTHING" : "UPDATE SET \(sets)")
    upsert = insert + update
    upsertMany = insertMany + update
    select = "SELECT \(names) FROM \(shape.name) WHERE \(match)"
    selectAll = "SELECT \(names) FROM \(shape.name) ORDER BY \(conflict)"
    delete = "DELETE FROM \(shape.name) WHERE \(match)"
  }

  /// One integer key is SQLite's own row number; other keys are the table's order.
  private static func create(_ shape: TableShape, _ columns: [Column]) -> String {
    let keys = columns.prefix(shape.keyColumnCount)
    var lines = columns.map { "\($0.name) \($0.type)\($0.isOptional ? "" : " NOT NULL")" }
    let isRowNumber = keys.count == 1 && keys.first?.type == "INTEGER"
    lines.append("PRIMARY KEY (\(keys.map(\.name).joined(separator: ", ")))")
    let options = isRowNumber ? "STRICT" : "STRICT, WITHOUT ROWID"
    return "CREATE TABLE IF NOT EXISTS \(shape.name) (\(lines.joined(separator: ", "))) \(options)"
  }
}

/// A column of a table.
struct Column: Hashable, Sendable {
  let name: String
  /// `INTEGER` or `TEXT`.
  let type: String
  let isOptional: Bool
  let isText: Bool

  init(name: String, type: String, isOptional: Bool) {
    self.name = name
    self.type = type
    self.isOptional = isOptional
    isText = type == "TEXT"
  }
}

/// Gathers the columns of a row type.
private struct ColumnCollector: RowCoder {
  var columns: [Column] = []

  mutating func addOrdinal() {
    columns.append(Column(name: "ordinal", type: "INTEGER", isOptional: false))
  }

  mutating func code(_ column: StaticString, _ value: inout Int64) {
    columns.append(Column(name: "\(column)", type: "INTEGER", isOptional: false))
  }

  mutating func code(_ column: StaticString, _ value: inout Int64?) {
    columns.append(Column(name: "\(column)", type: "INTEGER", isOptional: true))
  }

  mutating func code(_ column: StaticString, _ value: inout String) {
    columns.append(Column(name: "\(column)", type: "TEXT", isOptional: false))
  }

  mutating func code(_ column: StaticString, _ value: inout String?) {
    columns.append(Column(name: "\(column)", type: "TEXT", isOptional: true))
  }
}
