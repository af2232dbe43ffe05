internal import EventModel
internal import LMDB
internal import Transparency

/// The requests of one group commit: each is checked alone, against the log and those before it
/// in the group, and staged only when it passed, so that a refused one harms no other.
struct GroupStaging {
  private(set) var lookup: LogLookup
  private(set) var edge: MerkleEdge
  private(set) var heads: [HashedName: StreamHead] = [:]
  private let index: EventIndex
  private var ledger: GuardLedger
  /// Where the streams written last stand on the disk; handed back when the group ends.
  private(set) var cached: StreamHeads
  private var destroyed: Set<KeyID> = []
  /// Whether the log ended with `LogClosed`, also one of this group.
  private(set) var hasEnded: Bool

  init(
    core: LogCore, index: EventIndex, edge: MerkleEdge, heads: StreamHeads, totals: LogTotals,
    recordedAt: Timestamp, hasEnded: Bool
  ) {
    let block = CommitBlock(
      first: Position(edge.size), recordedAt: recordedAt, totals: totals)
    lookup = LogLookup(
      tables: core.store.tables, index: index, indexedSize: edge.size, size: edge.size,
      block: block)
    self.index = index
    ledger = GuardLedger(over: core.store.tables.guards)
    self.edge = edge
    cached = heads
    self.hasEnded = hasEnded
  }

  /// What the group writes.
  var block: CommitBlock {
    guard var block = lookup.block else { preconditionFailure("a group has a block") }
    block.guards = ledger.accepted
    return block
  }

  /// Checks a request and stages its events; a repeat stages nothing.
  mutating func stage(
    _ prepared: PreparedRequest, in reader: borrowing ReadTransaction
  ) throws(StageError) -> AppendResult {
    let request = prepared.request
    if let repeated = try repeatedResult(of: prepared, in: reader) { return repeated }
    guard !hasEnded else {
      throw .refused(.closed("it ends with LogClosed; go on in the log that this event names"))
    }
    try checkEventIDs(of: prepared, in: reader)
    for condition in request.conditions { try check(condition, in: reader) }
    try checkSubjects(of: prepared, in: reader)
    var heads: [StreamHead?] = []
    heads.reserveCapacity(prepared.streams.count)
    for stream in prepared.streams { heads.append(try head(of: stream, in: reader)) }
    try ledger.apply(request.guards, in: reader)
    if request.events.contains(where: { $0.type == .logClosed }) { hasEnded = true }
    return add(prepared, behind: heads)
  }
}

/// Idempotency.
extension GroupStaging {
  private func repeatedResult(
    of prepared: PreparedRequest, in reader: borrowing ReadTransaction
  ) throws(StageError) -> AppendResult? {
    guard index.mayContain(anyOf: CollectionOfOne(prepared.commandKey)) else { return nil }
    let request = prepared.request
    let found: CommandOutcome
    let isSame: Bool
    do throws(LMDBError) {
      guard
        let outcome = try lookup.outcome(of: request.command, in: reader)
      else { return nil }
      found = outcome
      if let digest = outcome.bodyDigest {
        isSame = digest == request.bodyDigest
      } else if outcome.count == request.events.count {
        isSame = try lookup.holds(request, at: outcome.first, in: reader)
      } else {
        isSame = false
      }
    } catch { throw .storage(error) }
    guard isSame else {
      throw .refused(.commandReused(request.command, first: found.first))
    }
    return found.repeated
  }

  private func checkEventIDs(
    of prepared: PreparedRequest, in reader: borrowing ReadTransaction
  ) throws(StageError) {
    guard index.mayContain(anyOf: prepared.events.lazy.map(\.key)) else { return }
    for event in prepared.request.events {
      let found: Position?
      do throws(LMDBError) {
        found = try lookup.position(of: event.eventID, in: reader)
      } catch { throw .storage(error) }
      if let found { throw .refused(.eventIDReused(event.eventID, at: found)) }
    }
  }
}

/// Conditions and subjects.
extension GroupStaging {
  private mutating func check(
    _ condition: AppendCondition, in reader: borrowing ReadTransaction
  ) throws(StageError) {
    switch condition {
    case .stream(let stream, let expected):
      let name = HashedName(stream.text, index.hashKey.key(.stream, stream.text))
      let actual = try head(of: name, in: reader)?.revision
      guard expected.isMet(by: actual) else {
        throw .refused(.conflict(stream: stream, expected: expected, actual: actual))
      }
    case .noMatch(let query, let after):
      let from = after.map(\.next.rawValue) ?? 0
      if let match = try firstMatch(of: query, from: from, in: reader) {
        throw .refused(.matched(at: match))
      }
    }
  }

