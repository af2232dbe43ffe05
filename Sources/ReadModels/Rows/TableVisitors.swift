internal import GRDB

/// Gathers what the tables are.
struct DefinitionGatherer: TableVisitor {
  private(set) var definitions: [TableSQL] = []

  mutating func visit<Row>(_ rows: inout RowCache<Row>) throws(Never) {
    definitions.append(rows.definition)
  }

  mutating func visit<Row>(_ rows: inout RowJournal<Row>) throws(Never) {
    definitions.append(rows.definition)
  }
}

/// Tells the caches where their rows are loaded from.
struct FileAttacher: TableVisitor {
  let file: ModelFile
  /// Whether the tables have no rows yet.
  let isEmpty: Bool

  mutating func visit<Row>(_ rows: inout RowCache<Row>) throws(Never) {
    rows.attach(file, isEmpty: isEmpty)
  }

  mutating func visit<Row>(_ rows: inout RowJournal<Row>) throws(Never) {}
}

/// Counts the rows in memory that can be loaded again.
struct RowCounter: TableVisitor {
  private(set) var count = 0

  mutating func visit<Row>(_ rows: inout RowCache<Row>) throws(Never) { count += rows.count }
  mutating func visit<Row>(_ rows: inout RowJournal<Row>) throws(Never) {}
}

/// Writes the changes of a table; run in the transaction that moves the checkpoint.
typealias TableWrite = @Sendable (Database) throws(StorageError) -> Void

/// Takes the changes of all tables.
struct ChangeTaker: TableVisitor {
  /// Whether rows that were not touched lately are let go.
  let letsGo: Bool
  private(set) var writes: [TableWrite] = []

  init(lettingGo letsGo: Bool) { self.letsGo = letsGo }

  mutating func visit<Row>(_ rows: inout RowCache<Row>) throws(Never) {
    if let write = rows.takeChanges(lettingGo: letsGo) { writes.append(write) }
  }

  mutating func visit<Row>(_ rows: inout RowJournal<Row>) throws(Never) {
    if let write = rows.takeChanges() { writes.append(write) }
  }
}

/// Forgets what is not durable.
struct Discarder: TableVisitor {
  mutating func visit<Row>(_ rows: inout RowCache<Row>) throws(Never) { rows.discard() }
  mutating func visit<Row>(_ rows: inout RowJournal<Row>) throws(Never) { rows.discard() }
}
