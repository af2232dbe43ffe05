internal import GRDB
internal import GRDBSQLite
internal import Glibc

/// A prepared statement whose parameters and columns are passed without intermediate values.
///
/// GRDB's own arguments cost about 1.5 µs a row more (measured: 2.8 µs against 1.1 µs), which is
/// what a rebuild spends its time on; so this file binds and steps GRDB's statement itself.
///
/// Why it is safe: the handle is that of a `Statement` which both this value and GRDB's cache of
/// the database keep alive; a value lives only inside GRDB's access to its database
/// (``DatabaseQueue/inDatabase(_:)``), which is serial; text is copied by SQLite
/// (`SQLITE_TRANSIENT`), and by us when it is read, before the next step.
@safe struct RowStatement {
  private let statement: Statement
  /// Read once: asking the statement for each field costs as much as binding it.
  @unsafe private let handle: OpaquePointer

  init(_ sql: String, in database: Database) throws(StorageError) {
    do { statement = try database.cachedStatement(sql: sql) } catch { throw StorageError(error) }
    unsafe handle = statement.sqliteStatement
    reset()
  }

  func bind(_ value: Int64, at index: Int32) {
    unsafe Self.check(sqlite3_bind_int64(handle, index, value))
  }

  func bind(_ value: String, at index: Int32) {
    var text = value
    let code = text.withUTF8 { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
        unsafe sqlite3_bind_text(
          handle, index, characters.baseAddress, Int32(characters.count), Self.transient)
      }
    }
    Self.check(code)
    // Without a first byte there is no address, which SQLite takes for null.
    if value.isEmpty { unsafe Self.check(sqlite3_bind_text(handle, index, "", 0, Self.transient)) }
  }

  func bindNull(at index: Int32) {
    unsafe Self.check(sqlite3_bind_null(handle, index))
  }

  /// Runs the statement to its end; for one that gives no rows.
  func run() throws(StorageError) {
    _ = try step()
    reset()
  }

  /// Moves to the next row; `false` behind the last one.
  func step() throws(StorageError) -> Bool {
    let code = unsafe sqlite3_step(handle)
    switch code {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default:
      let message = unsafe String(cString: sqlite3_errmsg(sqlite3_db_handle(handle)))
      reset()
      throw StorageError(code: code, message: message)
    }
  }

  func reset() { unsafe sqlite3_reset(handle) }

  func integer(at column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

  func text(at column: Int32) -> String {
    guard let bytes = unsafe sqlite3_column_text(handle, column) else { return "" }
    let count = Int(unsafe sqlite3_column_bytes(handle, column))
    return unsafe String(
      decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  func isNull(at column: Int32) -> Bool {
    unsafe sqlite3_column_type(handle, column) == SQLITE_NULL
  }

  /// Binding fails only for an index the statement does not have, and without memory.
  private static func check(_ code: CInt) {
    precondition(code == SQLITE_OK, "the row has more fields than its statement")
  }

  /// SQLite copies the text before the call returns.
  private static var transient: sqlite3_destructor_type {
    unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
  }
}

/// Why SQLite did not do what was asked.
package struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// SQLite's extended result code.
  package let code: Int32
  package let message: String

  init(code: Int32, message: String) {
    self.code = code
    self.message = message
  }

  init(_ error: any Error) {
    switch error {
    case let error as StorageError: self = error
    case let error as DatabaseError:
      self.init(
        code: error.extendedResultCode.rawValue, message: error.message ?? error.description)
    default: self.init(code: SQLITE_ERROR, message: "\(error)")
    }
  }

  package var description: String { "\(message) (SQLite \(code))" }
}

/// Puts the file or link `path` in place of `other`, in one step.
func replaceFile(_ other: String, with path: String) throws(StorageError) {
  // Safe: both texts live through the call, which reads them.
  guard unsafe rename(path, other) == 0 else {
    throw StorageError(code: errno, message: "cannot rename \(path) to \(other)")
  }
}
