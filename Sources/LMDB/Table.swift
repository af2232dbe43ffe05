internal import CLMDB
internal import Synchronization

/// Which table of which environment.
struct TableHandle: Hashable, Sendable {
  let index: UInt32
  let environment: UInt32
}

/// A named table with keys of 1 to 511 bytes in bytewise order; LMDB calls it a database.
package struct Table: Hashable, Sendable {
  let handle: TableHandle
}

/// A named table with `UInt64` keys in numeric order (`MDB_INTEGERKEY`).
package struct IntegerTable: Hashable, Sendable {
  let handle: TableHandle
}

/// Opens tables, all at once at the start: handles opened in it stay valid until the
/// environment is closed.
@safe package struct TableOpener: ~Copyable {
  @unsafe fileprivate let handle: TransactionHandle
  fileprivate let makesTables: Bool

  /// Opens the table `name`, making it if absent, unless the environment is read-only.
  package mutating func table(named name: String) throws(LMDBError) -> Table {
    try Table(handle: unsafe handle.open(name, flags: makesTables ? UInt32(MDB_CREATE) : 0, 0))
  }

  /// Opens the integer table `name`, making it if absent, unless the environment is read-only.
  package mutating func integerTable(named name: String) throws(LMDBError) -> IntegerTable {
    let key = UInt32(MDB_INTEGERKEY)
    return try IntegerTable(
      handle: unsafe handle.open(name, flags: makesTables ? UInt32(MDB_CREATE) | key : key, key))
  }
}

extension TransactionHandle {
  fileprivate func open(
    _ name: String, flags: UInt32, _ kind: UInt32
  ) throws(LMDBError) -> TableHandle {
    var index: MDB_dbi = 0
    try unsafe LMDBError.check(mdb_dbi_open(pointer, name, flags, &index), .dbiOpen)
    var found: UInt32 = 0
    try unsafe LMDBError.check(mdb_dbi_flags(pointer, index, &found), .dbiOpen)
    guard found & UInt32(MDB_INTEGERKEY) == kind else {
      throw LMDBError(call: .dbiOpen, cause: .otherKindOfTable)
    }
    return unsafe TableHandle(index: index, environment: environment)
  }
}

extension Environment {
  /// Lets `body` open tables and keeps them open: in a write transaction that is committed, or
  /// in a snapshot when the environment is read-only.
  ///
  /// - Throws: cause `notFound` for a table that a read-only environment doesn't have,
  ///   `otherKindOfTable` for one that was made with keys of the other kind.
  package borrowing func openTables<Result, Failure: LMDBFailure>(
    _ body: (inout TableOpener) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard options.isReadOnly else {
      return try write { writer throws(Failure) in
        var opener = unsafe TableOpener(handle: writer.handle, makesTables: true)
        return try body(&opener)
      }
    }
    let isFree = !isOpeningTables.exchange(true, ordering: .acquiring)
    precondition(isFree, "two threads open tables: open them all in one call, at the start")
    defer { isOpeningTables.store(false, ordering: .releasing) }
    return try openInSnapshot(body)
  }

  private borrowing func openInSnapshot<Result, Failure: LMDBFailure>(
    _ body: (inout TableOpener) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let reader: ReadTransaction
    do throws(LMDBError) { reader = try ReadTransaction(in: self) } catch { throw Failure(error) }
    var opener = unsafe TableOpener(handle: reader.handle, makesTables: false)
    let result = try body(&opener)
    do throws(LMDBError) { try reader.keepTables() } catch { throw Failure(error) }
    return result
  }
}

extension WriteTransaction {
  /// Opens the table `name`, making it if absent; its keys order bytewise.
  package mutating func table(named name: String) throws(LMDBError) -> Table {
    try Table(handle: unsafe handle.open(name, flags: UInt32(MDB_CREATE), 0))
  }

  /// Opens the integer table `name`, making it if absent.
  package mutating func integerTable(named name: String) throws(LMDBError) -> IntegerTable {
    let key = UInt32(MDB_INTEGERKEY)
    return try IntegerTable(
      handle: unsafe handle.open(name, flags: UInt32(MDB_CREATE) | key, key))
  }
}
