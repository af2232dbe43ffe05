internal import EventModel
internal import Glibc
internal import LMDB
internal import Synchronization
internal import Transparency

/// The environment `log/` of one log, open.
final class LogStore: Sendable {
  let environment: Environment
  let tables: LogTables
  private let freePages = Mutex(FreePages())

  /// Opens the environment in `folder`; makes it unless `isReadOnly`.
  ///
  /// A map size of 0 takes the one that stands in the file.
  init(folder: String, mapSizeBytes: Int, isReadOnly: Bool) throws(LMDBError) {
    let environment = try Environment(
      folder: folder,
      options: Environment.Options(
        mapSizeBytes: mapSizeBytes, tableLimit: LogTables.limit, isReadOnly: isReadOnly,
        isSynced: true))
    tables = try environment.openTables { opener throws(LMDBError) in try LogTables(&opener) }
    self.environment = environment
  }

  /// Writes `block` durably behind the log's end, or nothing of it: the one place where the log
  /// grows.
  func commit(_ block: CommitBlock) throws(LMDBError) {
    let tables = tables
    do throws(LMDBError) {
      let before = try environment.statistics()
      let added = freePages.withLock { $0.wanted(forCommitOf: block.bytes.count, in: before) }
      try environment.write { writer throws(LMDBError) in
        try block.write(into: &writer, tables)
        if added > 0 { try writer.addFreePages(added) }
      }
    } catch {
      throw isForRoom(error, for: block)
        ? LMDBError(call: error.call, cause: .diskFull, folder: environment.folder) : error
    }
  }

  /// Whether a commit failed since the disk is full: LMDB calls a write that is cut short an
  /// input/output error (mdb.c 0.9.24, "short write, filesystem full?").
  private func isForRoom(_ error: LMDBError, for block: CommitBlock) -> Bool {
    guard error.call == .txnCommit, error.cause == .other(code: EIO) else { return false }
    do throws(FileError) {
      return try DurableFile.freeBytes(at: environment.folder)
        < UInt64(block.bytes.count) + Self.pagesOfCommit
    } catch {
      return false
    }
  }

  /// What a commit writes beside its records, generously.
  private static let pagesOfCommit: UInt64 = 1 << 20
}

extension CommitBlock {
  fileprivate func write(
    into writer: inout WriteTransaction, _ tables: LogTables
  ) throws(LMDBError) {
    let size = try writer.count(of: tables.records)
    precondition(size == first.rawValue, "a block for position \(first) at size \(size)")
    var digest: [UInt8] = []
    digest.reserveCapacity(Digest.byteCount)
    for index in 0..<count {
      let key = first.rawValue + UInt64(index)
      let range = range(of: Position(key))
      try writer.append(bytes.span.extracting(range), forKey: key, to: tables.records)
      digest.removeAll(keepingCapacity: true)
      digest.append(leafHashes[index])
      try writer.append(digest.span, forKey: key, to: tables.level0)
    }
    for node in nodes {
      digest.removeAll(keepingCapacity: true)
      digest.append(node.hash)
      try writer.append(digest.span, forKey: node.index, to: tables.level(node.level))
    }
    try guards.write(into: &writer, tables.guards)
    for (key, position) in destroyedKeys {
      var value: [UInt8] = []
      value.append(bigEndian: position.rawValue)
      try writer.put(value.span, forKey: key.bytes.span, in: tables.destroyed)
    }
    try header?.write(into: &writer, tables)
    try writeCounts(into: &writer, tables)
  }

  private func writeCounts(
    into writer: inout WriteTransaction, _ tables: LogTables
  ) throws(LMDBError) {
    for (type, added) in typeCounts.sorted(by: { $0.key.text < $1.key.text }) {
      let key = Array(type.text.utf8)
      let before = try writer.bytes(key, in: tables.types)
      guard before == nil || before?.count == 8 else { throw .damagedLog }
      var value: [UInt8] = []
      value.append(bigEndian: (before?.span.bigEndian(at: 0, as: UInt64.self) ?? 0) + added)
      try writer.put(value.span, forKey: key.span, in: tables.types)
    }
    try totals.write(into: &writer, tables)
  }
}
