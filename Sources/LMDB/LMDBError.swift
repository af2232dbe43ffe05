internal import CLMDB

/// A failed LMDB call: which call, and the code it returned.
///
/// Source: lmdb.h 0.9.24, "Return Codes"; codes above zero are `errno` values.
package struct LMDBError: Error, Hashable, Sendable {
  /// The C function that failed, without its `mdb_` prefix.
  package enum Call: String, Hashable, Sendable {
    case envCreate, envSetMapSize, envSetMaxTables, envOpen
    case txnBegin, txnCommit, dbiOpen, get, put, cursorOpen, cursorGet
  }

  package let call: Call
  /// The returned code: negative for LMDB's own, positive for `errno`.
  package let code: CInt

  /// Throws unless `code` is `MDB_SUCCESS`.
  static func check(_ code: CInt, _ call: Call) throws(LMDBError) {
    guard code == MDB_SUCCESS else { throw LMDBError(call: call, code: code) }
  }
}

extension LMDBError {
  package var isMapFull: Bool { code == MDB_MAP_FULL }
  package var isKeyExists: Bool { code == MDB_KEYEXIST }
  package var isNotFound: Bool { code == MDB_NOTFOUND }
}

extension LMDBError: CustomStringConvertible {
  package var description: String {
    unsafe "mdb_\(call.rawValue): \(String(cString: mdb_strerror(code))) (\(code))"
  }
}

/// An error a transaction scope may throw: it can stand for an ``LMDBError``.
///
/// It lets `read` and `write` rethrow the caller's own error type instead of
/// wrapping two error types in a third.
package protocol LMDBFailure: Error {
  init(_ error: LMDBError)
}

extension LMDBError: LMDBFailure {
  package init(_ error: LMDBError) { self = error }
}
