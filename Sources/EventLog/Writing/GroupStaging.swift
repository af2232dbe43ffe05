internal import EventModel
internal import LMDB
internal import Transparency

/// The requests of one group commit: each is checked alone, against the log and those before it
/// in the group, and staged only when it passed, so that a refused one harms no other.
struct GroupStaging {
  private(set) var lookup: LogLookup
  private(set) var edge: MerkleEdge
  private(set) var heads: [String: StreamHead] = [:]
  private let index: EventIndex
  private var ledger: GuardLedger
  /// Where the streams written last stand on the disk; handed back when the group ends.
  private(set) var cached: StreamHeads
  private var destroyed: Set<KeyID> = []

  init(
    core: LogCore, index: EventIndex, edge: MerkleEdge, heads: StreamHeads, totals: LogTotals,
    recordedAt: Timestamp
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
  }

  /// What the group writes.
  var block: CommitBlock {
    guard var block = lookup.block else { preconditionFailure("a group has a block") }
    block.guards = ledger.accepted
    return block
  }

  /// Where the next event gets its place.
  private var next: Position { Position(edge.size) }

  /// Checks `request` and stages its events; a repeat stages nothing.
  mutating func stage(
    _ request: AppendRequest, in reader: borrowing ReadTransaction
  ) throws(StageError) -> AppendResult {
    if let repeated = try repeatedResult(of: request, in: reader) { return repeated }
    try checkEventIDs(of: request, in: reader)
    for condition in request.conditions { try check(condition, in: reader) }
    try checkSubjects(of: request, in: reader)
    let heads = try headsBefore(request, in: reader)
    try ledger.apply(request.guards, in: reader)
    return add(request, behind: heads)
  }
}

/// Idempotency.
extension GroupStaging {
  private func repeatedResult(
    of request: AppendRequest, in reader: borrowing ReadTransaction
  ) throws(StageError) -> AppendResult? {
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
    of request: AppendRequest, in reader: borrowing ReadTransaction
  ) throws(StageError) {
    var seen: Set<EventID> = []
    for event in request.events {
      guard seen.insert(event.eventID).inserted else {
        throw .refused(.malformed("the event id \(event.eventID) stands twice in the request"))
      }
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
      let actual = try head(of: stream, in: reader)?.revision
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
    let matcher = QueryMatcher(query)
    guard start < next.rawValue else { return nil }
    if matcher.matchesAll { return Position(start) }
    do throws(LMDBError) {
      var candidates = index.candidates(
        index.hashKey.query(query), .forwards, from: start, below: next.rawValue,
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
    of request: AppendRequest, in reader: borrowing ReadTransaction
  ) throws(StageError) {
    var destroyedHere: Set<KeyID> = []
    for event in request.events {
      for section in event.sections where section.header.kind.isSealed {
        let key = section.header.keyID
        guard try !isDestroyed(key, in: reader), !destroyedHere.contains(key) else {
          throw .refused(.subjectDestroyed(key))
        }
      }
      if let key = try event.destroyedKey() { destroyedHere.insert(key) }
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
    of stream: StreamName, in reader: borrowing ReadTransaction
  ) throws(StageError) -> StreamHead? {
    if let head = heads[stream.text] ?? cached.head(of: stream.text) { return head }
    do throws(LMDBError) {
      return try lookup.head(of: stream, in: reader)
    } catch { throw .storage(error) }
  }

  /// Where the streams that `request` writes stand before it.
  private mutating func headsBefore(
    _ request: AppendRequest, in reader: borrowing ReadTransaction
  ) throws(StageError) -> [String: StreamHead] {
    var before: [String: StreamHead] = [:]
    var asked: Set<String> = []
    for event in request.events where asked.insert(event.stream.text).inserted {
      before[event.stream.text] = try head(of: event.stream, in: reader)
    }
    return before
  }

  /// Nothing can fail here: whatever is refused was refused before.
  private mutating func add(
    _ request: AppendRequest, behind before: [String: StreamHead]
  ) -> AppendResult {
    guard var block = lookup.block.take() else { preconditionFailure("a group has a block") }
    heads.merge(before) { known, _ in known }
    let first = next
    for event in request.events {
      let head = heads[event.stream.text]
      let place = RecordPlace(
        position: next, recordedAt: block.recordedAt,
        revision: head.map(\.revision.next) ?? Revision(0),
        previous: head?.leafHash ?? .zero, correlation: request.command)
      let hash = block.append(to: &edge) { bytes in event.encode(at: place, behind: &bytes) }
      heads[event.stream.text] = StreamHead(revision: place.revision, leafHash: hash)
      if head == nil { block.totals.streamCount += 1 }
      block.typeCounts[event.type.text, default: 0] += 1
      if case .success(let key?) = Result(catching: event.destroyedKey) {
        destroyed.insert(key)
        block.destroyedKeys.append((key, place.position))
      }
      insert(place.position, of: block, isFirst: place.position == first)
    }
    let result = AppendResult(
      first: first, count: request.events.count, recordedAt: block.recordedAt, isRepeat: false)
    lookup.block = block
    lookup.indexedSize = edge.size
    lookup.size = edge.size
    return result
  }

  /// Remembers where the streams stand, now that they stand there on the disk.
  mutating func keepHeads() {
    for (stream, head) in heads { cached.set(head, of: stream) }
  }

  private func insert(_ position: Position, of block: CommitBlock, isFirst: Bool) {
    let record = block.bytes.span.extracting(block.range(of: position))
    do throws(LeafError) {
      let layout = try RecordLayout(parsing: record)
      index.insert(
        index.hashKey.keys(of: layout, record, isFirstOfCommand: isFirst), at: position)
    } catch { preconditionFailure("a record that was just made can't be read: \(error)") }
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

extension NewEvent {
  /// The key that the event says was destroyed; `nil` for any other event.
  fileprivate func destroyedKey() throws(StageError) -> KeyID? {
    guard type == .subjectKeyDestroyed else { return nil }
    guard stream.category == "subject", let bytes = [UInt8](hex: stream.id),
      let key = KeyID(bytes), key.hex == stream.id
    else {
      throw .refused(
        .malformed("SubjectKeyDestroyed stands in subject-<key in hex>, not in \(stream)"))
    }
    return key
  }
}
