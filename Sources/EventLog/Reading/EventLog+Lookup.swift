package import EventModel
package import LMDB

/// What a caller asks before it appends: single answers from the log's tables and indexes, from
/// memory's tail as well, so that everything acknowledged is seen.
extension EventLog {
  /// What `command` did, and the digest of its body then; `nil` when it was not carried out.
  ///
  /// The result's `isRepeat` is true.
  package func outcome(
    of command: CommandID
  ) throws(LMDBError) -> (result: AppendResult, bodyDigest: Digest)? {
    try look { lookup, reader throws(LMDBError) in
      guard let outcome = try lookup.outcome(of: command, in: reader) else { return nil }
      return (outcome.repeated, outcome.bodyDigest ?? .zero)
    }
  }

  /// Where the event `id` stands; `nil` when the log has none.
  package func position(of id: EventID) throws(LMDBError) -> Position? {
    try look { lookup, reader throws(LMDBError) in try lookup.position(of: id, in: reader) }
  }

  /// The last revision of `stream`; `nil` when it has no event.
  package func revision(of stream: StreamName) throws(LMDBError) -> Revision? {
    try look { lookup, reader throws(LMDBError) in
      try lookup.head(of: Array(stream.text.utf8), in: reader)?.revision
    }
  }

  /// What stands at `key`: a claim's value alone, a set's members in their order, nothing; for a
  /// counter its value in `count`.
  package func standing(
    at key: GuardKey
  ) throws(LMDBError) -> (members: [[UInt8]], count: Int64) {
    try read { reader, core throws(LMDBError) in
      try GuardLedger(over: core.store.tables.guards).standing(at: key, in: reader)
    }
  }

  /// Whether the key of a data subject was destroyed, and where the event stands that says so.
  package func destruction(of key: KeyID) throws(LMDBError) -> Position? {
    try read { reader, core throws(LMDBError) in
      guard let value = try reader.bytes(key.bytes, in: core.store.tables.destroyed) else {
        return nil
      }
      guard value.count == 8 else { throw .damagedLog }
      return Position(value.span.bigEndian(at: 0))
    }
  }

  /// How many events the log has, when none at `size` or behind it matches `query`; `nil` when one
  /// may, or when another process writes and nobody can say without looking.
  ///
  /// - Complexity: one look at memory, whatever the log's size.
  package func sizeWithoutNews(
    of query: EventQuery, since size: UInt64
  ) throws(LMDBError) -> UInt64? {
    let core = try open().core
    guard core.hasWriter, let index = core.index else { return nil }
    let (mayMatch, seen) = index.mayMatch(query, from: size)
    return mayMatch || seen < size ? nil : seen
  }

  private func look<Result>(
    _ body: (LogLookup, borrowing ReadTransaction) throws(LMDBError) -> Result
  ) throws(LMDBError) -> Result {
    let lease = try open()
    return try withExtendedLifetime(lease) { () throws(LMDBError) in
      let core = lease.core
      let index = try core.currentIndex()
      let indexedSize = index?.size ?? 0
      return try core.store.environment.read { reader throws(LMDBError) in
        let size = try reader.count(of: core.store.tables.records)
        let lookup = LogLookup(
          tables: core.store.tables, index: index, indexedSize: min(indexedSize, size),
          size: size)
        return try body(lookup, reader)
      }
    }
  }
}
