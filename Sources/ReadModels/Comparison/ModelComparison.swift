internal import GRDB

/// Compares what two builds of a model hold.
struct ModelComparison {
  /// Opens both files for reading and walks over them; each is seen at one commit.
  ///
  /// The old build may go on meanwhile: it is looked at as it was at the beginning, and `align`
  /// brings the new one to that position.
  /// - Throws: ``ModelError/notComparable(model:why:)`` when they stand at different positions.
  static func compare(
    _ old: ModelBuild, at oldPath: String, with new: ModelBuild, at newPath: String,
    align: (UInt64) throws(ModelError) -> Void
  ) throws(ModelError) -> ModelDifferences {
    do {
      let oldQueue = try open(oldPath)
      let result = try oldQueue.inDatabase { oldFile in
        var result: ModelDifferences?
        try oldFile.inTransaction(.deferred) {
          try align(try position(oldFile))
          let newQueue = try open(newPath)
          try newQueue.inDatabase { newFile in
            try newFile.inTransaction(.deferred) {
              result = try compare(old, oldFile, new, newFile)
              return .commit
            }
          }
          try newQueue.close()
          return .commit
        }
        return result
      }
      try oldQueue.close()
      guard let result else {
        throw ModelError.notComparable(model: old.name, why: "\(old.name) was not compared")
      }
      return result
    } catch let error as ModelError {
      throw error
    } catch {
      throw .storage(model: old.name, StorageError(error))
    }
  }

  private static func open(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  private static func compare(
    _ old: ModelBuild, _ oldFile: Database, _ new: ModelBuild, _ newFile: Database
  ) throws -> ModelDifferences {
    let events = try position(oldFile)
    let newEvents = try position(newFile)
    guard events == newEvents else {
      throw ModelError.notComparable(
        model: old.name,
        why: "\(old) of \(old.name) has \(events) events and \(new) has \(newEvents): "
          + "compare again when both have the same")
    }
    let oldTables = try TableOnFile.all(in: oldFile)
    let newTables = try TableOnFile.all(in: newFile)
    var found: [ModelDifferences.Found] = []
    var sums: [ModelDifferences.Sum] = []
    var oldRows: UInt64 = 0
    var newRows: UInt64 = 0
    for table in oldTables {
      guard let other = newTables.first(where: { $0.name == table.name }) else {
        found.append(of(table.name, .removed))
        continue
      }
      var comparison = TableComparison(table, other)
      if comparison.compareShapes() { try comparison.compareRows(oldFile, newFile) }
      found += comparison.differences
      sums += comparison.sums
      oldRows += comparison.oldRows
      newRows += comparison.newRows
    }
    for table in newTables where !oldTables.contains(where: { $0.name == table.name }) {
      found.append(of(table.name, .added))
    }
    return ModelDifferences(
      model: old.name, old: old, new: new, events: events, oldRows: oldRows, newRows: newRows,
      found: found.sorted { $0.kind < $1.kind }, sums: sums)
  }

  private static func position(_ file: Database) throws -> UInt64 {
    UInt64(
      try Int64.fetchOne(file, sql: "SELECT next_position FROM model_checkpoint") ?? 0)
  }

  private static func of(
    _ table: String, _ change: ModelDifferences.Kind.Change
  ) -> ModelDifferences.Found {
    ModelDifferences.Found(
      kind: .init(table: table, change: change, columns: []), rows: 0, examples: [])
  }
}
