internal import Dispatch
internal import EventModel
internal import LMDB
internal import Synchronization
internal import Transparency

/// One verification of a log as it stood when it began.
final class LogVerification: Sendable {
  let core: LogCore
  let options: VerificationOptions
  let size: UInt64
  private let state = Mutex(State())

  struct State {
    var report = VerificationReport()
    var typeCounts: [String: UInt64] = [:]
    var destroyed: [(key: [UInt8], position: UInt64)] = []
    /// By chunk: its first and last times, and its subtrees of 256 leaves.
    var times: [UInt64: (first: Timestamp, last: Timestamp)] = [:]
    var level8: [UInt64: [Digest]] = [:]
    var doneCount: UInt64 = 0
    /// What the records say the index must have.
    var indexSums: IndexSums?
    /// What the index has, summed while the records were read; `nil` where that did not work out.
    var storedSums: [StoredIndexSum]?
    var failure: LMDBError?
  }

  init(_ core: LogCore, _ options: VerificationOptions) throws(LMDBError) {
    self.core = core
    self.options = options
    size = try core.readSize()
  }

  func run() throws(LMDBError) -> VerificationReport {
    let index = try core.currentIndex()
    let plan = try plan(index)
    try checkRecords(plan, index)
    try checkFurtherStreams(plan)
    let tree = try checkTree()
    try checkCheckpoints(tree)
    try checkCounts()
    try checkIndex(index)
    try checkGuards()
    return state.withLock { state in
      state.report.eventCount = size
      return state.report
    }
  }

  private func plan(_ index: EventIndex?) throws(LMDBError) -> VerificationPlan {
    let tables = core.store.tables
    let totals = try core.store.environment.read { reader throws(LMDBError) in
      try LogTotals(in: reader, tables)
    }
    let bounds = index.map { IndexSums(bounds: $0.comparisonBounds(upTo: size)) }
    change { $0.indexSums = bounds }
    return VerificationPlan(
      redactions: try RedactedSection.all(in: core, below: size),
      hashKey: index?.hashKey ?? .random(), indexBounds: bounds,
      // A total that is wrong costs memory or time; it is compared later.
      streamPartCount: min(totals.streamCount, size) / StreamJoin.streamLimit + 1)
  }

  func add(_ finding: VerificationFinding) { state.withLock { $0.report.add(finding) } }

  func change<Result>(_ body: (inout State) -> sending Result) -> Result {
    state.withLock { state in body(&state) }
  }

  func tell(_ stage: VerificationProgress.Stage, _ done: UInt64, of total: UInt64) {
    options.progress?(VerificationProgress(stage: stage, doneCount: done, totalCount: total))
  }

  /// Runs `body` on the threads there may be, until it says that nothing is left.
  private func onThreads(_ body: @Sendable () throws(LMDBError) -> Bool) throws(LMDBError) {
    DispatchQueue.concurrentPerform(iterations: max(1, options.threadCount)) { _ in
      do throws(LMDBError) {
        while try body(), state.withLock({ $0.failure }) == nil {}
      } catch {
        state.withLock { $0.failure = error }
      }
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }
}

/// Records.
extension LogVerification {
  /// Checks the records, and sums the index's own entries meanwhile, on one of the threads.
  private func checkRecords(
    _ plan: VerificationPlan, _ index: EventIndex?
  ) throws(LMDBError) {
    let streams = Mutex(StreamJoin())
    let isSummed = Atomic<Bool>(false)
    try onChunks { range, number throws(LMDBError) in
      if let index, !isSummed.exchange(true, ordering: .relaxed) { sum(index) }
      var chunk = ChunkCheck(range, plan)
      try core.store.environment.read { reader throws(LMDBError) in
        try chunk.run(in: reader, core.store.tables)
      }
      streams.withLock { $0.take(chunk.streams.links, number) }
      take(chunk, number)
    }
    report(streams.withLock { $0.findings })
    checkTimesBetweenChunks()
  }

  private func sum(_ index: EventIndex) {
    let sums: [StoredIndexSum]?
    do throws(LMDBError) { sums = try index.storedSums() } catch {
      // The comparison meets the same damage again, and says where it is.
      sums = nil
    }
    change { $0.storedSums = sums }
  }

