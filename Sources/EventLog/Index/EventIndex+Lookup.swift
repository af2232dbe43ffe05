package import EventModel
package import LMDB
internal import Synchronization

extension EventIndex {
  /// The last position of `key` in `lower ..< upper`, or `nil`.
  ///
  /// A candidate: the caller compares the record.
  ///
  /// - Parameters:
  ///   - key: what to look for.
  ///   - lower: runs wholly before it are not looked at.
  ///   - upper: `nil` for the end of what the caller may see.
  ///   - includesStaged: whether events count that are inserted and not published: only for the
  ///     writer.
  /// - Returns: the position, when there is one.
  /// - Throws: ``LMDBError``: cause `damaged` when a run is not readable.
  /// - Complexity: O(1) when it is in memory, or when every run's filter knows nothing of it;
  ///   else a descent a run, newest first.
  package func lastPosition(
    of key: IndexKey, from lower: UInt64 = 0, below upper: UInt64? = nil,
    includesStaged: Bool = false
  ) throws(LMDBError) -> Position? {
    let probe = tail.withLock { tail in
      tail.last(of: key.word, lower, below: upper, includesStaged: includesStaged)
    }
    switch probe {
    case .found(let position): return Position(position)
    case .absent: return nil
    case .before(let start, let runs):
      let bound = min(upper ?? start, start)
      let candidates = runs.candidates(for: key, lower, bound)
      guard !candidates.isEmpty else { return nil }
      return try lastFlushed(key, lower, bound, runs, candidates).map { Position($0) }
    }
  }

  /// Whether an event, published or not, may have one of `keys`; `false` is certain.
  ///
  /// For the writer, which mostly asks for what is not there: one look at memory for all of them.
  func mayContain(anyOf keys: some Collection<IndexKey>) -> Bool {
    tail.withLock { $0.mayContain(anyOf: keys) }
  }

  private func lastFlushed(
    _ key: IndexKey, _ lower: UInt64, _ upper: UInt64, _ runs: IndexRuns, _ candidates: [IndexRun]
  ) throws(LMDBError) -> UInt64? {
    try store.environment.read { reader throws(LMDBError) in
      let found = try current(runs, in: reader, through: upper)
      let candidates = found.map { $0.candidates(for: key, lower, upper) } ?? candidates
      for run in candidates.reversed() {
        if let position = try store.lastPosition(of: key.word, run, lower, upper, in: reader) {
          return position
        }
      }
      return nil
    }
  }

  /// The runs of the snapshot `reader` when they are not `runs` any more; they cover as much.
  ///
  /// - Throws: cause `damaged` when they don't: the index was emptied by another process.
  private func current(
    _ runs: IndexRuns, in reader: borrowing ReadTransaction, through end: UInt64
  ) throws(LMDBError) -> IndexRuns? {
    guard try store.version(in: reader) != runs.version else { return nil }
    let found = try store.runs(in: reader)
    guard found.end >= end else { throw store.damaged() }
    return found
  }
}

extension EventIndex {
  /// Adds positions of `key` in `bounds` to `found`, in the order of `direction`.
  ///
  /// One call takes what is in memory, or one snapshot of the runs: positions are only ever moved
  /// from the first to the second, so that whole ranges of positions stay right between calls.
  ///
  /// - Returns: the bounds that are left; `nil` at the end.
  func collect(
    _ key: IndexKey, _ bounds: Range<UInt64>, _ direction: ScanDirection, limit: Int,
    into found: inout [UInt64]
  ) throws(LMDBError) -> Range<UInt64>? {
    let place = tail.withLock { tail in
      tail.collect(key.word, bounds, direction, limit: limit, into: &found)
    }
    switch place {
    case .active(let rest): return rest
    case .sealed(let generation):
      let rest = generation.collect(key.word, bounds, direction, limit: limit, into: &found)
      return rest
    case .before(let start, let runs):
      let within = bounds.lowerBound..<min(bounds.upperBound, start)
      let candidates = runs.candidates(for: key, within.lowerBound, within.upperBound)
      if !candidates.isEmpty,
        let rest = try collect(key, within, direction, limit, runs, candidates, &found)
      {
        return direction == .forwards ? rest.lowerBound..<bounds.upperBound : rest
      }
      guard direction == .forwards, start < bounds.upperBound else { return nil }
      return start..<bounds.upperBound
    }
  }

  private func collect(
    _ key: IndexKey, _ bounds: Range<UInt64>, _ direction: ScanDirection, _ limit: Int,
    _ runs: IndexRuns, _ candidates: [IndexRun], _ found: inout [UInt64]
  ) throws(LMDBError) -> Range<UInt64>? {
    let (lower, upper) = (bounds.lowerBound, bounds.upperBound)
    return try store.environment.read { reader throws(LMDBError) in
      let newer = try current(runs, in: reader, through: upper)
      var candidates = newer.map { $0.candidates(for: key, lower, upper) } ?? candidates
      if direction == .backwards { candidates.reverse() }
      for run in candidates {
        switch direction {
        case .forwards:
          let next = try store.collectForwards(
            key.word, run, lower, upper, limit: limit, into: &found, in: reader)
          if let next { return next..<upper }
          if found.count >= limit { return run.end < upper ? run.end..<upper : nil }
        case .backwards:
          let next = try store.collectBackwards(
            key.word, run, lower, upper, limit: limit, into: &found, in: reader)
          if let next { return lower..<next }
          if found.count >= limit { return run.start > lower ? lower..<run.start : nil }
        }
      }
      return nil
    }
  }
}
