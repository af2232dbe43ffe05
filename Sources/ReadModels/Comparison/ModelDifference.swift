/// What differs between two builds of a model.
package struct ModelDifferences: Hashable, Sendable {
  /// A way in which rows of one table differ.
  package struct Kind: Hashable, Sendable, Comparable {
    package enum Change: String, Hashable, Sendable {
      /// The row is in both, with other values in ``Kind/columns``.
      case changed
      /// The row is in the old build only.
      case missing
      /// The row is in the new build only.
      case extra
      /// The column, or with no column the table, is in the new build only.
      case added
      /// The column, or with no column the table, is in the old build only.
      case removed
      /// The table's key has other columns: its rows are not compared.
      case rekeyed
    }

    package let table: String
    package let change: Change
    /// In the order of the table; empty where whole rows or the table are meant.
    package let columns: [String]

    package init(table: String, change: Change, columns: [String] = []) {
      (self.table, self.change, self.columns) = (table, change, columns)
    }

    package static func < (a: Self, b: Self) -> Bool {
      (a.table, a.change.rawValue, a.columns.joined(separator: ","))
        < (b.table, b.change.rawValue, b.columns.joined(separator: ","))
    }

    /// Whether it says something of rows, and not of the table itself.
    package var isOfRows: Bool {
      switch change {
      case .changed, .missing, .extra: true
      case .added, .removed, .rekeyed: false
      }
    }

    /// As it stands in a file of expected changes: `ticket changed status,closed_us`.
    package var line: String {
      let words = columns.isEmpty ? "" : " " + columns.joined(separator: ",")
      return "\(table) \(change.rawValue)\(words)"
    }
  }

  /// One row that differs.
  package struct Example: Hashable, Sendable {
    /// The columns that the row is found by, with their values.
    package let key: [Cell]
    /// The values that differ, or the whole row of one side.
    package let old: [Cell]
    package let new: [Cell]
  }

  /// A named value.
  package struct Cell: Hashable, Sendable {
    package let column: String
    package let value: SQLValue
  }

  package struct Found: Hashable, Sendable {
    package let kind: Kind
    /// How many rows; 0 for what is said of the table itself.
    package var rows: UInt64
    /// The first rows by their keys, at most ``exampleLimit``.
    package var examples: [Example]

    package init(kind: Kind, rows: UInt64, examples: [Example] = []) {
      (self.kind, self.rows, self.examples) = (kind, rows, examples)
    }
  }

  /// What a column of numbers adds up to on both sides.
  package struct Sum: Hashable, Sendable {
    package let table: String
    package let column: String
    /// The currency of an amount; empty for other numbers.
    package let currency: String
    package let old: Int128
    package let new: Int128
  }

  package static let exampleLimit = 100

  package let model: String
  package let old: ModelBuild
  package let new: ModelBuild
  /// How many events both have.
  package let events: UInt64
  package let oldRows: UInt64
  package let newRows: UInt64
  /// By table, change and columns.
  package let found: [Found]
  /// Of every column that counts something, by table and column.
  package let sums: [Sum]

  package var isEmpty: Bool { found.isEmpty }

  package func rows(_ change: Kind.Change) -> UInt64 {
    found.filter { $0.kind.change == change }.reduce(0) { $0 + $1.rows }
  }
}
