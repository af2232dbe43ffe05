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

  /// Binds a text that stays where it is until the statement has run.
  fileprivate func bindLent(_ text: UnsafeBufferPointer<UInt8>, at index: Int32) {
    guard let address = text.baseAddress, !text.isEmpty else {
      unsafe Self.check(sqlite3_bind_text(handle, index, "", 0, Self.transient))
      return
    }
    let code = unsafe address.withMemoryRebound(to: CChar.self, capacity: text.count) {
      characters in
      unsafe sqlite3_bind_text(handle, index, characters, Int32(text.count), nil)
    }
    Self.check(code)
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

/// Writes packed rows by two statements: one for ``TableSQL/manyCount`` rows at a time, one row's
/// parameters behind the other's, and one for the last ones.
struct RowWriter {
  private let rows: PackedRows
  private let one: String
  private let many: String
  private let columns: [Column]

  init(_ rows: PackedRows, _ one: String, _ many: String, _ columns: [Column]) {
    self.rows = rows
    self.one = one
    self.many = many
    self.columns = columns
  }

  /// Writes the rows of `order`, one after the other.
  ///
  /// - Parameters:
  ///   - order: indexes of rows.
  ///   - ordinal: a number before the columns, which counts on from here; `nil` for none.
  ///   - database: where to.
  /// - Throws: the first failure; the caller's transaction is to be given up then.
  func write(
    _ order: some RandomAccessCollection<Int>, after ordinal: Int64?, in database: Database
  ) throws(StorageError) {
    var rest = order[...]
    var ordinal = ordinal
    if rest.count >= TableSQL.manyCount {
      let statement = try RowStatement(many, in: database)
      while rest.count >= TableSQL.manyCount {
        try write(rest.prefix(TableSQL.manyCount), &ordinal, statement)
        rest = rest.dropFirst(TableSQL.manyCount)
      }
    }
    guard !rest.isEmpty else { return }
    let statement = try RowStatement(one, in: database)
    for index in rest { try write(CollectionOfOne(index), &ordinal, statement) }
  }

  private func write(
    _ indexes: some Collection<Int>, _ ordinal: inout Int64?, _ statement: RowStatement
  ) throws(StorageError) {
    var outcome: Result<Void, StorageError> = .success(())
    unsafe rows.texts.withUnsafeBufferPointer { texts in
      var place: Int32 = 0
      for index in indexes {
        if let last = ordinal {
          ordinal = last + 1
          place += 1
          statement.bind(last + 1, at: place)
        }
        unsafe bind(rows.starts[index], texts, statement, &place)
      }
      outcome = Result { () throws(StorageError) in try statement.run() }
    }
    try outcome.get()
  }

  /// Binds one row's columns behind parameter `place`.
  private func bind(
    _ start: PackedRows.Start, _ texts: UnsafeBufferPointer<UInt8>, _ statement: RowStatement,
    _ place: inout Int32
  ) {
    var number = start.number
    var text = start.text
    for column in columns {
      place += 1
      if column.isOptional {
        number += 1
        guard rows.numbers[number - 1] != 0 else {
          statement.bindNull(at: place)
          continue
        }
      }
      let value = rows.numbers[number]
      number += 1
      if column.isText {
        let count = Int(value)
        unsafe statement.bindLent(
          UnsafeBufferPointer(rebasing: texts[text..<text + count]), at: place)
        text += count
      } else {
        statement.bind(value, at: place)
      }
    }
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

  /// Whether the file itself is damaged, or no database at all: looking again finds nothing else.
  var isDamage: Bool { [SQLITE_CORRUPT, SQLITE_NOTADB].contains(code & 0xff) }

  package var description: String { "\(message) (SQLite \(code))" }
}

/// Puts the file or link `path` in place of `other`, in one step.
func replaceFile(_ other: String, with path: String) throws(StorageError) {
  // Safe: both texts live through the call, which reads them.
  guard unsafe rename(path, other) == 0 else {
    throw StorageError(code: errno, message: "cannot rename \(path) to \(other)")
  }
}
