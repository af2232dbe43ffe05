package import EventModel
internal import Foundation
package import LMDB

/// Sections that should not have been plain: their bytes go, their leaf stays.
extension EventLog {
  /// Overwrites the blob of `section` with zeros of the same length; the leaf is not touched.
  ///
  /// To be called when `SectionRedacted` is durable in the log, and again at the next opening.
  /// LMDB's freed pages hold the old bytes until ``compact(_:)``.
  ///
  /// - Returns: whether there was something to overwrite.
  /// - Throws: ``LMDBError``; the record is as before then.
  package func blank(_ section: Int, of position: Position) throws(LMDBError) -> Bool {
    let lease = try open()
    return try withExtendedLifetime(lease) { () throws(LMDBError) -> Bool in
      let store = lease.core.store
      return try store.environment.write { writer throws(LMDBError) -> Bool in
        let table = store.tables.records
        let record = try writer.withValue(forKey: position.rawValue, in: table) {
          value throws(LMDBError) -> [UInt8]? in
          guard let value else { return nil }
          return value.copy()
        }
        guard var record else { return false }
        let range: Range<Int>
        do throws(LeafError) {
          let layout = try RecordLayout(parsing: record.span)
          guard section < layout.leaf.sectionCount else { return false }
          range = layout.blobRange(section, in: record.span)
        } catch { return false }
        guard record[range].contains(where: { $0 != 0 }) else { return false }
        for index in range { record[index] = 0 }
        try writer.put(record.span, forKey: position.rawValue, in: table)
        return true
      }
    }
  }

  /// Where the redaction of `section` of the event at `position` is recorded; `nil` when it is not.
  package func redaction(
    of section: Int, at position: Position
  ) throws(LMDBError) -> Position? {
    guard let type = EventType("SectionRedacted") else { return nil }
    return try events(EventSelection(.types([type]), from: position)).first { event in
      guard let content = event.plain(0)?.content else { return false }
      return RedactedSection(said: content)
        == RedactedSection(position: position.rawValue, section: section)
    }?.position
  }

  /// Puts a compacted copy in the log's place, so that no freed page holds what was blanked.
  ///
  /// - Parameters:
  ///   - folder: of a log that nobody has open, neither to write nor to read.
  ///   - prepare: is called when nobody can write any more; the log can be opened for reading in it.
  /// - Throws: ``OpenError``, `locked` and `inUse` among them; the log stands as before then.
  package static func compact(
    _ folder: String, _ prepare: () throws(OpenError) -> Void = {}
  ) throws(OpenError) {
    let paths = LogPaths(folder)
    guard DurableFile.exists(paths.data) else { throw .notFound(folder: folder) }
    let lock = try paths.takeLock()
    // Nothing is prepared while somebody reads; who begins to in between finds that out below.
    _ = try paths.takeAlone()
    try prepare()
    let alone = try paths.takeAlone()
    let copy = paths.folder + "/log.compact"
    try remove(copy)
    do throws(OpenError) { try copyCompacted(paths, to: copy) } catch {
      // So that the log, which stays, doesn't lack the room.
      try remove(copy)
      throw error
    }
    do throws(FileError) {
      try DurableFile.move(copy + "/data.mdb", over: paths.data)
      // It speaks of the file that is gone; whoever opens the log next makes another.
      try DurableFile.remove(paths.lmdbLock)
    } catch { throw .file(error) }
    try remove(copy)
    _ = consume alone
    _ = consume lock
  }

  private static func copyCompacted(_ paths: LogPaths, to copy: String) throws(OpenError) {
    do throws(LMDBError) {
      let store = try LogStore(folder: paths.log, mapSizeBytes: 0, isReadOnly: false)
      try store.environment.copy(to: copy, compacting: true)
    } catch { throw .storage(error) }
  }

  private static func remove(_ folder: String) throws(OpenError) {
    guard DurableFile.exists(folder) else { return }
    do { try FileManager.default.removeItem(atPath: folder) } catch {
      throw .invalid("“\(folder)” can't be removed (\(error.localizedDescription)): remove it")
    }
  }
}
