package import CRM
package import EventLog
package import EventModel
internal import LMDB
internal import Schema
internal import Synchronization

/// The permission directory as the log has it: kept folded, and brought up to date by the new
/// events of users, teams and permissions.
package final class PermissionReader: Sendable {
  private struct Kept {
    var directory = PermissionDirectory()
    /// Events before this position are in it.
    var size: UInt64 = 0
  }

  private let log: EventLog
  private let kept = Mutex(Kept())
  private static let query = EventQuery([
    EventQuery.Item(categories: PermissionDirectory.categories)
  ])

  package init(log: EventLog) { self.log = log }

  /// The directory as it is now, and how many events the log has that it takes into account.
  ///
  /// - Complexity: O(events of users, teams and permissions since the last question).
  package func current() throws(CommandFailure) -> (directory: PermissionDirectory, size: UInt64) {
    let size = log.size
    let result = kept.withLock { kept -> Result<Kept, CommandFailure> in
      guard kept.size < size else { return .success(kept) }
      return Result { () throws(CommandFailure) in
        if let seen = try sizeWithoutNews(since: kept.size) {
          kept.size = seen
          return kept
        }
        try fold(from: Position(kept.size), through: Position(size - 1), into: &kept.directory)
        kept.size = size
        return kept
      }
    }
    let kept = try result.get()
    return (kept.directory, kept.size)
  }

  private func sizeWithoutNews(since size: UInt64) throws(CommandFailure) -> UInt64? {
    do { return try log.sizeWithoutNews(of: Self.query, since: size) } catch {
      throw .storage(error)
    }
  }

  /// The directory as of the event at `position`, folded from the first one.
  package func directory(asOf position: Position) throws(CommandFailure) -> PermissionDirectory {
    var directory = PermissionDirectory()
    try fold(from: Position(0), through: position, into: &directory)
    return directory
  }

  /// What must not have happened when something is done by the right that the directory gave.
  package static func unchanged(since size: UInt64) -> AppendCondition {
    .noMatch(query, after: size == 0 ? nil : Position(size - 1))
  }

  private func fold(
    from: Position, through: Position, into directory: inout PermissionDirectory
  ) throws(CommandFailure) {
    let events: [RecordedEvent]
    do throws(LMDBError) {
      events = try log.events(EventSelection(Self.query, from: from, through: through))
    } catch { throw .storage(error) }
    for event in events {
      guard let stream = StreamName(event.stream), let record = RecordKey(stream) else { continue }
      let payload: Payload?
      do throws(PayloadError) { payload = try event.payload() } catch { throw .unreadable(error) }
      guard let payload else { continue }
      // Names and addresses of people decide nothing here, and stay sealed.
      directory.apply(
        Fact(
          payload: payload, personal: [], position: event.position, revision: event.revision,
          recordedAt: event.recordedAt, occurredAt: event.recordedAt,
          actor: ActorID(event.actor) ?? ActorID(system: "unnamed")), of: record)
    }
  }
}
