internal import EventModel
internal import LMDB

/// The index's environment: a pool of tables for runs, the runs' filters, and the manifest.
struct IndexStore: ~Copyable, Sendable {
  /// Levels of four runs each, up to thousands of millions of events, fit many times over.
  static let tableCount = 96
  static let hashKeyKey: [UInt8] = Array("hash-key".utf8)
  static let manifestKey: [UInt8] = Array("manifest".utf8)

  let environment: Environment
  let meta: Table
  let filters: Table
  let pool: [Table]
  let isReadOnly: Bool

  /// What an index says of itself when it is opened.
  struct Contents {
    let hashKey: IndexHashKey
    let runs: IndexRuns
  }

  /// Opens the environment for writing, anew when its files are none or damaged.
  static func writing(
    _ folder: String, options: EventIndex.Options
  ) throws(LMDBError) -> IndexStore {
    do throws(LMDBError) {
      return try IndexStore(folder, options, isReadOnly: false)
    } catch
      where error.cause == .notAnEnvironment || error.cause == .damaged
      || error.cause == .cutOff || error.cause == .otherKindOfTable
    {
      try Environment.removeFiles(in: folder)
    }
    return try IndexStore(folder, options, isReadOnly: false)
  }

  init(
    _ folder: String, _ options: EventIndex.Options, isReadOnly: Bool
  ) throws(LMDBError) {
    let environment = try Environment(
      folder: folder,
      options: .init(
        mapSizeBytes: options.mapSizeBytes, tableLimit: UInt32(Self.tableCount + 2),
        isReadOnly: isReadOnly))
    let tables = try environment.openTables { opener throws(LMDBError) in
      var pool: [Table] = []
      let meta = try opener.table(named: "meta")
      let filters = try opener.table(named: "filters")
      for number in 0..<Self.tableCount { pool.append(try opener.table(named: "run-\(number)")) }
      return (meta, filters, pool)
    }
    self.environment = environment
    (meta, filters, pool) = tables
    self.isReadOnly = isReadOnly
  }

  func damaged(_ call: LMDBError.Call = .get) -> LMDBError {
    LMDBError(call: call, cause: .damaged, folder: environment.folder)
  }
}

extension IndexStore {
  /// Reads manifest and filters; makes them when the index is new or not readable.
  func load(newHashKey: IndexHashKey) throws(LMDBError) -> Contents {
    do throws(LMDBError) {
      var contents = try read()
      try loadFilters(of: &contents)
      return contents
    } catch  where error.cause == .notFound || error.cause == .damaged {
      // A hash key that is there stays: readers in other processes go on using it.
      let kept = try environment.read { reader throws(LMDBError) in try storedHashKey(in: reader) }
      let hashKey = kept ?? newHashKey
      return try makeAnew(hashKey: hashKey, after: hashKey.word0 >> 2)
    }
  }

  private func storedHashKey(
    in reader: borrowing ReadTransaction
  ) throws(LMDBError) -> IndexHashKey? {
    try reader.withValue(forKey: Self.hashKeyKey.span, in: meta) { value throws(LMDBError) in
      guard let value, value.count == 16 else { return nil }
      return IndexHashKey(value.bigEndian(at: 0), value.bigEndian(at: 8))
    }
  }

  /// Reads the manifest.
  ///
  /// - Throws: cause `notFound` when there is none, `damaged` when it is of another format.
  func read() throws(LMDBError) -> Contents {
    try environment.read { reader throws(LMDBError) in
      guard let hashKey = try storedHashKey(in: reader) else {
        throw LMDBError(call: .get, cause: .notFound, folder: environment.folder)
      }
      return Contents(hashKey: hashKey, runs: try runs(in: reader))
    }
  }

  /// The runs of the snapshot `reader`.
  func runs<Reader: Transaction & ~Copyable>(
    in reader: borrowing Reader
  ) throws(LMDBError) -> IndexRuns {
    try reader.withValue(forKey: Self.manifestKey.span, in: meta) { value throws(LMDBError) in
      guard let value else { throw LMDBError(call: .get, cause: .notFound) }
      guard let runs = IndexRuns(parsing: value, tableCount: Self.tableCount) else {
        throw damaged()
      }
      return runs
    }
  }

