internal import Dispatch
package import EventModel
package import LMDB
internal import Synchronization

/// The derived indexes of a log: from a stream, category, type, tag, actor, event id, command or
/// subject to the positions of its events.
///
/// New entries stand in memory (the tail) and are flushed as one sorted table per run by a
/// thread of the index's own; runs are merged there. Everything can be made again from the log.
///
/// One thread writes (`waitForRoom`, `insert`, `rollBack`, `publish`, `reset`, `refresh`); any
/// thread reads, at any moment, and sees every published event.
package final class EventIndex: Sendable {
  package struct Options: Sendable {
    /// The secret for a new index: random bytes; an index that exists keeps its own.
    package var newHashKey: IndexHashKey
    package var mapSizeBytes = 1 << 40
    /// The most events in memory, in two generations of which one is being flushed.
    package var tailEventLimit = 128 << 10
    /// The most bytes in memory, likewise.
    package var tailByteLimit = 64 << 20
    /// How many runs of a level are merged at least; at most twice as many.
    package var mergeFanIn = 4
    /// Chunks that one step of a merge writes: bounds how long a flush waits for it.
    package var mergeStepChunkLimit = 128 << 10
    /// Told of every step of flushes and merges, on the index's thread: for tests of faults.
    package var observe: (@Sendable (IndexStep) -> Void)?

    package init(newHashKey: IndexHashKey) { self.newHashKey = newHashKey }
  }

  /// Hashes the names that events are found by.
  package let hashKey: IndexHashKey
  let options: Options
  let store: IndexStore
  let tail: Mutex<IndexTail>
  /// The merge under way; only the index's thread looks at it.
  let merge = Mutex<RunMerge?>(nil)
  let thread = DispatchQueue(label: "deed.index", qos: .utility)
  /// Signalled after each flush that somebody waits for.
  let room = DispatchSemaphore(value: 0)

  /// Opens the index in `folder` as its one writer, making it if absent.
  ///
  /// An index of another format, or whose files are damaged, is emptied: `indexedThrough` is 0
  /// then, and the log inserts everything again.
  package init(writing folder: String, options: Options) throws(LMDBError) {
    store = try .writing(folder, options: options)
    let contents = try store.load(newHashKey: options.newHashKey)
    try store.sweep(beside: contents.runs)
    hashKey = contents.hashKey
    self.options = options
    tail = Mutex(IndexTail(runs: contents.runs, limits: options.generationLimits))
  }

  /// Opens the index in `folder` for reading beside a writer in another process.
  ///
  /// - Throws: cause `noFile` or `notFound` when there is no index (yet).
  package init(reading folder: String, options: Options) throws(LMDBError) {
    store = try IndexStore(folder, options, isReadOnly: true)
    let contents = try store.read()
    hashKey = contents.hashKey
    self.options = options
    tail = Mutex(IndexTail(runs: contents.runs, limits: options.generationLimits))
  }
}

/// What the index's thread does, step by step.
package enum IndexStep: Hashable, Sendable, CaseIterable {
  case flushWritten, flushCommitted
  case mergeStepWritten, mergeStepCommitted
  case mergeWritten, mergeCommitted
}

extension EventIndex {
  /// How many events stand in the runs on disk; the log inserts those behind when it opens.
  package var indexedThrough: UInt64 { tail.withLock { $0.runs.end } }

  /// What ``publish(size:witness:)`` was given at ``indexedThrough``; zeros at 0.
  ///
  /// The log compares it with its own leaf hash there: when they differ, or the log is shorter,
  /// the index is another log's and must be ``reset()``.
  package var witness: Digest { tail.withLock { $0.runs.witness } }

  /// How many events are published: readers see those.
  package var size: UInt64 { tail.withLock { $0.published } }

  /// How many events are inserted, published or not: the position the next one gets.
  package var stagedSize: UInt64 { tail.withLock { $0.active.end } }
}
