internal import CSQLite
internal import EventModel
internal import GRDB

/// The SQLite file of one model: its tables, and how far into the log they reach.
///
/// Rows and checkpoint change in one transaction, so a crash repeats nothing and skips nothing.
/// The runner is a file's only writer; others open it for reading.
final class ModelFile: Sendable {
  let path: String
  private let queue: DatabaseQueue

  /// Opens the file, or makes it; without a path the model is in memory.
  ///
  /// - Parameters:
  ///   - path: of the file; its folder must exist.
  ///   - isBuild: nobody asks the file yet. Then nothing is written twice, and nothing waits for the
  ///     disk until ``beginIndexes(_:_:)`` makes the whole file durable: a killed process loses
  ///     nothing, and after a lost power supply ``wasBegunSinceStart()`` says no.
  /// - Throws: why SQLite can't open it.
  init(path: String?, isBuild: Bool = false) throws(StorageError) {
    _ = Self.isPrepared
    var configuration = Configuration()
    configuration.journalMode = path == nil || isBuild ? .default : .wal
    configuration.busyMode = .timeout(5)
    configuration.foreignKeysEnabled = false
    configuration.prepareDatabase { database in
      // What is erased must not stay readable in the file. A lost power supply may lose the
      // last commits, never break the file: the checkpoint goes back with the rows.
      try database.execute(sql: "PRAGMA secure_delete = ON")
      if isBuild { try database.execute(sql: "PRAGMA journal_mode = TRUNCATE") }
      try database.execute(sql: "PRAGMA synchronous = \(isBuild ? "OFF" : "NORMAL")")
      try database.execute(sql: "PRAGMA wal_autocheckpoint = 8000")
      try database.execute(sql: "PRAGMA cache_size = -8000")
    }
    do {
      if let path {
        queue = try DatabaseQueue(path: path, configuration: configuration)
      } else {
        queue = try DatabaseQueue(configuration: configuration)
      }
    } catch {
      throw StorageError(error)
    }
    self.path = path ?? ":memory:"
  }

  /// Sets once what holds for the whole process.
  ///
  /// Without it all is slower and otherwise the same: SQLite counts its memory where somebody used
  /// it before us.
  private static let isPrepared = deed_sqlite_leave_memory_uncounted() == SQLITE_OK

  /// Runs `body` with the database, outside a transaction.
  func access<Result>(
    _ body: (Database) throws(StorageError) -> Result
  ) throws(StorageError) -> Result {
    do { return try queue.inDatabase { try body($0) } } catch { throw StorageError(error) }
  }

  /// Runs `body` in a transaction that commits when it returns.
  func write(_ body: (Database) throws(StorageError) -> Void) throws(StorageError) {
    do {
      try queue.inDatabase { database in
        try database.inTransaction(.immediate) {
          try body(database)
          return .commit
        }
      }
    } catch {
      throw StorageError(error)
    }
  }

  /// Begins a transaction with `writes` and the move to `checkpoint`, on the database's thread.
  func begin(
    _ writes: [TableWrite], _ checkpoint: ModelCheckpoint, expected: Position
  ) -> PendingCommit {
    let pending = PendingCommit(checkpoint)
    queue.asyncWriteWithoutTransaction { database in
      do {
        try database.inTransaction(.immediate) {
          for write in writes { try write(database) }
          try self.store(checkpoint, expected: expected, in: database)
          return .commit
        }
        pending.finish(nil)
      } catch {
        pending.finish(StorageError(error))
      }
    }
    return pending
  }

  /// Reads the row of `key`.
  func row<Row: TableRow>(_ key: Row.Key, _ sql: TableSQL) throws(StorageError) -> Row? {
    try access { database throws(StorageError) in
      let select = try RowStatement(sql.select, in: database)
      var binder = RowBinder(select)
      key.code(&binder)
      defer { select.reset() }
      guard try select.step() else { return nil }
      var row = Row()
      var reader = RowReader(select)
      row.code(&reader)
      return row
    }
  }

  /// Writes what stands in the write-ahead log into the file, and closes it.
  func close() throws(StorageError) {
    do throws(StorageError) {
      try access { database throws(StorageError) in
        do { try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") } catch {
          throw StorageError(error)
        }
      }
    } catch {
      // What has no room in the file stays in its write-ahead log, where the next opening finds it.
    }
    do { try queue.close() } catch { throw StorageError(error) }
  }
}

/// What a model file says of itself.
struct ModelCheckpoint: Hashable, Sendable {
  /// The log the rows were made from.
  var origin: String
  /// The first position that is not in the rows yet.
  var next: Position
  /// Whether the indexes are there: they are made when a build reaches the log's end.
  var isIndexed: Bool
  /// The event that the projector could not take.
  var failure: ModelFailure?
}

extension ModelFile {
  private static let create = """
    CREATE TABLE IF NOT EXISTS model_checkpoint (
      id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, version INTEGER NOT NULL,
      origin TEXT NOT NULL, next_position INTEGER NOT NULL, is_indexed INTEGER NOT NULL,
      failed_position INTEGER, failed_event TEXT, failed_type TEXT, failed_cause TEXT) STRICT
    """

