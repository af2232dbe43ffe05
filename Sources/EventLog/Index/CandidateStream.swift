package import EventModel
package import LMDB
internal import Synchronization

/// Positions that may match a query, in order, read in bounded batches as they are asked for.
///
/// It holds no snapshot between calls, so one that is never finished costs nobody anything.
package struct CandidateStream {
  private let direction: ScanDirection
  private var alternatives: [AlternativeStream]
  /// Where the next candidate may be; `nil` at the end.
  private var bound: UInt64?

  init(
    _ query: IndexQuery, _ bounds: Range<UInt64>, _ direction: ScanDirection, in index: EventIndex
  ) {
    self.direction = direction
    let all = query.alternatives.isEmpty ? [IndexQuery.Alternative([])] : query.alternatives
    alternatives = all.map { AlternativeStream($0, bounds, direction, in: index) }
    bound =
      bounds.isEmpty
      ? nil : direction == .forwards ? bounds.lowerBound : bounds.upperBound - 1
  }

  /// The next candidate, or `nil` at the end.
  package mutating func next() throws(LMDBError) -> Position? {
    guard let bound else { return nil }
    var found: UInt64?
    for index in alternatives.indices {
      guard let candidate = try alternatives[index].seek(bound) else { continue }
      if let best = found, !direction.isBefore(candidate, best) { continue }
      found = candidate
    }
    self.bound = found.flatMap(direction.behind)
    return found.map { Position($0) }
  }

  /// Leaves out the candidates before `position`, seen in the stream's direction.
  package mutating func skip(to position: Position) {
    guard let bound, direction.isBefore(bound, position.rawValue) else { return }
    self.bound = position.rawValue
  }
}

extension EventIndex {
  /// The positions in `lower ..< upper` that `query` may match, in order.
  ///
  /// - Parameters:
  ///   - query: with no alternatives, every position.
  ///   - direction: in which order they come.
  ///   - lower: the first position looked at.
  ///   - upper: one more than the last; `nil` for the end of what the caller may see now.
  ///   - includesStaged: whether events count that are inserted and not published: only for the
  ///     writer.
  /// - Returns: a stream that reads on as it is asked.
  package func candidates(
    _ query: IndexQuery, _ direction: ScanDirection = .forwards, from lower: UInt64 = 0,
    below upper: UInt64? = nil, includesStaged: Bool = false
  ) -> CandidateStream {
    let end = tail.withLock { $0.end(includingStaged: includesStaged) }
    let bound = min(upper ?? end, end)
    return CandidateStream(query, min(lower, bound)..<bound, direction, in: self)
  }
}

/// What one alternative of a query may match: a position that all of its clauses have.
private struct AlternativeStream {
  private let bounds: Range<UInt64>
  private let direction: ScanDirection
  private var clauses: [ClauseStream]
  /// The last candidate, still ahead of a bound perhaps.
  private var found: UInt64?
  private var isAtEnd = false

  init(
    _ alternative: IndexQuery.Alternative, _ bounds: Range<UInt64>, _ direction: ScanDirection,
    in index: EventIndex
  ) {
    self.bounds = bounds
    self.direction = direction
    clauses = alternative.clauses.map { ClauseStream($0, bounds, direction, in: index) }
  }

  mutating func seek(_ bound: UInt64) throws(LMDBError) -> UInt64? {
    guard !isAtEnd else { return nil }
    if let found, !direction.isBefore(found, bound) { return found }
    found = try meet(bound)
    isAtEnd = found == nil
    return found
  }

  /// The first position at `bound` or behind it at which the clauses meet: each in turn jumps to
  /// where the one before stands, until all stand still.
  private mutating func meet(_ bound: UInt64) throws(LMDBError) -> UInt64? {
    guard bounds.contains(bound) else { return nil }
    var target = bound
    var agreed = 0
    var turn = 0
    while agreed < clauses.count {
      guard let position = try clauses[turn].seek(target) else { return nil }
      agreed = position == target ? agreed + 1 : 1
      target = position
      turn = (turn + 1) % clauses.count
    }
    return target
  }
}

/// What one clause may match: a position that one of its keys has.
private struct ClauseStream {
  private let direction: ScanDirection
  private var streams: [PostingStream]
  /// Where each stream stands; `nil` at its end.
  private var heads: [UInt64?] = []

  init(
    _ keys: [IndexKey], _ bounds: Range<UInt64>, _ direction: ScanDirection, in index: EventIndex
  ) {
    self.direction = direction
    streams = keys.map { PostingStream($0, bounds, direction, in: index) }
  }

  mutating func seek(_ bound: UInt64) throws(LMDBError) -> UInt64? {
    if heads.isEmpty {
      for index in streams.indices { heads.append(try streams[index].seek(bound)) }
    }
    var found: UInt64?
    for index in streams.indices {
      guard var head = heads[index] else { continue }
      if direction.isBefore(head, bound) {
        heads[index] = try streams[index].seek(bound)
        guard let moved = heads[index] else { continue }
        head = moved
      }
      if let best = found, !direction.isBefore(head, best) { continue }
      found = head
    }
    return found
  }
}
