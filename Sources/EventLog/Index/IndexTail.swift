internal import EventModel
internal import LMDB

/// What is in memory of an index: the entries not flushed yet, and which runs there are.
struct IndexTail {
  /// When a generation is full, and how big its table is at first.
  struct Limits: Sendable {
    let eventCount: Int
    let byteCount: Int
    let slotCount: Int
  }

  /// What the writer finds when it asks for room.
  enum Room {
    case free
    /// A flush is under way.
    case busy
    /// The last flush failed, and was not tried again.
    case retry
    case failed(LMDBError)
  }

  let limits: Limits
  /// The runs on disk, as of the last commit.
  var runs: IndexRuns
  /// Full generations that are waiting for their flush, oldest first; immutable.
  private(set) var sealed: [IndexGeneration] = []
  /// The witness of each sealed generation's last event.
  private(set) var sealedWitnesses: [Digest] = []
  /// Takes new entries.
  var active: IndexGeneration
  private(set) var published: UInt64
  private var witness: Digest
  private var spare: IndexGeneration?
  /// Why the last flush failed, until one succeeds or is tried again.
  private(set) var failure: LMDBError?
  private var isWaiting = false
  private(set) var waitCount = 0
  private(set) var flushCount = 0
  var mergeCount = 0
  var mergeStepCount = 0

  init(runs: IndexRuns, limits: Limits) {
    self.limits = limits
    self.runs = runs
    active = IndexGeneration(start: runs.end, slotCount: limits.slotCount)
    published = runs.end
    witness = runs.witness
  }

  /// The first position in memory; those before it are in the runs.
  var start: UInt64 { sealed.first?.start ?? active.start }
  var isFull: Bool {
    active.eventCount >= limits.eventCount || active.byteCount >= limits.byteCount
  }

  mutating func takeRoom(retrying: Bool) -> Room {
    guard isFull, !sealed.isEmpty else { return .free }
    if let failure {
      guard retrying else { return .failed(failure) }
      self.failure = nil
      isWaiting = true
      return .retry
    }
    isWaiting = true
    waitCount += 1
    return .busy
  }

  /// Publishes all entries; says whether a generation was sealed.
  mutating func publish(witness: Digest, keepsSealed: Bool) -> Bool {
    published = active.end
    self.witness = witness
    return isFull && (sealed.isEmpty || keepsSealed) ? seal() : false
  }

  /// Closes the active generation, all of it published, and begins the next one.
  mutating func seal() -> Bool {
    guard active.eventCount > 0, active.end == published else { return false }
    sealed.append(active)
    sealedWitnesses.append(witness)
    if var next = spare {
      spare = nil
      next.restart(at: published)
      active = next
    } else {
      active = IndexGeneration(start: published, slotCount: limits.slotCount)
    }
    return true
  }

  /// The oldest sealed generation is in `runs` now; says whether the writer waits for that.
  mutating func flushed(into runs: IndexRuns) -> Bool {
    self.runs = runs
    flushCount += 1
    spare = sealed.removeFirst()
    sealedWitnesses.removeFirst()
    failure = nil
    return wakes()
  }

  /// A flush failed: its entries stay; says whether the writer waits for it.
  mutating func failed(_ error: LMDBError) -> Bool {
    failure = error
    return wakes()
  }

  mutating func forgetFailure() { failure = nil }

  /// What the next flush writes.
  var oldestSealed: (IndexGeneration, Digest, IndexRuns)? {
    guard let generation = sealed.first, let witness = sealedWitnesses.first else { return nil }
    return (generation, witness, runs)
  }

  private mutating func wakes() -> Bool {
    defer { isWaiting = false }
    return isWaiting
  }

  /// Lets go of what `runs`, committed by another process, cover; begins anew at their end when
  /// the entries do not reach it, or lie beyond it with a hole.
  mutating func drop(coveredBy runs: IndexRuns) {
    self.runs = runs
    while let oldest = sealed.first, oldest.end <= runs.end {
      sealed.removeFirst()
      sealedWitnesses.removeFirst()
    }
    if start > runs.end || active.end <= runs.end { begin(after: runs) }
  }

  /// Forgets all entries; the next event is the first behind `runs`.
  mutating func begin(after runs: IndexRuns) {
    self.runs = runs
    sealed = []
    sealedWitnesses = []
    failure = nil
    active.restart(at: runs.end)
    published = runs.end
    witness = runs.witness
  }

  var eventCount: Int { Int(active.end - start) }
  var entryCount: Int { sealed.reduce(active.entries.count) { $0 + $1.entries.count } }
  var byteCount: Int { sealed.reduce(active.byteCount) { $0 + $1.byteCount } }
}

extension EventIndex.Options {
  /// Half of the tail's limits, and slots for eight keys an event at two thirds full.
  var generationLimits: IndexTail.Limits {
    let events = max(1, tailEventLimit / 2)
    var slots = 16
    while slots < events * 12, slots < 1 << 20 { slots *= 2 }
    return IndexTail.Limits(
      eventCount: events, byteCount: max(1, tailByteLimit / 2), slotCount: slots)
  }
}
