internal import CLMDB

/// A place in an integer table, lent for the time of a closure.
///
/// Each move says whether it found an entry; ``key`` and ``withValue(_:)`` show it.
package struct IntegerCursor: ~Copyable {
  private var raw: RawCursor

  fileprivate init<Parent: Transaction & ~Copyable>(
    over table: IntegerTable, in transaction: borrowing Parent
  ) throws(LMDBError) {
    raw = try RawCursor(over: table.handle, in: transaction)
  }

  package mutating func first() throws(LMDBError) -> Bool { try raw.move(MDB_FIRST) }
  package mutating func last() throws(LMDBError) -> Bool { try raw.move(MDB_LAST) }
  package mutating func next() throws(LMDBError) -> Bool { try raw.move(MDB_NEXT) }
  package mutating func previous() throws(LMDBError) -> Bool { try raw.move(MDB_PREV) }

  /// Moves to `key`, or to the first one behind it.
  package mutating func seek(atOrAfter key: UInt64) throws(LMDBError) -> Bool {
    try seek(key, MDB_SET_RANGE)
  }

  package mutating func seek(exactly key: UInt64) throws(LMDBError) -> Bool {
    try seek(key, MDB_SET_KEY)
  }

  /// Moves to `key`, or to the last one before it.
  package mutating func seek(atOrBefore key: UInt64) throws(LMDBError) -> Bool {
    guard try seek(key, MDB_SET_RANGE) else { return try last() }
    return self.key == key ? true : try previous()
  }

  private mutating func seek(
    _ key: UInt64, _ operation: MDB_cursor_op
  ) throws(LMDBError) -> Bool {
    let outcome = unsafe key.withMDBValue { sought in
      Result { () throws(LMDBError) in try unsafe raw.seek(sought, operation) }
    }
    return try outcome.get()
  }

  /// The key of the entry the cursor stands on; traps when there is none.
  package var key: UInt64 {
    raw.requireEntry()
    return unsafe raw.key.integer
  }

  /// Shows the value of the entry the cursor stands on; traps when there is none.
  package borrowing func withValue<Result: ~Copyable, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    raw.requireEntry()
    return unsafe try body(raw.data.buffer.span)
  }

  fileprivate mutating func scan<Failure: LMDBFailure>(
    from start: UInt64?, _ direction: ScanDirection,
    _ visit: (UInt64, Span<UInt8>) throws(Failure) -> Continuation
  ) throws(Failure) {
    do throws(LMDBError) {
      guard try begin(at: start, direction) else { return }
    } catch { throw Failure(error) }
    var readAhead = ScanAhead()
    while true {
      let key = unsafe raw.key.integer
      // The cursor is one entry ahead, so that the next value is on its way from memory while this
      // one is looked at. What LMDB gave stays where it is until the transaction changes something.
      let value = unsafe raw.data
      let ahead = Result { () throws(LMDBError) in
        try direction == .forwards ? next() : previous()
      }
      if raw.hasEntry {
        raw.prefetch()
        if direction == .forwards { unsafe readAhead.reach(raw.data) }
      }
      guard unsafe try visit(key, value.buffer.span) == .proceed else { return }
      do throws(LMDBError) {
        guard try ahead.get() else { return }
      } catch { throw Failure(error) }
    }
  }

  private mutating func begin(
    at start: UInt64?, _ direction: ScanDirection
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
    over table: IntegerTable, _ body: (inout IntegerCursor) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var cursor: IntegerCursor
    do throws(LMDBError) {
      cursor = try IntegerCursor(over: table, in: self)
    } catch {
      throw Failure(error)
    }
    return try body(&cursor)
  }

  /// Visits the entries of `table` in the order of their keys, or against it; otherwise like
  /// the bytewise form.
  package borrowing func scan<Failure: LMDBFailure>(
    _ table: IntegerTable, from start: UInt64? = nil, _ direction: ScanDirection = .forwards,
    _ visit: (_ key: UInt64, _ value: Span<UInt8>) throws(Failure) -> Continuation
  ) throws(Failure) {
    var cursor: IntegerCursor
    do throws(LMDBError) {
      cursor = try IntegerCursor(over: table, in: self)
    } catch {
      throw Failure(error)
    }
    try cursor.scan(from: start, direction, visit)
  }
}
