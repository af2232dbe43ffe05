internal import EventModel
internal import Foundation
internal import LMDB
internal import Synchronization

/// What is derived from the records: index and guards.
extension LogVerification {
  func checkIndex(_ index: EventIndex?) throws(LMDBError) {
    guard let index, let sums = change({ $0.indexSums }) else {
      change { $0.report.notChecked.append("the index: there is none here") }
      return
    }
    if let stored = change({ $0.storedSums }), sums.agree(with: stored, upTo: size) {
      tell(.index, size, of: size)
      return
    }
    let difference: IndexDifference?
    do throws(LMDBError) {
      difference = try index.firstDifference(summed: sums) { range, visit throws(LMDBError) in
        try visitKeys(of: range, hashKey: index.hashKey, visit)
      }
    } catch {
      guard error.cause == .damaged else { throw error }
      add(VerificationFinding(.indexEntry, at: 0, "the index can't be read: \(error)"))
      return
    }
    tell(.index, size, of: size)
    guard let difference else { return }
    add(
      VerificationFinding(.indexEntry, at: difference.position.rawValue, difference.description))
  }

  /// Visits the events of `range` with what they are found by.
  private func visitKeys(
    of range: Range<UInt64>, hashKey: IndexHashKey,
    _ visit: (Position, [IndexKey]) -> Void
  ) throws(LMDBError) {
    let tables = core.store.tables
    for start in stride(
      from: range.lowerBound, to: range.upperBound, by: Int(ChunkCheck.size))
    {
      let end = min(start + ChunkCheck.size, range.upperBound)
      try core.store.environment.read { reader throws(LMDBError) in
        var before = try reader.command(before: start, tables)
        try reader.scan(tables.records, from: start) { position, record throws(LMDBError) in
          guard position < end else { return .stop }
          let layout: RecordLayout
          do throws(LeafError) {
            layout = try RecordLayout(parsing: record)
          } catch {
            visit(Position(position), [])
            return .proceed
          }
          let command = layout.leaf.correlation(in: record.extracting(layout.leafRange))
          visit(
            Position(position),
            hashKey.keys(of: layout, record, isFirstOfCommand: command != before))
          before = command
          return .proceed
        }
      }
      tell(.index, end, of: range.upperBound)
    }
  }

  /// Rebuilds the guards from the events in a store of their own, and compares.
  func checkGuards() throws(LMDBError) {
    guard let changes = options.guards else {
      change { $0.report.notChecked.append("the guards: their rules are not known here") }
      return
    }
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "deed-verify-\(UUID().uuidString)").path(percentEncoded: false)
    defer {
      do { try FileManager.default.removeItem(atPath: folder) } catch {
        change { $0.report.notChecked.append("the folder \(folder) could not be removed") }
      }
    }
    let rebuilt = try RebuiltGuards(
      in: folder, mapSizeBytes: core.store.environment.options.mapSizeBytes)
    for start in stride(from: 0, to: size, by: Int(ChunkCheck.size)) {
      let end = min(start + ChunkCheck.size, size)
      try rebuilt.apply(try guardChanges(of: start..<end, changes))
      tell(.guards, end, of: size)
    }
    guard try core.readSize() == size else {
      change { $0.report.notChecked.append("the guards: events were added meanwhile") }
      return
    }
    let (missing, surplus) = try rebuilt.differences(from: core.store)
    for entry in missing {
      add(
        VerificationFinding(
          .guardEntry, at: 0, "the guard \(GuardEntry.name(entry)) is missing or has another value")
      )
    }
    for entry in surplus {
      add(
        VerificationFinding(
          .guardEntry, at: 0,
          "the guard \(GuardEntry.name(entry)) is in the table and not in the events"))
    }
  }

  private func guardChanges(
    of range: Range<UInt64>, _ changes: (RecordedEvent) -> [GuardChange]
  ) throws(LMDBError) -> [GuardChange] {
    var all: [GuardChange] = []
    try core.store.environment.read { reader throws(LMDBError) in
      try reader.scan(core.store.tables.records, from: range.lowerBound) {
        position, record throws(LMDBError) in
        guard position < range.upperBound else { return .stop }
        do throws(LeafError) {
          all += changes(try RecordedEvent(copying: record))
        } catch {
          // Found when the records were looked at alone.
        }
        return .proceed
      }
    }
    return all
  }
}

/// The guards as the events make them, in a store of their own.
private struct RebuiltGuards: ~Copyable {
  private let environment: Environment
  private let table: Table

  init(in folder: String, mapSizeBytes: Int) throws(LMDBError) {
    let environment = try Environment(
      folder: folder,
      options: .init(mapSizeBytes: mapSizeBytes, tableLimit: 1, isSynced: false))
    table = try environment.openTables { opener throws(LMDBError) in
      try opener.table(named: "guards")
    }
    self.environment = environment
  }

  /// Applies what the writer accepted once; a change that is refused now leaves a difference.
  borrowing func apply(_ changes: [GuardChange]) throws(LMDBError) {
    let table = table
    try environment.write { writer throws(LMDBError) in
      var ledger = GuardLedger(over: table)
      for change in changes {
        do throws(StageError) {
          try ledger.apply([change], in: writer)
        } catch {
          if case .storage(let error) = error { throw error }
        }
      }
      try ledger.accepted.write(into: &writer, table)
    }
  }

  /// Entries that only these guards have, or with another value, and those only `store` has.
  borrowing func differences(
    from store: LogStore
  ) throws(LMDBError) -> (missing: [[UInt8]], surplus: [[UInt8]]) {
    var missing: [[UInt8]] = []
    var surplus: [[UInt8]] = []
    try environment.read { rebuilt throws(LMDBError) in
      try store.environment.read { kept throws(LMDBError) in
        try rebuilt.scan(table) { key, value throws(LMDBError) in
          let entry = key.copy()
          if try kept.bytes(entry, in: store.tables.guards) != value.copy() {
            missing.append(entry)
          }
          return .proceed
        }
        try kept.scan(store.tables.guards) { key, _ throws(LMDBError) in
          let entry = key.copy()
          if try rebuilt.bytes(entry, in: table) == nil { surplus.append(entry) }
          return .proceed
        }
      }
    }
    return (missing, surplus)
  }
}
