/// A model's table whose rows people list, filter and sort.
package struct ListedTable: Sendable {
  /// A column that rows are listed with.
  package struct Column: Hashable, Sendable {
    package let name: String
    package let isInteger: Bool
    /// Whether a row may have none.
    package let isOptional: Bool
  }

  /// The table's columns but those that say where personal fields lie, and since when a row holds.
  package let columns: [Column]
  /// The first columns, which name a row.
  package let keys: [String]
  /// Whether it can be asked as of any position.
  package let isVersioned: Bool
  /// The model that has it.
  package let model: ModelKind
  let list: @Sendable (ModelReader, RowSelection, AsOf) throws(QueryError) -> Answer<[[SQLValue]]>

  private init<Row: CodedRow>(
    _ row: Row.Type, _ model: ModelKind, isVersioned: Bool,
    list:
      @escaping @Sendable (ModelReader, RowSelection, AsOf) throws(QueryError) -> Answer<
        [[SQLValue]]
      >
  ) {
    let all = TableSQL(row).columns
    columns = all.filter { column in
      !["personal_", "valid_", "step_"].contains { column.name.hasPrefix($0) }
    }.map { Column(name: $0.name, isInteger: $0.type == "INTEGER", isOptional: $0.isOptional) }
    keys = all.prefix(Row.shape.keyColumnCount).map(\.name)
    self.isVersioned = isVersioned
    self.model = model
    self.list = list
  }

  init<P: Projector, Row: VersionedRow>(versioned row: Row.Type, of projector: P.Type) {
    self.init(row, ModelKind(projector), isVersioned: true) {
      reader, selection, moment throws(QueryError) in
      try reader.ask(P.self, asOf: moment) { model throws(StorageError) in
        try model.list(selection, from: model.relation(Row.self))
      }
    }
  }

  init<P: Projector, Row: TableRow>(_ row: Row.Type, of projector: P.Type) {
    self.init(row, ModelKind(projector), isVersioned: false) {
      reader, selection, moment throws(QueryError) in
      try reader.ask(P.self, asOf: moment) { model throws(StorageError) in
        try model.list(selection, from: Row.shape.name)
      }
    }
  }

  package static let accounts = ListedTable(versioned: AccountRow.self, of: Account360.self)
  package static let contacts = ListedTable(versioned: AccountContactRow.self, of: Account360.self)
  package static let leads = ListedTable(LeadRow.self, of: LeadInbox.self)
  package static let opportunities = ListedTable(versioned: BoardRow.self, of: PipelineBoard.self)
  package static let tickets = ListedTable(TicketRow.self, of: TicketQueue.self)
  package static let ownership = ListedTable(versioned: OwnershipRow.self, of: OwnershipLedger.self)
}

/// Which rows of a table, in which order, how many.
package struct RowSelection: Hashable, Sendable {
  package enum Comparison: String, Hashable, Sendable, CaseIterable {
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
  }

  package struct Condition: Hashable, Sendable {
    package let column: ListedTable.Column
    package let comparison: Comparison
    package let value: SQLValue

    package init(_ column: ListedTable.Column, _ comparison: Comparison, _ value: SQLValue) {
      self.column = column
      self.comparison = comparison
      self.value = value
    }
  }

  package struct Order: Hashable, Sendable {
    package let column: ListedTable.Column
    package let isDescending: Bool

    package init(_ column: ListedTable.Column, isDescending: Bool) {
      self.column = column
      self.isDescending = isDescending
    }
  }

  package var columns: [ListedTable.Column]
  package var conditions: [Condition] = []
  /// Of one of these owners; of any when `nil`.
  package var owners: [String]?
  /// Ends with the key, so that no two rows are alike.
  package var order: [Order]
  /// The order's values of the row behind which to go on.
  package var after: [SQLValue]?
  package var limit: Int

  package init(columns: [ListedTable.Column], order: [Order], limit: Int) {
    self.columns = columns
    self.order = order
    self.limit = limit
  }
}

extension ModelReader {
  /// The selected rows, the values of each in the order of the selection's columns.
  package func list(
    _ table: ListedTable, _ selection: RowSelection, asOf moment: AsOf
  ) throws(QueryError) -> Answer<[[SQLValue]]> {
    try table.list(self, selection, moment)
  }
}
