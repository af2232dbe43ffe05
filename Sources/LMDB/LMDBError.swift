internal import CLMDB
internal import Glibc

/// A failed call of the store: which one, why, and on which folder where that is known.
///
/// Source: lmdb.h 0.9.24, "Return Codes"; codes above zero are `errno` values.
package struct LMDBError: Error, Hashable, Sendable {
  /// The C function that failed, without its `mdb_` prefix.
  package enum Call: String, Hashable, Sendable {
    case envCreate, envSetMapSize, envSetMaxTables, envSetMaxReaders, envOpen
    case envCopy, envSync, readerCheck, makeFolder
    case txnBegin, txnCommit, dbiOpen, get, put, del, drop, stat, cursorOpen, cursorGet, cursorPut
  }

  /// Why a call failed: what a caller can do about it differs by case.
  package enum Cause: Hashable, Sendable {
    /// The data file reached its map size; readers go on, and so do writers in a greater map.
    case mapFull
    /// The disk or the quota has no room; writing works again when there is some.
    case diskFull
    /// Every reader slot is taken by a live reader.
    case readersFull
    /// As many tables are open as the environment was opened for.
    case tablesFull
    /// The key is there already, or is not greater than the last when appending.
    case keyExists
    case notFound
    /// A key has 1 to 511 bytes.
    case badKeySize
    /// This process has the folder open.
    case alreadyOpen
    /// The table was made with another kind of keys.
    case otherKindOfTable
    case notAnEnvironment
    case damaged
    /// The data file is shorter than it says.
    case cutOff
    case noFile
    case forbidden
    /// Another code of LMDB's (negative) or of the system's (positive).
    case other(code: CInt)
  }

  package let call: Call
  package let cause: Cause
  package let folder: String?

  package init(call: Call, cause: Cause, folder: String? = nil) {
    self.call = call
    self.cause = cause
    self.folder = folder
  }

  init(call: Call, code: CInt, folder: String? = nil) {
    self.init(call: call, cause: Cause(code: code), folder: folder)
  }

  /// Throws unless `code` is `MDB_SUCCESS`.
  static func check(_ code: CInt, _ call: Call, folder: String? = nil) throws(LMDBError) {
    guard code == MDB_SUCCESS else { throw LMDBError(call: call, code: code, folder: folder) }
  }
}

extension LMDBError.Cause {
  init(code: CInt) {
    switch code {
    case MDB_MAP_FULL: self = .mapFull
    case ENOSPC, EDQUOT: self = .diskFull
    case MDB_READERS_FULL: self = .readersFull
    case MDB_DBS_FULL: self = .tablesFull
    case MDB_KEYEXIST: self = .keyExists
    case MDB_NOTFOUND: self = .notFound
    case MDB_BAD_VALSIZE: self = .badKeySize
    case MDB_INCOMPATIBLE: self = .otherKindOfTable
    case MDB_INVALID, MDB_VERSION_MISMATCH: self = .notAnEnvironment
    case MDB_CORRUPTED, MDB_PAGE_NOTFOUND: self = .damaged
    case ENOENT, ENOTDIR: self = .noFile
    case EACCES, EPERM, EROFS: self = .forbidden
    default: self = .other(code: code)
    }
  }
}

extension LMDBError {
  package var isMapFull: Bool { cause == .mapFull }
  package var isDiskFull: Bool { cause == .diskFull }
  package var isReadersFull: Bool { cause == .readersFull }
  package var isKeyExists: Bool { cause == .keyExists }
  package var isNotFound: Bool { cause == .notFound }
}

extension LMDBError: CustomStringConvertible {
  /// One sentence: the call, the cause and the remedy.
  package var description: String {
    let place = folder.map { " on “\($0)”" } ?? ""
    return "\(call.rawValue)\(place) failed: \(cause)"
  }
}

extension LMDBError.Cause: CustomStringConvertible {
  package var description: String {
    switch self {
    case .mapFull: "the map is full; open the environment with a greater map size"
    case .diskFull: "the disk is full; free some space and try again"
    case .readersFull:
      "all reader slots are taken by processes that live; end readers that are not needed"
    case .tablesFull: "too many tables are open; open the environment with a greater table limit"
    case .keyExists: "the key is there already, or is not behind the last one when appending"
    case .notFound: "there is no such entry or table; check its name"
    case .badKeySize: "a key must have 1 to 511 bytes"
    case .alreadyOpen: "this process has the folder open already; share that environment"
    case .otherKindOfTable: "the table has keys of another kind; open it as what it was made"
    case .notAnEnvironment:
      "the data file is no LMDB environment; restore it or give another folder"
    case .damaged: "the data file is damaged; restore it from a backup"
    case .cutOff:
      "the data file was cut off, it is shorter than it says; restore it from a whole backup"
    case .noFile: "the folder or its data file does not exist; check the path"
    case .forbidden: "the file system does not permit it; check owner and mode of the folder"
    case .other(let code): unsafe "\(String(cString: mdb_strerror(code))) (code \(code))"
    }
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
