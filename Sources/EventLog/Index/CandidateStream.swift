package import EventModel
package import LMDB

/// Positions that may match a query, in order, read in bounded batches as they are asked for.
package struct CandidateStream {
  /// The next candidate, or `nil` at the end.
  package mutating func next() throws(LMDBError) -> Position? { nil }
}
