internal import GRDB

/// The rows of one table that a projector reads and changes, kept in memory between writes.
///
/// Rows are loaded when they are asked for; changes are written in key order when the runner
/// commits, each row once however often it changed. Beyond ``rowLimit`` rows, those that the
/// last batch did not touch are let go.
package struct RowCache<Row: TableRow> {
  /// Where a row stands in the cache, until the projector returns.
  package struct Slot: Hashable { fileprivate let index: Int }

  private struct Entry {
    var row: Row
    /// Not to be found: looked up in vain, or removed.
    var isAbsent: Bool
    var isChanged: Bool
    /// The batch that last asked for the row.
    var batch: UInt32
  }

  private var slots: [Row.Key: Int] = [:]
  private var entries: [Entry] = []
  private var changed: [Int] = []
  private var batch: UInt32 = 0
  private let sql = TableSQL(Row.self)
  /// Where rows come from; a cache without a file starts and stays in memory.
  var file: ModelFile?
  var rowLimit = 100_000

  package init() {}

  /// Finds the row of `key`, in memory or in the file; `nil` when there is none.
  package mutating func find(_ key: Row.Key) throws(ProjectionFailure) -> Slot? {
    if let index = slots[key] {
      entries[index].batch = batch
      return entries[index].isAbsent ? nil : Slot(index: index)
    }
    guard let file else { return nil }
    let loaded: Row?
    do throws(StorageError) { loaded = try file.row(key, sql) } catch { throw .storage(error) }
    let index = add(key, loaded ?? Row(), isAbsent: loaded == nil)
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
    let index: Int
    if let known = slots[key] {
      index = known
      entries[index].row = row
      entries[index].isAbsent = false
      entries[index].batch = batch
    } else {
      index = add(key, row, isAbsent: false)
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

  private mutating func add(_ key: Row.Key, _ row: Row, isAbsent: Bool) -> Int {
    slots[key] = entries.count
    entries.append(Entry(row: row, isAbsent: isAbsent, isChanged: false, batch: batch))
    return entries.count - 1
  }

  private mutating func markChanged(_ index: Int) {
    if entries[index].isChanged { return }
    entries[index].isChanged = true
    changed.append(index)
  }
}

extension RowCache {
  var definition: TableSQL { sql }

  /// Writes the changed rows in key order, and lets go of rows beyond the limit.
  mutating func flush(in database: Database) throws(StorageError) {
    let order = changed.map { ($0, slotKey($0)) }.sorted { $0.1 < $1.1 }
    let upsert = try RowStatement(sql.upsert, in: database)
    for (index, key) in order {
      if entries[index].isAbsent {
        let delete = try RowStatement(sql.delete, in: database)
        var binder = RowBinder(delete)
        key.code(&binder)
        try delete.run()
      } else {
        var binder = RowBinder(upsert)
        entries[index].row.code(&binder)
        try upsert.run()
      }
    }
  }

  /// Forgets that rows were changed, once they are durable, and starts the next batch.
  mutating func settle() {
    for index in changed { entries[index].isChanged = false }
    changed.removeAll(keepingCapacity: true)
    if file != nil, entries.count > rowLimit { evict() }
    batch &+= 1
  }

  /// Forgets everything: rows are loaded anew.
  mutating func discard() {
    slots.removeAll()
    entries.removeAll()
    changed.removeAll()
  }

  private mutating func evict() {
    var kept: [Entry] = []
    slots.removeAll(keepingCapacity: true)
    for entry in entries where entry.batch == batch && !entry.isAbsent {
      slots[entry.row.key] = kept.count
      kept.append(entry)
    }
    entries = kept
  }

  /// The key by which the row was found; a removed row still has its own.
  private func slotKey(_ index: Int) -> Row.Key { entries[index].row.key }
}
