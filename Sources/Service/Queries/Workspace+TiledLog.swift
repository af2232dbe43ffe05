internal import EventLog
internal import EventModel
internal import LMDB
internal import Transparency

/// The log as C2SP's tools read it over a wire: notes, proofs and tiles, byte for byte.
///
/// Nothing is vouched for but trees whose checkpoint was published. All of it is for administrators
/// and auditors.
extension Workspace {
  /// The newest published checkpoint as its signed note; where there is none yet, the first is made.
  package func publishedNote() throws(ServiceError) -> String {
    try requireOperator("log checkpoint")
    return try newestPublished().note
  }

  /// The file of C2SP tlog-proof: that the event at `index` is in the log.
  ///
  /// `size` is of a published checkpoint; when `nil`, that of the newest one, which is made anew when
  /// it doesn't cover the event.
  ///
  /// - Throws: ``ServiceError`` `LOG.UNKNOWN_SIZE`.
  package func inclusionProofText(
    of index: UInt64, under size: UInt64? = nil
  ) throws(ServiceError) -> String {
    try requireOperator("log proof")
    let published: PublishedCheckpoint
    if let size {
      do throws(CheckpointError) { published = try log.checkpoint(size: size) } catch {
        throw ServiceError(error)
      }
    } else {
      published = try newestPublished(covering: index)
    }
    let covered = published.checkpoint.size
    guard index < covered else {
      throw ServiceError(
        .refused, code: "LOG.UNKNOWN_SIZE",
        "The checkpoint of \(covered) events doesn't cover the event at \(index): name a lower "
          + "index, or a larger published size.")
    }
    do throws(CheckpointError) {
      return try log.inclusionProof(of: Position(index), size: covered).text
    } catch { throw ServiceError(error) }
  }

  /// The hashes of RFC 6962 2.1.2, a line each: the log of `old` events is a beginning of that of
  /// `new` events.
  ///
  /// - Throws: ``ServiceError`` `LOG.UNKNOWN_SIZE` unless both were published; 0 always was.
  package func consistencyProofLines(
    from old: UInt64, to new: UInt64
  ) throws(ServiceError) -> String {
    try requireOperator("log proof")
    guard old <= new else {
      throw ServiceError(
        .usage, code: "VALIDATION.RANGE",
        "The old size \(old) is above the new one \(new): exchange them.")
    }
    do throws(CheckpointError) {
      return try log.consistencyProof(from: old, to: new).text
    } catch { throw ServiceError(error) }
  }

  /// The tile at a path such as `tile/0/000` or `tile/entries/x001/067.p/12`, as C2SP tlog-tiles
  /// writes it; `nil` for what is no tile's path, and for one that the published tree doesn't have.
  ///
  /// Entries say who did what when, so whoever reads them leaves a trace.
  package func tile(at path: String) throws(ServiceError) -> [UInt8]? {
    try requireOperator("log tiles")
    guard let tile = Tile(path: path) else { return nil }
    guard tile.isWithin(try newestPublished().checkpoint.size) else { return nil }
    if tile.content == .entries, kind == .crm { try gate().record(.question("log \(path)")) }
    do throws(TileError) { return try log.bytes(of: tile) } catch {
      switch error {
      case .checkpoint(let error): throw ServiceError(error)
      case .otherLog, .file, .storage:
        throw ServiceError(.failed, code: "LOG.STORAGE", error.description)
      }
    }
  }

  /// The newest published checkpoint; one is made where there is none, or where it doesn't cover
  /// `index` and the log has that event.
  private func newestPublished(
    covering index: UInt64? = nil
  ) throws(ServiceError) -> PublishedCheckpoint {
    do throws(CheckpointError) {
      let newest = try log.newestCheckpoint()
      let size = newest?.checkpoint.size ?? 0
      let isNewer = index.map { $0 >= size && $0 < log.size } ?? false
      if let newest, !isNewer { return newest }
      if isWriter { _ = try log.publishCheckpointAndWait() }
      guard let made = try log.newestCheckpoint() else { throw .unknownSize(log.size) }
      return made
    } catch { throw ServiceError(error) }
  }
}
