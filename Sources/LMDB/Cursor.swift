internal import CLMDB

/// What a visitor wants next.
package enum Continuation: Sendable { case proceed, stop }

/// Which way a scan goes.
package enum ScanDirection: Hashable, Sendable { case forwards, backwards }

/// A place in a bytewise table, lent for the time of a closure.
///
/// Each move says whether it found an entry; ``withEntry(_:)`` shows it.
package struct Cursor: ~Copyable {
  private var raw: RawCursor

  fileprivate init<Parent: Transaction & ~Copyable>(
    over table: Table, in transaction: borrowing Parent
  ) throws(LMDBError) {
    raw = try RawCursor(over: table.handle, in: transaction)
  }

  package mutating func first() throws(LMDBError) -> Bool { try raw.move(MDB_FIRST) }
  package mutating func last() throws(LMDBError) -> Bool { try raw.move(MDB_LAST) }
  package mutating func next() throws(LMDBError) -> Bool { try raw.move(MDB_NEXT) }
  package mutating func previous() throws(LMDBError) -> Bool { try raw.move(MDB_PREV) }

  /// Moves to `key` (1...511 bytes), or to the first one behind it.
  package mutating func seek(atOrAfter key: Span<UInt8>) throws(LMDBError) -> Bool {
    try seek(key, MDB_SET_RANGE)
  }

  /// Moves to `key` (1...511 bytes).
  package mutating func seek(exactly key: Span<UInt8>) throws(LMDBError) -> Bool {
    try seek(key, MDB_SET_KEY)
  }

  /// Moves to `key` (1...511 bytes), or to the last one before it.
  package mutating func seek(atOrBefore key: Span<UInt8>) throws(LMDBError) -> Bool {
    guard try seek(key, MDB_SET_RANGE) else { return try last() }
    return try withEntry({ found, _ in found.isEqual(to: key) }) ? true : previous()
  }

  private mutating func seek(
    _ key: Span<UInt8>, _ operation: MDB_cursor_op
  ) throws(LMDBError) -> Bool {
    let outcome = unsafe key.withMDBValue { sought in
      Result { () throws(LMDBError) in try unsafe raw.seek(sought, operation) }
    }
    return try outcome.get()
  }

  /// Shows key and value of the entry the cursor stands on; traps when there is none.
  package borrowing func withEntry<Result: ~Copyable, Failure: Error>(
    _ body: (_ key: Span<UInt8>, _ value: Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    raw.requireEntry()
    return unsafe try body(raw.key.buffer.span, raw.data.buffer.span)
  }

  fileprivate mutating func scan<Failure: LMDBFailure>(
    from start: Span<UInt8>?, _ direction: ScanDirection,
    _ visit: (Span<UInt8>, Span<UInt8>) throws(Failure) -> Continuation
  ) throws(Failure) {
    do throws(LMDBError) {
      guard try begin(at: start, direction) else { return }
    } catch { throw Failure(error) }
    while try withEntry(visit) == .proceed {
      do throws(LMDBError) {
        guard try direction == .forwards ? next() : previous() else { return }
      } catch { throw Failure(error) }
    }
  }

  private mutating func begin(
    at start: Span<UInt8>?, _ direction: ScanDirection
  ) throws(LMDBError) -> Bool {
    switch (direction, start) {
    case (.forwards, nil): try first()
    case (.backwards, nil): try last()
    case (.forwards, let start?): try seek(atOrAfter: start)
    case (.backwards, let start?): try seek(atOrBefore: start)
    }
  }
}

extension Transaction where Self: ~Copyable {
  /// Lends `body` a cursor over `table`.
  package borrowing func withCursor<Result: ~Copyable, Failure: LMDBFailure>(
    over table: Table, _ body: (inout Cursor) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var cursor: Cursor
    do throws(LMDBError) {
      cursor = try Cursor(over: table, in: self)
    } catch {
      throw Failure(error)
    }
    return try body(&cursor)
  }

  /// Visits the entries of `table` in key order, or against it.
  ///
  /// - Parameters:
  ///   - table: any table of this transaction's environment.
  ///   - start: 1...511 bytes; the first entry visited has this key, or the next one in the
  ///     scan's direction. `nil` starts at the table's end that the scan leaves.
  ///   - direction: in the order of the keys, or against it.
  ///   - visit: gets a key's and its value's bytes, and says whether to go on.
  /// - Throws: what `visit` throws, and an ``LMDBError`` as a `Failure`.
  /// - Complexity: O(log n) to seek, then O(1) an entry, without copying.
  ///
  /// Source: lmdb.h 0.9.24, `mdb_cursor_get` with `MDB_SET_RANGE` and `MDB_NEXT`.
  package borrowing func scan<Failure: LMDBFailure>(
    _ table: Table, from start: Span<UInt8>? = nil, _ direction: ScanDirection = .forwards,
    _ visit: (_ key: Span<UInt8>, _ value: Span<UInt8>) throws(Failure) -> Continuation
  ) throws(Failure) {
    var cursor: Cursor
    do throws(LMDBError) {
      cursor = try Cursor(over: table, in: self)
    } catch {
      throw Failure(error)
    }
    try cursor.scan(from: start, direction, visit)
  }
}

extension Span<UInt8> {
  func isEqual(to other: Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    for index in indices where self[index] != other[index] { return false }
    return true
  }
}
