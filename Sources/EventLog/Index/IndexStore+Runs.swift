internal import EventModel
internal import LMDB

/// Reading one run's table.
extension IndexStore {
  /// The last position of `word` in `lower ..< upper` of the run.
  func lastPosition<Reader: Transaction & ~Copyable>(
    of word: UInt64, _ run: IndexRun, _ lower: UInt64, _ upper: UInt64,
    in reader: borrowing Reader
  ) throws(LMDBError) -> UInt64? {
    guard upper > run.start else { return nil }
    return try reader.withCursor(over: pool[run.table]) { cursor throws(LMDBError) in
      guard try cursor.seek(atOrBefore: RunKey(word, upper - 1).bytes.span) else { return nil }
      var last: UInt64?
      let isWhole = try cursor.withEntry { key, value throws(LMDBError) in
        try visit(key, value, of: word) { if $0 < upper { last = $0 } }
      }
      guard isWhole, let last, last >= lower else { return nil }
      return last
    }
  }

  /// Adds to `found` the positions of `word` in `lower ..< upper` of the run, in order, until
  /// it has `limit`; says where to go on, or `nil` at the end.
  func collectForwards<Reader: Transaction & ~Copyable>(
    _ word: UInt64, _ run: IndexRun, _ lower: UInt64, _ upper: UInt64, limit: Int,
    into found: inout [UInt64], in reader: borrowing Reader
  ) throws(LMDBError) -> UInt64? {
    try reader.withCursor(over: pool[run.table]) { cursor throws(LMDBError) in
      var hasEntry = try cursor.seek(firstChunkOf: word, from: lower, in: run)
      while hasEntry {
        var next: UInt64 = 0
        let isWord = try cursor.withEntry { key, value throws(LMDBError) in
          try visit(key, value, of: word) {
            if $0 >= lower, $0 < upper { found.append($0) }
            next = $0 + 1
          }
        }
        guard isWord, next < upper else { return nil }
        if found.count >= limit { return next }
        hasEntry = try cursor.next()
      }
      return nil
    }
  }

  /// Adds to `found` the positions of `word` in `lower ..< upper` of the run, against the order,
  /// until it has `limit`; gives the new upper bound to go on with, or `nil` at the end.
  func collectBackwards<Reader: Transaction & ~Copyable>(
    _ word: UInt64, _ run: IndexRun, _ lower: UInt64, _ upper: UInt64, limit: Int,
    into found: inout [UInt64], in reader: borrowing Reader
  ) throws(LMDBError) -> UInt64? {
    guard upper > run.start else { return nil }
    return try reader.withCursor(over: pool[run.table]) { cursor throws(LMDBError) in
      var chunk: [UInt64] = []
      var hasEntry = try cursor.seek(atOrBefore: RunKey(word, upper - 1).bytes.span)
      while hasEntry {
        chunk.removeAll(keepingCapacity: true)
        let isWord = try cursor.withEntry { key, value throws(LMDBError) in
          try visit(key, value, of: word) { chunk.append($0) }
        }
        guard isWord, let first = chunk.first else { return nil }
        for position in chunk.reversed() where position >= lower && position < upper {
          found.append(position)
        }
        guard first > lower else { return nil }
        if found.count >= limit { return first }
        hasEntry = try cursor.previous()
      }
      return nil
    }
  }

  /// Visits the positions of the chunk at `key`; `false` when it is another word's.
  private func visit(
    _ key: Span<UInt8>, _ value: Span<UInt8>, of word: UInt64, _ body: (UInt64) -> Void
  ) throws(LMDBError) -> Bool {
    guard key.count == RunKey.byteCount else { throw damaged() }
    guard key.bigEndian(at: 0) == word else { return false }
    guard value.visitPositions(from: key.bigEndian(at: 8), body) else { throw damaged() }
    return true
  }
}

extension Cursor {
  /// Moves to the first chunk of `word` that may have positions from `lower` on, or to a chunk
  /// of another word; says whether there is one.
  fileprivate mutating func seek(
    firstChunkOf word: UInt64, from lower: UInt64, in run: IndexRun
  ) throws(LMDBError) -> Bool {
    guard lower > run.start else {
      return try seek(atOrAfter: RunKey(word, run.start).bytes.span)
    }
    guard try seek(atOrBefore: RunKey(word, lower).bytes.span) else { return try first() }
    return withEntry({ key, _ in key.bigEndian(at: 0) == word }) ? true : try next()
  }
}
