package import EventModel
package import LMDB

/// What a caller asks before it appends: single answers from the log's tables and indexes, from
/// memory's tail as well, so that everything acknowledged is seen.
extension EventLog {
  /// What `command` did when it was carried out, and the digest of its body then; `nil` when it
  /// was not. `isRepeat` is true.
  package func outcome(
    of command: CommandID
  ) throws(LMDBError) -> (result: AppendResult, bodyDigest: Digest)? {
    preconditionFailure("not built yet")
  }

  /// Where the event `id` stands; `nil` when the log has none.
  package func position(of id: EventID) throws(LMDBError) -> Position? {
    preconditionFailure("not built yet")
  }

  /// The last revision of `stream`; `nil` when it has no event.
  package func revision(of stream: StreamName) throws(LMDBError) -> Revision? {
    preconditionFailure("not built yet")
  }

  /// What stands at `key`: a claim's value alone, a set's members in their order, nothing; for a
  /// counter its value in `count`.
  package func standing(
    at key: GuardKey
  ) throws(LMDBError) -> (members: [[UInt8]], count: Int64) {
    preconditionFailure("not built yet")
  }
}
