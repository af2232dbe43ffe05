internal import GRDB

/// The rows of one table that a projector reads and changes, kept in memory between writes.
///
/// Rows are loaded when they are asked for; changes are written in key order when the runner
/// commits, each row once however often it changed. When a model has too many, those that the
/// last two batches did not touch are let go.
package struct RowCache<Row: TableRow> {
  /// Where a row stands in the cache, until the projector returns.
  package struct Slot: Hashable { fileprivate let index: Int }

  private struct Entry {
    let key: Row.Key
    let hash: Int
    var row: Row
    /// Not to be found: looked up in vain, or removed.
    var isAbsent: Bool
    var isChanged: Bool
    /// The batch that last asked for the row.
    var batch: UInt32
  }

  private var slots = HashIndex()
  private var entries: [Entry] = []
  private var changed: [Int] = []
  private var batch: UInt32 = 0
  private let sql = TableSQL(Row.self)
  /// Where rows come from; a cache without a file starts and stays in memory.
  private(set) var file: ModelFile?
  /// What was let go since the table was empty; `nil` when the file had rows before.
  ///
  /// What is neither here nor there is nowhere, and need not be looked for in the file.
  private var letGo: KeyFilter?

  /// ``takeAll(_:)`` made for this row type.
  ///
  /// The runner knows tables by a visitor only, and code that is generic there calls each field
  /// through a table of functions; a table's own `init` is where the row type is known (measured: a
  /// tenth of a rebuild).
  private let take: (inout RowCache<Row>, _ letsGo: Bool) -> TableWrite?

  package init() { take = { Self.takeAll(&$0, letsGo: $1) } }

  /// Says where rows are loaded from, and whether the table has none yet.
  mutating func attach(_ file: ModelFile, isEmpty: Bool) {
    self.file = file
    letGo = isEmpty ? KeyFilter() : nil
  }

  /// How many rows are in memory.
  var count: Int { entries.count }

  /// Finds the row of `key`, in memory or in the file; `nil` when there is none.
  package mutating func find(_ key: Row.Key) throws(ProjectionFailure) -> Slot? {
    let hash = key.hashValue
    if let index = index(of: key, hash) {
      entries[index].batch = batch
      return entries[index].isAbsent ? nil : Slot(index: index)
    }
    guard let file, letGo?.mayContain(hash) ?? true else { return nil }
    let loaded: Row?
    do throws(StorageError) { loaded = try file.row(key, sql) } catch { throw .storage(error) }
    let index = add(key, hash, loaded ?? Row(), isAbsent: loaded == nil)
    return loaded == nil ? nil : Slot(index: index)
  }

  /// Reads or changes a found row where it stands.
  package subscript(slot: Slot) -> Row {
    _read { yield entries[slot.index].row }
    _modify {
      markChanged(slot.index)
      yield &entries[slot.index].row
    }
  }

  /// A copy of the row of `key`.
  package mutating func row(_ key: Row.Key) throws(ProjectionFailure) -> Row? {
    guard let slot = try find(key) else { return nil }
    return entries[slot.index].row
  }

  /// Stores `row` in place of any other with its key, without looking for that.
  @discardableResult package mutating func put(_ row: Row) -> Slot {
    let key = row.key
    let hash = key.hashValue
    let index: Int
    if let known = self.index(of: key, hash) {
      index = known
      entries[index].row = row
      entries[index].isAbsent = false
      entries[index].batch = batch
    } else {
      index = add(key, hash, row, isAbsent: false)
    }
    markChanged(index)
    return Slot(index: index)
  }

  /// Takes the row of `key` away, if there is one.
  package mutating func remove(_ key: Row.Key) throws(ProjectionFailure) {
    guard let slot = try find(key) else { return }
    entries[slot.index].isAbsent = true
    markChanged(slot.index)
  }

  private func index(of key: Row.Key, _ hash: Int) -> Int? {
    slots.first(hash) { entries[$0].hash == hash && entries[$0].key.isSame(as: key) }
  }

  private mutating func add(_ key: Row.Key, _ hash: Int, _ row: Row, isAbsent: Bool) -> Int {
    let index = entries.count
    entries.append(
      Entry(
        key: key, hash: hash, row: row, isAbsent: isAbsent, isChanged: false, batch: batch))
    slots.insert(index, hash) { entries[$0].hash }
    return index
  }

  private mutating func markChanged(_ index: Int) {
    if entries[index].isChanged { return }
    entries[index].isChanged = true
    changed.append(index)
  }
}

extension RowCache {
  var definition: TableSQL { sql }

  /// Takes the changes and starts the next batch.
  ///
  /// - Parameter letsGo: whether rows are let go, but those of this batch and the one before: they
  ///   may not be in the file yet.
  /// - Returns: what writes them in the order of their keys; `nil` when there are none.
  mutating func takeChanges(lettingGo letsGo: Bool) -> TableWrite? { take(&self, letsGo) }

  @inline(__always)
  private static func takeAll(_ cache: inout RowCache<Row>, letsGo: Bool) -> TableWrite? {
    var written = Changes()
    written.rows.reserve(cache.changed.count, cache.sql.columns)
    written.keys.reserveCapacity(cache.changed.count)
    for index in cache.changed {
      cache.entries[index].isChanged = false
      if cache.entries[index].isAbsent {
        written.removed.append(cache.entries[index].key)
      } else {
        written.keys.append(cache.entries[index].key)
        written.rows.append(&cache.entries[index].row)
      }
    }
    let isEmpty = cache.changed.isEmpty
    cache.changed.removeAll(keepingCapacity: true)
    if letsGo { cache.evict() }
    cache.batch &+= 1
    if isEmpty { return nil }
    let sql = cache.sql
    let taken = written
    return { database throws(StorageError) in try taken.write(sql, database) }
  }

  /// What a batch changed.
  private struct Changes: Sendable {
    var removed: [Row.Key] = []
    /// Of ``rows``, in the same order.
    var keys: [Row.Key] = []
    var rows = PackedRows()

    @inline(__always)
    func write(_ sql: TableSQL, _ database: Database) throws(StorageError) {
      if !removed.isEmpty {
        let delete = try RowStatement(sql.delete, in: database)
        for key in removed.sorted() {
          var binder = RowBinder(delete)
          key.code(&binder)
          try delete.run()
        }
      }
      try RowWriter(rows, sql.upsert, sql.upsertMany, sql.columns).write(
        keys.indices.sorted { keys[$0] < keys[$1] }, after: nil, in: database)
    }
  }

  /// Forgets everything: rows are loaded anew.
  mutating func discard() {
    letGo = nil
    slots.removeAll()
    entries.removeAll()
    changed.removeAll()
  }

  /// Shows the changes instead of writing them; for a cache without a file.
  mutating func drain(_ body: (_ row: Row, _ isRemoved: Bool) -> Void) {
    for index in changed {
      entries[index].isChanged = false
      body(entries[index].row, entries[index].isAbsent)
    }
    changed.removeAll(keepingCapacity: true)
  }

  /// Shows every row in memory.
  func forEachRow(_ body: (Row) -> Void) {
    for entry in entries where !entry.isAbsent { body(entry.row) }
  }

  private mutating func evict() {
    var kept: [Entry] = []
    slots.removeAll()
    for entry in entries {
      if batch &- entry.batch <= 1 {
        slots.insert(kept.count, entry.hash) { kept[$0].hash }
        kept.append(entry)
      } else if !entry.isAbsent {
        letGo?.insert(entry.hash)
      }
    }
    entries = kept
  }
}