  /// The version of the runs of the snapshot `reader`.
  func version<Reader: Transaction & ~Copyable>(
    in reader: borrowing Reader
  ) throws(LMDBError) -> UInt64 {
    try reader.withValue(forKey: Self.manifestKey.span, in: meta) { value throws(LMDBError) in
      guard let value, let version = IndexRuns.version(in: value) else { throw damaged() }
      return version
    }
  }

  /// Empties everything; the versions go on, so that no reader takes the new runs for old ones.
  func makeAnew(hashKey: IndexHashKey, after version: UInt64) throws(LMDBError) -> Contents {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: hashKey.word0)
    bytes.append(bigEndian: hashKey.word1)
    var runs = IndexRuns()
    runs.version = version + 1
    try environment.write { writer throws(LMDBError) in
      for table in pool { try writer.empty(table) }
      try writer.empty(filters)
      try writer.put(bytes.span, forKey: Self.hashKeyKey.span, in: meta)
      try writer.put(runs.encoded.span, forKey: Self.manifestKey.span, in: meta)
    }
    return Contents(hashKey: hashKey, runs: runs)
  }

  /// A table of the pool that no run has; `nil` when all are in use.
  func freeTable(beside runs: IndexRuns, _ taken: Int?) -> Int? {
    var used = runs.list.map(\.table)
    if let taken { used.append(taken) }
    return pool.indices.first { !used.contains($0) }
  }
}

/// Filters lie in values that fill 16 pages each: key = the run's serial, the piece's number.
extension IndexStore {
  private static let pieceBlockCount = (16 * 4096 - 16) / 8

  private static func filterKey(_ serial: UInt64, _ piece: Int) -> [UInt8] {
    var key: [UInt8] = []
    key.append(bigEndian: serial)
    key.append(bigEndian: UInt32(piece))
    return key
  }

  func put(
    _ filter: IndexFilter, of serial: UInt64, in writer: inout WriteTransaction
  ) throws(LMDBError) {
    var piece = 0
    var first = 0
    while first < filter.blocks.count {
      let last = min(first + Self.pieceBlockCount, filter.blocks.count)
      var bytes: [UInt8] = []
      bytes.reserveCapacity((last - first) * 8)
      for block in filter.blocks[first..<last] { bytes.append(bigEndian: block) }
      try writer.put(bytes.span, forKey: Self.filterKey(serial, piece).span, in: filters)
      piece += 1
      first = last
    }
  }

  func deleteFilter(of run: IndexRun, in writer: inout WriteTransaction) throws(LMDBError) {
    let pieceCount = (run.filterBlockCount + Self.pieceBlockCount - 1) / Self.pieceBlockCount
    for piece in 0..<pieceCount {
      try writer.delete(Self.filterKey(run.serial, piece).span, from: filters)
    }
  }

  private func loadFilters(of contents: inout Contents) throws(LMDBError) {
    var runs = contents.runs
    try environment.read { reader throws(LMDBError) in
      for index in runs.list.indices where runs.list[index].filterBlockCount > 0 {
        runs.list[index].filter = try filter(of: runs.list[index], in: reader)
      }
    }
    contents = Contents(hashKey: contents.hashKey, runs: runs)
  }

  func filter<Reader: Transaction & ~Copyable>(
    of run: IndexRun, in reader: borrowing Reader
  ) throws(LMDBError) -> IndexFilter {
    var blocks: [UInt64] = []
    blocks.reserveCapacity(run.filterBlockCount)
    var piece = 0
    while blocks.count < run.filterBlockCount {
      try reader.withValue(forKey: Self.filterKey(run.serial, piece).span, in: filters) {
        value throws(LMDBError) in
        guard let value, !value.isEmpty, value.count % 8 == 0 else { throw damaged() }
        var offset = 0
        while offset < value.count {
          blocks.append(value.bigEndian(at: offset))
          offset += 8
        }
      }
      piece += 1
    }
    guard blocks.count == run.filterBlockCount else { throw damaged() }
    return IndexFilter(blocks: blocks)
  }
}
