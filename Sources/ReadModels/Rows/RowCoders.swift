internal import GRDB

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

extension RowStatement {
  /// Writes `count` rows in their order, as many at a time as `many` takes and the last ones by
  /// `one`.
  ///
  /// - Parameters:
  ///   - one: the statement for one row.
  ///   - many: the statement for ``TableSQL/manyCount`` rows, one row's parameters behind the
  ///     other's.
  ///   - count: how many rows there are.
  ///   - database: where to.
  ///   - bind: binds the row of a number.
  /// - Throws: the first failure; the caller's transaction is to be given up then.
  static func run(
    one: String, many: String, count: Int, in database: Database,
    _ bind: (_ index: Int, _ binder: inout RowBinder) -> Void
  ) throws(StorageError) {
    var next = 0
    let wholeEnd = count - count % TableSQL.manyCount
    if wholeEnd > 0 {
      let statement = try RowStatement(many, in: database)
      while next < wholeEnd {
        var binder = RowBinder(statement)
        for _ in 0..<TableSQL.manyCount {
          bind(next, &binder)
          next += 1
        }
        try statement.run()
      }
    }
    guard next < count else { return }
    let statement = try RowStatement(one, in: database)
    while next < count {
      var binder = RowBinder(statement)
      bind(next, &binder)
      next += 1
      try statement.run()
    }
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
