internal import EventModel
package import LMDB

extension EventLog {
  /// Whether the log has ended: its last event is `LogClosed`, and it takes no other.
  package func hasEnded() throws(LMDBError) -> Bool {
    let newest = try events(EventSelection(direction: .backwards, limit: 1)).first
    return newest?.type == EventType.logClosed.text
  }
}
