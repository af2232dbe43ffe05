package import EventModel
package import LMDB
internal import Synchronization

/// The first difference found between an index and the records.
package enum IndexDifference: Hashable, Sendable {
  /// The event at `position` has `key`, and the index doesn't know.
  case missing(IndexKey, Position)
  /// The index has `key` at `position`, and the event there hasn't.
  case surplus(IndexKey, Position)
  /// The run of the events `start ..< end` contradicts itself, or the manifest.
  case damaged(start: Position, end: Position, String)

  /// Where the difference is; the run's start for a damaged run.
  package var position: Position {
    switch self {
    case .missing(_, let position), .surplus(_, let position): position
    case .damaged(let start, _, _): start
    }
  }
}

extension IndexDifference: CustomStringConvertible {
  package var description: String {
    switch self {
    case .missing(let key, let position):
      "the index lacks the \(key.kindName) of the event at position \(position)"
    case .surplus(let key, let position):
      "the index has a \(key.kindName) at position \(position) that the event there has not"
    case .damaged(let start, let end, let text):
      "the index of positions \(start) up to \(end) is damaged: \(text)"
    }
  }
}

extension IndexKey {
  fileprivate var kindName: String { kind.map { "\($0)" } ?? "key of no kind" }
}

/// Visits the events of a range of positions in order, each with its keys.
package typealias IndexedRecords<Failure: Error> = (
  _ range: Range<UInt64>, _ visit: (_ position: Position, _ keys: [IndexKey]) -> Void
) throws(Failure) -> Void

extension EventIndex {
  /// Compares every published entry, on disk and in memory, with the records.
  ///
  /// It sums both sides of each run first, and compares them entry by entry where the sums
  /// differ; memory is bounded. One snapshot stays open meanwhile.
  ///
  /// - Parameter records: visits the events of a range of positions in order, each with its keys,
  ///   as ``insert(_:at:)`` got them; called several times, for several ranges.
  /// - Returns: the first difference, or `nil` when there is none.
  /// - Throws: what `records` throws, and an ``LMDBError`` as a `Failure`.
  package func firstDifference<Failure: LMDBFailure>(
    from records: IndexedRecords<Failure>
  ) throws(Failure) -> IndexDifference? {
    try firstDifference(summed: IndexSums(bounds: [0]), from: records)
  }

  /// Where the index is cut into parts that are compared one by one, up to `size`: the bounds for
  /// ``IndexSums``, for runs are only ever joined.
  func comparisonBounds(upTo size: UInt64) -> [UInt64] {
    let bounds = tail.withLock { tail in
      tail.runs.list.map(\.start) + tail.sealed.map(\.start) + [tail.active.start]
    }
    return [0] + bounds.filter { $0 > 0 && $0 < size } + (size > 0 ? [size] : [])
  }

  /// The sums of all published entries by successive ranges, which ``IndexSums/agree(with:upTo:)``
  /// compares; `nil` where a run is damaged.
  func storedSums() throws(LMDBError) -> [StoredIndexSum]? {
    let (generations, published) = tail.withLock { ($0.sealed + [$0.active], $0.published) }
    return try store.environment.read { reader throws(LMDBError) in
      let runs = try store.runs(in: reader)
      var sums: [StoredIndexSum] = []
      for run in runs.list {
        let entries = RunEntries(run: run, table: store.pool[run.table])
        guard case .success(let sum) = try entries.sum(in: reader, store) else { return nil }
        sums.append(StoredIndexSum(range: run.start..<run.end, sum: sum))
      }
      for generation in generations where generation.end > runs.end {
        let range = generation.start..<min(generation.end, published)
        var sum = IndexSum()
        generation.visitReachable(within: range) { sum.add($0, $1) }
        if !range.isEmpty { sums.append(StoredIndexSum(range: range, sum: sum)) }
      }
      return sums
    }
  }