  private var chunkCount: UInt64 { (size + ChunkCheck.size - 1) / ChunkCheck.size }

  /// Calls `body` with each chunk of positions and its number, on the threads there may be.
  private func onChunks(
    _ body: @Sendable (Range<UInt64>, UInt64) throws(LMDBError) -> Void
  ) throws(LMDBError) {
    let next = Atomic<UInt64>(0)
    try onThreads { () throws(LMDBError) in
      let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard number < chunkCount else { return false }
      let start = number * ChunkCheck.size
      try body(start..<min(start + ChunkCheck.size, size), number)
      return true
    }
  }

  private func report(_ findings: [VerificationFinding]) {
    change { state in
      for finding in findings { state.report.add(finding) }
    }
  }

  private func take(_ chunk: ChunkCheck, _ number: UInt64) {
    change { state in
      for finding in chunk.findings { state.report.add(finding) }
      for finding in chunk.streams.findings { state.report.add(finding) }
      for (place, sum) in chunk.sums { state.indexSums?.add(sum, at: place) }
      state.report.recordBytes += chunk.recordBytes
      state.report.streamCount += chunk.streamCount
      for type in chunk.types.entries {
        state.typeCounts[String(decoding: type.name, as: UTF8.self), default: 0] += type.count
      }
      state.destroyed += chunk.destroyed
      state.times[number] = chunk.times
      state.level8[number] = chunk.level8
      state.doneCount += UInt64(chunk.range.count)
      tell(.records, state.doneCount, of: size)
    }
  }

  private func checkTimesBetweenChunks() {
    let chunkCount = chunkCount
    change { state in
      var last: Timestamp?
      for number in 0..<chunkCount {
        guard let times = state.times[number] else { continue }
        let position = number * ChunkCheck.size
        if let last, times.first < last {
          state.report.add(
            VerificationFinding(
              .time, at: position,
              "the event at position \(position) is older than the one before"))
        }
        last = times.last
      }
      state.times = [:]
    }
  }
}

/// Streams and tree.
extension LogVerification {
  /// Follows the streams of the parts that were not followed with the records: there are some
  /// only in a log of more streams than fit into memory at once.
  private func checkFurtherStreams(_ plan: VerificationPlan) throws(LMDBError) {
    for part in 1..<max(1, plan.streamPartCount) {
      let streams = Mutex(StreamJoin())
      try onChunks { range, number throws(LMDBError) in
        var chunk = ChunkStreams(part: part, of: plan.streamPartCount)
        try core.store.environment.read { reader throws(LMDBError) in
          try chunk.run(range, hashKey: plan.hashKey, in: reader, core.store.tables)
        }
        streams.withLock { $0.take(chunk.links, number) }
        report(chunk.findings)
      }
      report(streams.withLock { $0.findings })
      tell(.streams, part + 1, of: plan.streamPartCount)
    }
  }

  /// Compares the upper levels with what the records make of them.
  private func checkTree() throws(LMDBError) -> VerifiedTree {
    let tree = change { state in
      let tree = VerifiedTree(
        size: size, level8: state.level8.sorted { $0.key < $1.key }.flatMap(\.value))
      state.level8 = [:]
      return tree
    }
    let tables = core.store.tables
    try core.store.environment.read { reader throws(LMDBError) in
      for level in [StoredLevel.level16, .level24] {
        let hashes = tree.hashes(of: level)
        let stored = try reader.storedHashes(level, 0..<UInt64(hashes.count), tables)
        for (index, hash) in stored.enumerated() where hash != hashes[index] {
          add(
            VerificationFinding(
              .treeNode, at: UInt64(index) << UInt64(level.rawValue),
              "the hash of level \(level.rawValue) at index \(index) is wrong or missing"))
        }
      }
      // Records may have been added since; then the levels have grown with them.
      let now = try reader.count(of: tables.records)
      for level in StoredLevel.allCases {
        let count = try reader.count(of: tables.level(level))
        if count != level.count(in: now) {
          add(
            VerificationFinding(
              .treeNode, at: min(count << UInt64(level.rawValue), now),
              "level \(level.rawValue) has \(count) hashes, not \(level.count(in: now))"))
        }
      }
    }
    return tree
  }
}
