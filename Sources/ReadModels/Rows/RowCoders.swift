/// Writes a row's fields into a statement's parameters.
struct RowBinder: RowCoder {
  let statement: RowStatement
  private var index: Int32 = 0

  init(_ statement: RowStatement) { self.statement = statement }

  mutating func code(_ column: StaticString, _ value: inout Int64) {
    index += 1
    statement.bind(value, at: index)
  }

  mutating func code(_ column: StaticString, _ value: inout Int64?) {
    index += 1
    if let value { statement.bind(value, at: index) } else { statement.bindNull(at: index) }
  }

  mutating func code(_ column: StaticString, _ value: inout String) {
    index += 1
    statement.bind(value, at: index)
  }

  mutating func code(_ column: StaticString, _ value: inout String?) {
    index += 1
    if let value { statement.bind(value, at: index) } else { statement.bindNull(at: index) }
  }
}

/// Reads a row's fields from the columns of a statement's present row.
struct RowReader: RowCoder {
  let statement: RowStatement
  private var column: Int32 = -1

  init(_ statement: RowStatement) { self.statement = statement }

  mutating func code(_ column: StaticString, _ value: inout Int64) {
    self.column += 1
    value = statement.integer(at: self.column)
  }

  mutating func code(_ column: StaticString, _ value: inout Int64?) {
    self.column += 1
    value = statement.isNull(at: self.column) ? nil : statement.integer(at: self.column)
  }

  mutating func code(_ column: StaticString, _ value: inout String) {
    self.column += 1
    value = statement.text(at: self.column)
  }

  mutating func code(_ column: StaticString, _ value: inout String?) {
    self.column += 1
    value = statement.isNull(at: self.column) ? nil : statement.text(at: self.column)
  }
}
