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
  let rowLimit: Int

  mutating func visit<Row>(_ rows: inout RowCache<Row>) throws(Never) {
    rows.file = file
    rows.rowLimit = rowLimit
  }

  mutating func visit<Row>(_ rows: inout RowJournal<Row>) throws(Never) {}
}

/// Writes what changed, inside a transaction.
struct Flusher: TableVisitor {
  let database: Database

  mutating func visit<Row>(_ rows: inout RowCache<Row>) throws(StorageError) {
    try rows.flush(in: database)
  }

  mutating func visit<Row>(_ rows: inout RowJournal<Row>) throws(StorageError) {
    try rows.flush(in: database)
  }
}

/// Starts the next batch once the changes are durable.
struct Settler: TableVisitor {
  mutating func visit<Row>(_ rows: inout RowCache<Row>) throws(Never) { rows.settle() }
  mutating func visit<Row>(_ rows: inout RowJournal<Row>) throws(Never) { rows.settle() }
}

/// Forgets what is not durable.
struct Discarder: TableVisitor {
  mutating func visit<Row>(_ rows: inout RowCache<Row>) throws(Never) { rows.discard() }
  mutating func visit<Row>(_ rows: inout RowJournal<Row>) throws(Never) { rows.discard() }
}
