package import EventModel
package import LMDB

extension EventIndex {
  /// The last position of `key` in `lower ..< upper`, or `nil`.
  ///
  /// - Parameters:
  ///   - lower: runs wholly before it are not looked at.
  ///   - upper: `nil` for the end of what the caller may see.
  ///   - includesStaged: whether events count that are inserted and not published: only for the
  ///     writer.
  package func lastPosition(
    of key: IndexKey, from lower: UInt64 = 0, below upper: UInt64? = nil,
    includesStaged: Bool = false
  ) throws(LMDBError) -> Position? {
    nil
  }

  /// The positions in `lower ..< upper` that `query` may match, in order.
  package func candidates(
    _ query: IndexQuery, _ direction: ScanDirection = .forwards, from lower: UInt64 = 0,
    below upper: UInt64? = nil, includesStaged: Bool = false
  ) -> CandidateStream {
    CandidateStream()
  }
}