  /// Compares like ``firstDifference(from:)``, where `sums` has what the records make of a range
  /// without visiting them again.
  func firstDifference<Failure: LMDBFailure>(
    summed sums: IndexSums, from records: IndexedRecords<Failure>
  ) throws(Failure) -> IndexDifference? {
    let (generations, published) = tail.withLock { ($0.sealed + [$0.active], $0.published) }
    return try store.environment.read { reader throws(Failure) in
      let runs: IndexRuns
      do throws(LMDBError) { runs = try store.runs(in: reader) } catch { throw Failure(error) }
      for run in runs.list {
        let source = RunEntries(run: run, table: store.pool[run.table])
        if let found = try difference(source, in: reader, sums, records) { return found }
      }
      for generation in generations where generation.end > runs.end {
        let range = generation.start..<min(generation.end, published)
        let found = try difference(generation, range, sums, records)
        if let found { return found }
      }
      return nil
    }
  }

  private func difference<Failure: LMDBFailure>(
    _ source: RunEntries, in reader: borrowing ReadTransaction, _ sums: IndexSums,
    _ records: IndexedRecords<Failure>
  ) throws(Failure) -> IndexDifference? {
    let run = source.run
    let stored: Result<IndexSum, RunDamage>
    do throws(LMDBError) { stored = try source.sum(in: reader, store) } catch {
      throw Failure(error)
    }
    let actual: IndexSum
    switch stored {
    case .failure(let damage):
      return .damaged(start: Position(run.start), end: Position(run.end), damage.text)
    case .success(let sum): actual = sum
    }
    let expected = try sum(run.start..<run.end, sums, records)
    guard actual != expected else { return nil }
    return try locate(run.start..<run.end, expected.count, records) { visit throws(Failure) in
      do throws(LMDBError) { try source.visitEntries(in: reader, visit) } catch {
        throw Failure(error)
      }
    }
  }

  private func difference<Failure: LMDBFailure>(
    _ generation: IndexGeneration, _ range: Range<UInt64>, _ sums: IndexSums,
    _ records: IndexedRecords<Failure>
  ) throws(Failure) -> IndexDifference? {
    guard !range.isEmpty else { return nil }
    var actual = IndexSum()
    generation.visitReachable(within: range) { actual.add($0, $1) }
    let expected = try sum(range, sums, records)
    guard actual != expected else { return nil }
    return try locate(range, expected.count, records) { visit throws(Failure) in
      generation.visitReachable(within: range, visit)
    }
  }

  /// What the records of `range` make: from `sums` where they have it.
  private func sum<Failure: Error>(
    _ range: Range<UInt64>, _ sums: IndexSums, _ records: IndexedRecords<Failure>
  ) throws(Failure) -> IndexSum {
    if let known = sums.sum(of: range) { return known }
    var sum = IndexSum()
    try records(range) { position, keys in
      keys.forEachWord { sum.add($0, position.rawValue) }
    }
    return sum
  }

  /// Finds the first difference of two sides that differ, a slice of the entries at a time.
  private func locate<Failure: Error>(
    _ range: Range<UInt64>, _ count: UInt64, _ records: IndexedRecords<Failure>,
    _ entries: ((_ word: UInt64, _ position: UInt64) -> Void) throws(Failure) -> Void
  ) throws(Failure) -> IndexDifference? {
    let sliceCount = count / (1 << 20) + 1
    var first: IndexDifference?
    for slice in 0..<sliceCount {
      var balance = IndexBalance()
      try records(range) { position, keys in
        keys.forEachWord { word in
          guard IndexSum.mix(word, position.rawValue) % sliceCount == slice else { return }
          balance.expect(word, position.rawValue)
        }
      }
      try entries { word, position in
        guard IndexSum.mix(word, position) % sliceCount == slice else { return }
        balance.find(word, position)
      }
      guard let found = balance.firstDifference() else { continue }
      if let best = first, best.position <= found.position { continue }
      first = found
    }
    return first
  }
}
