internal import EventModel
internal import Foundation
internal import LMDB
internal import Synchronization
internal import Transparency

/// The index beside the log: opened, brought up to date, and made again where it is missing.
extension LogCore {
  /// How often an index that this process is just letting go is tried again, a millisecond apart.
  private static let attemptLimit = 2000

  /// Opens the index for writing and inserts the events it lacks.
  func openIndexForWriting(_ options: EventIndex.Options) throws(LMDBError) -> EventIndex {
    closeIndex()
    readingIndex.withLock { $0 = nil }
    let folder = paths.index
    let index = try whenReleased { () throws(LMDBError) in
      try EventIndex(writing: folder, options: options)
    }
    try insertMissing(into: index)
    setIndex(index)
    return index
  }

  /// Opens by `open`, again and again while this process is letting go of the same folder.
  func whenReleased(
    _ open: () throws(LMDBError) -> EventIndex
  ) throws(LMDBError) -> EventIndex {
    for attempt in 1... {
      do throws(LMDBError) {
        return try open()
      } catch  where error.cause == .alreadyOpen && attempt < Self.attemptLimit {
        Thread.sleep(forTimeInterval: 0.001)
      } catch { throw error }
    }
    preconditionFailure("the attempts are bounded")
  }

  /// Inserts the events behind `indexedThrough`; all of them when the index is another log's.
  private func insertMissing(into index: EventIndex) throws(LMDBError) {
    if try !isOurs(index) { try index.reset() }
    try insert(into: index, upTo: readSize(), waits: true)
  }

  /// Whether the index is of this log, by the leaf hash it was flushed with.
  func isOurs(_ index: EventIndex) throws(LMDBError) -> Bool {
    let end = index.indexedThrough
    guard end > 0 else { return true }
    let tables = store.tables
    return try store.environment.read { reader throws(LMDBError) in
      guard end <= (try reader.count(of: tables.level0)) else { return false }
      return try reader.hashes(.leaves, end - 1..<end, tables)[0] == index.witness
    }
  }

  /// How many events are inserted before the index may flush.
  private static let insertStride: UInt64 = 4096

  /// Inserts the events below `size` that the index lacks; `waits` when it flushes, so that it
  /// may have to be waited for.
  func insert(into index: EventIndex, upTo size: UInt64, waits: Bool) throws(LMDBError) {
    let tables = store.tables
    while index.stagedSize < size {
      if waits { try index.waitForRoom() }
      let start = index.stagedSize
      let end = min(start + Self.insertStride, size)
      let witness = try store.environment.read { reader throws(LMDBError) in
        var before = try reader.command(before: start, tables)
        var expected = start
        try reader.scan(tables.records, from: start) { position, record throws(LMDBError) in
          guard position < end else { return .stop }
          // A record is missing.
          guard position == expected else { throw .damagedLog }
          expected += 1
          let layout = try record.layout()
          let command = layout.leaf.correlation(in: record.extracting(layout.leafRange))
          index.insert(
            index.hashKey.keys(of: layout, record, isFirstOfCommand: command != before),
            at: Position(position))
          before = command
          return .proceed
        }
        guard expected == end else { throw .damagedLog }
        return try reader.hashes(.leaves, end - 1..<end, tables)[0]
      }
      index.publish(size: end, witness: witness)
    }
  }
}

extension Span<UInt8> {
  /// Where the parts of the record lie that these bytes are.
  func layout() throws(LMDBError) -> RecordLayout {
    do throws(LeafError) {
      return try RecordLayout(parsing: self)
    } catch { throw .damagedLog }
  }

  /// The same for a record of the log, whose texts were checked when it was written.
  func storedLayout() throws(LMDBError) -> RecordLayout {
    do throws(LeafError) {
      return try RecordLayout(locating: self)
    } catch { throw .damagedLog }
  }
}

extension Transaction where Self: ~Copyable {
  /// The command of the event before `position`; `nil` when there is none that can be read.
  borrowing func command(
    before position: UInt64, _ tables: LogTables
  ) throws(LMDBError) -> CommandID? {
    guard position > 0 else { return nil }
    return try withValue(forKey: position - 1, in: tables.records) { record throws(LMDBError) in
      guard let record else { return nil }
      do throws(LeafError) {
        let layout = try RecordLayout(parsing: record)
        return layout.leaf.correlation(in: record.extracting(layout.leafRange))
      } catch { return nil }
    }
  }
}
