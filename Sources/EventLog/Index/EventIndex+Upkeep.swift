internal import Dispatch
internal import EventModel
package import LMDB
internal import Synchronization

extension EventIndex {
  /// Flushes everything that is published and merges what is due; blocks until that is done.
  ///
  /// For a clean end, so that the next opening has nothing to catch up with. Entries that are
  /// inserted and not published keep the newest generation in memory.
  package func flush() throws(LMDBError) {
    let failure = thread.sync { () -> LMDBError? in
      tail.withLock { tail in
        tail.forgetFailure()
        _ = tail.seal()
      }
      work()
      return tail.withLock { $0.failure }
    }
    if let failure { throw failure }
  }

  /// Waits until the index's thread has nothing to do.
  ///
  /// When the last reference goes after it, the files are closed at once. What is in memory is not flushed.
  package func settle() { thread.sync {} }

  /// Lets the index's thread look for work.
  func wake() {
    thread.async { self.work() }
  }

  /// Flushes and merges until nothing is due; flushes come first, for the writer may wait.
  private func work() {
    do throws(LMDBError) {
      while true {
        if !runsAreTooMany, try flushOldest() { continue }
        guard try advanceMerge() else { return }
      }
    } catch {
      merge.withLock { $0 = nil }
      if tail.withLock({ $0.failed(error) }) { room.signal() }
    }
  }

  /// Whether a merge must end before the next run is made.
  private var runsAreTooMany: Bool {
    tail.withLock { $0.runs.list.count >= IndexStore.tableCount - 8 }
  }

  private func flushOldest() throws(LMDBError) -> Bool {
    guard let (generation, witness, runs) = tail.withLock({ $0.oldestSealed }) else { return false }
    let taken = merge.withLock { $0?.tableNumber }
    let flushed = try store.flush(generation, witness, behind: runs, taken: taken) { step in
      options.observe?(step)
    }
    if tail.withLock({ $0.flushed(into: flushed) }) { room.signal() }
    return true
  }

  /// Begins a merge or does a step of it; says whether there was one to do.
  private func advanceMerge() throws(LMDBError) -> Bool {
    let runs = tail.withLock { $0.runs }
    // Taken out and put back: in two places it would be copied at each change.
    var underway = merge.withLock { $0.take() }
    if underway == nil { underway = try beginMerge(within: runs) }
    guard var current = underway.take() else { return false }
    let merged = try store.advance(
      &current, within: runs, limit: options.mergeStepChunkLimit
    ) { step in options.observe?(step) }
    if merged == nil { merge.withLock { $0 = current } }
    tail.withLock { tail in
      tail.mergeStepCount += 1
      guard let merged else { return }
      tail.mergeCount += 1
      tail.runs = merged
    }
    return true
  }

  /// Begins to merge the oldest runs of the lowest level that has enough of them.
  private func beginMerge(within runs: IndexRuns) throws(LMDBError) -> RunMerge? {
    guard let sources = runs.dueForMerge(fanIn: options.mergeFanIn) else { return nil }
    return try store.beginMerge(sources, within: runs)
  }

  func emptyRuns() throws(LMDBError) {
    let outcome = thread.sync {
      Result { () throws(LMDBError) in
        merge.withLock { $0 = nil }
        let version = tail.withLock { $0.runs.version }
        let contents = try store.makeAnew(hashKey: hashKey, after: version)
        tail.withLock { $0.begin(after: contents.runs) }
      }
    }
    try outcome.get()
  }
}

extension IndexRuns {
  /// The oldest runs of the lowest level that has `fanIn`, twice as many at the most.
  ///
  /// Levels never rise from an older run to a newer one, so those of a level are neighbours, and
  /// the run they become keeps it so.
  func dueForMerge(fanIn: Int) -> [IndexRun]? {
    precondition((2...8).contains(fanIn), "a merge takes 2 to 8 runs at least")
    var end = list.endIndex
    while end > 0 {
      let level = list[end - 1].level
      let start = list[..<end].lastIndex { $0.level != level }.map { $0 + 1 } ?? 0
      if end - start >= fanIn { return Array(list[start..<min(end, start + 2 * fanIn)]) }
      end = start
    }
    return nil
  }
}
