package import EventModel
package import LMDB

/// The first difference found between an index and the records.
package enum IndexDifference: Hashable, Sendable {
  /// The event at `position` has `key`, and the index doesn't know.
  case missing(IndexKey, Position)
  /// The index has `key` at `position`, and the event there hasn't.
  case surplus(IndexKey, Position)
  /// A run contradicts itself or the manifest.
  case damaged(String)
}

extension EventIndex {
  /// Compares every published entry, on disk and in memory, with the records.
  ///
  /// - Parameter records: visits the events of a range of positions in order, each with its keys,
  ///   as ``insert(_:at:)`` got them; called several times, for several ranges.
  /// - Returns: the first difference, or `nil` when there is none.
  package func firstDifference<Failure: LMDBFailure>(
    from records: (
      _ range: Range<UInt64>, _ visit: (_ position: Position, _ keys: [IndexKey]) -> Void
    ) throws(Failure) -> Void
  ) throws(Failure) -> IndexDifference? {
    nil
  }
}