  /// What is of no consequence to the rows, such as how long they took to make.
  private static let createNotes =
    "CREATE TABLE IF NOT EXISTS model_note (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT"

  func setNote(_ name: String, _ value: Int64) throws(StorageError) {
    try write { database throws(StorageError) in
      do {
        try database.execute(
          sql: "INSERT OR REPLACE INTO model_note VALUES (?, ?)", arguments: [name, value])
      } catch {
        throw StorageError(error)
      }
    }
  }

  /// Whether an unfinished build was begun since the system started: what was written before that,
  /// and not made durable, may be there in part.
  func wasBegunSinceStart() throws(StorageError) -> Bool {
    try access { database throws(StorageError) in
      do {
        guard try database.tableExists("model_note") else { return false }
        let mark = try Int64.fetchOne(
          database, sql: "SELECT value FROM model_note WHERE name = ?",
          arguments: [BuildNote.start])
        return mark == SystemStart.mark && SystemStart.mark != 0
      } catch {
        throw StorageError(error)
      }
    }
  }

  /// Makes the tables and views that are missing, and reads the checkpoint.
  func prepare(
    name: String, version: UInt32, origin: String, tables: [TableSQL], views: [String]
  ) throws(StorageError) -> ModelCheckpoint {
    try write { database throws(StorageError) in
      do {
        try database.execute(sql: Self.create)
        try database.execute(sql: Self.createNotes)
        for table in tables { try database.execute(sql: table.create) }
        for view in views { try database.execute(sql: view) }
        try database.execute(
          sql: "INSERT OR IGNORE INTO model_note VALUES (?, ?)",
          arguments: [BuildNote.start, SystemStart.mark])
        try database.execute(
          sql: """
            INSERT INTO model_checkpoint (id, name, version, origin, next_position, is_indexed)
            VALUES (1, ?, ?, ?, 0, 0) ON CONFLICT (id) DO NOTHING
            """, arguments: [name, Int64(version), origin])
      } catch {
        throw StorageError(error)
      }
    }
    return try access { database throws(StorageError) in
      do {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM model_checkpoint") else {
          throw StorageError(code: 0, message: "\(path) has no checkpoint; rebuild the model")
        }
        return ModelCheckpoint(row)
      } catch {
        throw StorageError(error)
      }
    }
  }

  /// Stores `checkpoint` in place of the one that says `expected`; part of the caller's
  /// transaction, which fails when somebody else moved the model.
  func store(
    _ checkpoint: ModelCheckpoint, expected: Position, in database: Database
  ) throws(StorageError) {
    let failure = checkpoint.failure
    do {
      let statement = try database.cachedStatement(
        sql: """
          UPDATE model_checkpoint SET next_position = ?, is_indexed = ?, failed_position = ?,
            failed_event = ?, failed_type = ?, failed_cause = ? WHERE next_position = ?
          """)
      try statement.execute(arguments: [
        Int64(checkpoint.next.rawValue), checkpoint.isIndexed,
        failure.map { Int64($0.position.rawValue) }, failure?.event.uuidText, failure?.type,
        failure?.cause, Int64(expected.rawValue),
      ])
    } catch {
      throw StorageError(error)
    }
    guard database.changesCount == 1 else {
      throw StorageError(code: 0, message: "another process writes \(path) too")
    }
  }

  /// Begins to make the indexes, on the database's thread, which is quickest when the rows are all
  /// there.
  func beginIndexes(_ tables: [TableSQL], _ checkpoint: ModelCheckpoint) -> PendingCommit {
    let pending = PendingCommit(checkpoint)
    queue.asyncWriteWithoutTransaction { database in
      do {
        // The last transaction of a build makes all before it durable too; from then on it is a
        // file that is asked while it changes.
        try database.execute(sql: "PRAGMA synchronous = FULL")
        try database.inTransaction(.immediate) {
          for statement in tables.flatMap(\.createIndexes) { try database.execute(sql: statement) }
          try self.store(checkpoint, expected: checkpoint.next, in: database)
          return .commit
        }
        try database.execute(sql: "PRAGMA journal_mode = WAL")
        try database.execute(sql: "PRAGMA synchronous = NORMAL")
        pending.finish(nil)
      } catch {
        pending.finish(StorageError(error))
      }
    }
    return pending
  }
}

extension ModelCheckpoint {
  init(_ row: Row) {
    origin = row["origin"]
    next = Position(UInt64(row["next_position"] as Int64))
    isIndexed = row["is_indexed"]
    if let position = row["failed_position"] as Int64?, let event = row["failed_event"] as String? {
      failure = ModelFailure(
        position: Position(UInt64(position)), event: EventID(uuidText: event) ?? .zero,
        type: row["failed_type"] ?? "", cause: row["failed_cause"] ?? "")
    }
  }
}
