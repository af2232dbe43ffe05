internal import EventModel
internal import LMDB
internal import Synchronization

/// What all openings of one log in this process share.
final class LogCore: Sendable {
  let paths: LogPaths
  let store: LogStore
  let header: LogHeader
  private let signals = Mutex<[CommitSignal]>([])
  private let writerCount = Atomic<Int>(0)

  init(opening folder: String, mapSizeBytes: Int) throws(OpenError) {
    paths = LogPaths(folder)
    guard DurableFile.exists(paths.data) else { throw .notFound(folder: folder) }
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
    get { writerCount.load(ordering: .acquiring) > 0 }
    set { writerCount.store(newValue ? 1 : 0, ordering: .releasing) }
  }

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