  private func firstMatch(
    of query: EventQuery, from start: UInt64, in reader: borrowing ReadTransaction
  ) throws(StageError) -> Position? {
    guard index.mayMatch(query, from: start, includesStaged: true).mayMatch else { return nil }
    let matcher = QueryMatcher(query)
    if matcher.matchesAll { return Position(start) }
    do throws(LMDBError) {
      var candidates = index.candidates(
        index.hashKey.query(query), .forwards, from: start, below: edge.size,
        includesStaged: true)
      while let candidate = try candidates.next() {
        let matches = try lookup.withRecord(at: candidate, in: reader) {
          layout, record throws(LMDBError) in
          matcher.matches(layout, record)
        }
        if matches { return candidate }
      }
      return nil
    } catch { throw .storage(error) }
  }

  private func checkSubjects(
    of prepared: PreparedRequest, in reader: borrowing ReadTransaction
  ) throws(StageError) {
    for key in prepared.sealedKeys where try isDestroyed(key, in: reader) {
      throw .refused(.subjectDestroyed(key))
    }
  }

  private func isDestroyed(
    _ key: KeyID, in reader: borrowing ReadTransaction
  ) throws(StageError) -> Bool {
    if destroyed.contains(key) { return true }
    do throws(LMDBError) {
      return try reader.bytes(key.bytes, in: lookup.tables.destroyed) != nil
    } catch { throw .storage(error) }
  }
}

/// Staging what passed.
extension GroupStaging {
  private mutating func head(
    of stream: HashedName, in reader: borrowing ReadTransaction
  ) throws(StageError) -> StreamHead? {
    if let head = heads[stream] ?? cached.head(of: stream) { return head }
    guard index.mayContain(anyOf: CollectionOfOne(IndexKey(word: stream.word))) else { return nil }
    do throws(LMDBError) {
      return try lookup.head(of: Array(stream.text.utf8), in: reader)
    } catch { throw .storage(error) }
  }

  /// Nothing can fail here: whatever is refused was refused before.
  private mutating func add(
    _ prepared: PreparedRequest, behind before: [StreamHead?]
  ) -> AppendResult {
    guard var block = lookup.block.take() else { preconditionFailure("a group has a block") }
    let first = Position(edge.size)
    let recordedAt = block.recordedAt
    var heads = before
    block.append(prepared, to: &edge) { index in
      let head = heads[prepared.events[index].stream]
      return RecordPlace(
        position: Position(first.rawValue + UInt64(index)), recordedAt: recordedAt,
        revision: head.map(\.revision.next) ?? Revision(0), previous: head?.leafHash ?? .zero,
        correlation: prepared.request.command)
    } hashed: { index, hash in
      let stream = prepared.events[index].stream
      let revision = heads[stream].map(\.revision.next) ?? Revision(0)
      heads[stream] = StreamHead(revision: revision, leafHash: hash)
    }
    for (index, stream) in prepared.streams.enumerated() {
      if before[index] == nil { block.totals.streamCount += 1 }
      self.heads[stream] = heads[index]
    }
    for (type, count) in prepared.types { block.typeCounts[type, default: 0] += count }
    for (key, event) in prepared.destroyedKeys {
      destroyed.insert(key)
      block.destroyedKeys.append((key, Position(first.rawValue + UInt64(event))))
    }
    index.insert(prepared.keys, at: first)
    let result = AppendResult(
      first: first, count: prepared.events.count, recordedAt: recordedAt, isRepeat: false)
    lookup.block = block
    lookup.indexedSize = edge.size
    lookup.size = edge.size
    return result
  }

  /// Remembers where the streams stand, now that they stand there on the disk.
  mutating func keepHeads() {
    for (stream, head) in heads { cached.set(head, of: stream) }
  }
}

extension ExpectedRevision {
  fileprivate func isMet(by actual: Revision?) -> Bool {
    switch self {
    case .any: true
    case .none: actual == nil
    case .exists: actual != nil
    case .exactly(let revision): actual == revision
    }
  }
}
