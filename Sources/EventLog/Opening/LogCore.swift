internal import EventModel
internal import LMDB
internal import Synchronization

/// What all openings of one log in this process share.
final class LogCore: Sendable {
  let paths: LogPaths
  let store: LogStore
  let header: LogHeader
  private let signals = Mutex<[CommitSignal]>([])
  private let isWritten = Atomic<Bool>(false)
  private let openIndex = Mutex<EventIndex?>(nil)
  /// Of a process that only reads; who holds the lock brings it up to date.
  let readingIndex = Mutex<EventIndex?>(nil)
  /// Tells others that the log is open: behind `store`, for it is given up after that is closed.
  private let presence: FolderLock

  init(opening folder: String, mapSizeBytes: Int) throws(OpenError) {
    paths = LogPaths(folder)
    guard DurableFile.exists(paths.data) else { throw .notFound(folder: folder) }
    presence = try paths.takePresence()
    do throws(LMDBError) {
      store = try LogStore(folder: paths.log, mapSizeBytes: mapSizeBytes, isReadOnly: false)
      let tables = store.tables
      let header = try store.environment.read { reader throws(LMDBError) in
        try LogHeader(in: reader, tables)
      }
      guard let header else { throw LMDBError(call: .get, cause: .notFound) }
      self.header = header
    } catch {
      throw error.isNotFound ? .notFound(folder: folder) : .storage(error)
    }
    guard header.format <= LogHeader.knownFormat else {
      throw .unknownFormat(found: header.format, known: LogHeader.knownFormat)
    }
  }

  /// Whether the log's writer is in this process, so that commits are signalled.
  var hasWriter: Bool {
    get { isWritten.load(ordering: .acquiring) }
    set { isWritten.store(newValue, ordering: .releasing) }
  }

  /// The index, where this process has it open.
  var index: EventIndex? { openIndex.withLock { $0 } }

  func setIndex(_ index: EventIndex) { openIndex.withLock { $0 = index } }

  /// Lets the index go; whoever reads in it still does so to the end.
  func closeIndex() { openIndex.withLock { $0 = nil } }

  /// How many events are durable, by the store itself.
  func readSize() throws(LMDBError) -> UInt64 {
    let tables = store.tables
    return try store.environment.read { reader throws(LMDBError) in
      try reader.count(of: tables.records)
    }
  }

  func add(_ signal: CommitSignal) { signals.withLock { $0.append(signal) } }
  func remove(_ signal: CommitSignal) { signals.withLock { $0.removeAll { $0 === signal } } }

  /// Tells all openings that the log has `size` events.
  func advance(to size: UInt64) {
    for signal in signals.withLock({ $0 }) { signal.advance(to: size) }
  }
}

extension LogCore {
  /// Visits the selected events of one snapshot.
  func scan<Failure: LMDBFailure>(
    _ selection: EventSelection,
    _ visit: (RecordLayout, Span<UInt8>) throws(Failure) -> Continuation
  ) throws(Failure) {
    let index: EventIndex?
    do throws(LMDBError) {
      index = selection.query.items.isEmpty ? nil : try currentIndex()
    } catch { throw Failure(error) }
    try LogScan(selection, of: self, index: index).run(visit)
  }
}
