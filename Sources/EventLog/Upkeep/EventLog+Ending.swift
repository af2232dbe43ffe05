internal import EventModel
package import LMDB

extension EventLog {
  /// Whether the log has ended: its last event is `LogClosed`, and it takes no other.
  package func hasEnded() throws(LMDBError) -> Bool {
    let newest = try events(EventSelection(direction: .backwards, limit: 1)).first
    return newest?.type == EventType.logClosed.text
  }

  /// Refuses from now on, in this opening, to append and to sign; reading goes on.
  ///
  /// - Parameter reason: why, such as that a witness saw another log.
  package func bar(_ reason: String) { writer?.bar(reason) }
}
