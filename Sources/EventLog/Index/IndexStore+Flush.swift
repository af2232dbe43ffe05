internal import EventModel
internal import LMDB

/// Writing runs; each commit changes tables and manifest together.
extension IndexStore {
  /// Writes `generation` as one run behind `runs`, not into the table `taken` of a merge.
  ///
  /// - Returns: the runs as of the commit.
  func flush(
    _ generation: IndexGeneration, _ witness: Digest, behind runs: IndexRuns, taken: Int?,
    observe: (IndexStep) -> Void
  ) throws(LMDBError) -> IndexRuns {
    let entries = generation.sortedEntries()
    guard let number = freeTable(beside: runs, taken) else {
      preconditionFailure("no table is free: merges come before flushes")
    }
    var builder = RunBuilder(table: pool[number], filter: IndexFilter(for: entries))
    let flushed = try environment.write { writer throws(LMDBError) in
      try writer.empty(pool[number])
      for entry in entries {
        try builder.add(entry.word, generation.start + UInt64(entry.offset), in: &writer)
      }
      try builder.finish(in: &writer)
      var flushed = runs
      let run = IndexRun(
        serial: runs.nextSerial, table: number, level: 0, start: generation.start,
        end: generation.end, entryCount: builder.entryCount, orders: generation.orders,
        filter: builder.filter)
      flushed.list.append(run)
      flushed.witness = witness
      try put(run, of: &flushed, in: &writer)
      observe(.flushWritten)
      return flushed
    }
    observe(.flushCommitted)
    return flushed
  }

  /// Writes the filter of `run`, the newest of `runs`, and the manifest.
  private func put(
    _ run: IndexRun, of runs: inout IndexRuns, in writer: inout WriteTransaction
  ) throws(LMDBError) {
    runs.nextSerial += 1
    runs.version += 1
    if let filter = run.filter { try put(filter, of: run.serial, in: &writer) }
    let (key, manifest) = (Self.manifestKey, runs.encoded)
    try writer.put(manifest.span, forKey: key.span, in: meta)
  }

  /// Does the next step of `merge`.
  ///
  /// - Returns: the runs as of the commit when the merge is done; `nil` before.
  func advance(
    _ merge: inout RunMerge, within runs: IndexRuns, limit: Int, observe: (IndexStep) -> Void
  ) throws(LMDBError) -> IndexRuns? {
    let merged = try environment.write { writer throws(LMDBError) -> IndexRuns? in
      guard try merge.step(self, in: &writer, limit: limit) else {
        observe(.mergeStepWritten)
        return nil
      }
      let merged = try finish(merge, within: runs, in: &writer)
      observe(.mergeWritten)
      return merged
    }
    observe(merged == nil ? .mergeStepCommitted : .mergeCommitted)
    return merged
  }

  private func finish(
    _ merge: RunMerge, within runs: IndexRuns, in writer: inout WriteTransaction
  ) throws(LMDBError) -> IndexRuns {
    var merged = runs
    let run = merge.run(serial: runs.nextSerial)
    // What a damaged page hides must not be lost with the runs that it stood in.
    guard run.entryCount == merge.sources.reduce(0, { $0 + $1.entryCount }) else {
      throw .damagedLog
    }
    guard let first = merged.list.firstIndex(where: { $0.serial == merge.sources.first?.serial })
    else { preconditionFailure("the runs that were merged are gone") }
    merged.list.replaceSubrange(first..<first + merge.sources.count, with: [run])
    for source in merge.sources {
      try writer.empty(pool[source.table])
      try deleteFilter(of: source, in: &writer)
    }
    try put(run, of: &merged, in: &writer)
    return merged
  }

  /// Begins to merge `sources` into an empty table.
  func beginMerge(_ sources: [IndexRun], within runs: IndexRuns) throws(LMDBError) -> RunMerge? {
    guard let number = freeTable(beside: runs, nil) else { return nil }
    try environment.write { writer throws(LMDBError) in try writer.empty(pool[number]) }
    return RunMerge(of: sources, into: number, of: self)
  }

  /// Empties the tables that no run of the manifest has: leavings of merges that were cut off.
  func sweep(beside runs: IndexRuns) throws(LMDBError) {
    let used = runs.list.map(\.table)
    let free = pool.indices.filter { !used.contains($0) }
    let full = try environment.read { reader throws(LMDBError) in
      var full: [Int] = []
      for number in free where try reader.entryCount(of: pool[number]) > 0 { full.append(number) }
      return full
    }
    guard !full.isEmpty else { return }
    try environment.write { writer throws(LMDBError) in
      for number in full { try writer.empty(pool[number]) }
    }
  }
}

extension IndexFilter {
  /// An empty filter with room for the filtered keys of `entries`, which are sorted.
  fileprivate init(for entries: [IndexGeneration.Entry]) {
    var count = 0
    var last: UInt64 = 0
    for entry in entries where entry.word != last {
      last = entry.word
      if IndexKey.isFiltered(last) { count += 1 }
    }
    self.init(keyLimit: count)
  }
}

extension IndexGeneration {
  /// The entries by word, then by position.
  func sortedEntries() -> [Entry] {
    guard entries.count > 512 else {
      return entries.sorted { ($0.word, $0.offset) < ($1.word, $1.offset) }
    }
    return Self.radixSorted(entries)
  }

  /// Sorts by word, a byte at a time from the lowest, keeping the order of equal words, which is
  /// that of their positions.
  private static func radixSorted(_ entries: [Entry]) -> [Entry] {
    var source = entries
    var target = entries
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      var starts = Array(repeating: 0, count: 256)
      for entry in source { starts[Int(truncatingIfNeeded: entry.word >> shift & 0xff)] += 1 }
      if starts.contains(source.count) { continue }
      var sum = 0
      for index in starts.indices {
        let count = starts[index]
        starts[index] = sum
        sum += count
      }
      for entry in source {
        let bucket = Int(truncatingIfNeeded: entry.word >> shift & 0xff)
        target[starts[bucket]] = entry
        starts[bucket] += 1
      }
      swap(&source, &target)
    }
    return source
  }
}
