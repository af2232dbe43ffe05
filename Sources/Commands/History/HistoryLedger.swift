internal import CRM
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema

/// What an import remembers from one batch to the next.
///
/// Which records exist, whose subject seals what of them, and which key that is. Bounded: what is
/// forgotten is read from the log again.
struct HistoryLedger: Sendable {
  /// How a record came to be.
  enum Origin: Hashable, Sendable {
    /// An import brought it.
    case brought
    /// A command made it.
    case here
  }

  private let log: EventLog
  /// Streams that have an event.
  private var known: RecentMap<StreamName, Origin>
  /// The subject under which a record's personal parts are sealed.
  private var subjects: RecentMap<StreamName, String>
  private var keys: RecentMap<String, KeyID>

  init(log: EventLog, limit: Int = 1 << 16) {
    self.log = log
    known = RecentMap(limit: limit)
    subjects = RecentMap(limit: limit)
    keys = RecentMap(limit: limit)
  }

  /// How the record of `stream` came to be; `nil` when there is none.
  mutating func origin(of stream: StreamName) throws(CommandFailure) -> Origin? {
    if let origin = known.value(for: stream) { return origin }
    let first: RecordedEvent?
    do { first = try log.events(EventSelection(.stream(stream), limit: 1)).first } catch {
      throw .storage(error)
    }
    guard let first else { return nil }
    let metadata: Metadata?
    do { metadata = try first.metadata() } catch { throw .unreadable(error) }
    let origin: Origin = metadata?.channel == .import ? .brought : .here
    known.set(stream, origin)
    return origin
  }

  /// Takes down that an import brought `stream`.
  mutating func note(_ stream: StreamName) { known.set(stream, .brought) }

  mutating func note(_ stream: StreamName, subject: String) { subjects.set(stream, subject) }

  mutating func note(_ keyID: KeyID, of subject: String) { keys.set(subject, keyID) }

  mutating func forgetKey(of subject: String) { keys.remove(subject) }

  /// The subject of a record's personal parts: what its first sealed part says, else the record.
  mutating func subject(
    of record: RecordKey, _ stream: StreamName
  ) throws(CommandFailure) -> String {
    if let subject = subjects.value(for: stream) { return subject }
    let events: [RecordedEvent]
    do { events = try log.events(EventSelection(.stream(stream), limit: 64)) } catch {
      throw .storage(error)
    }
    for event in events {
      let metadata: Metadata?
      do { metadata = try event.metadata() } catch { throw .unreadable(error) }
      guard let part = metadata?.sealed.first(where: { $0.kind == .personal }) else { continue }
      subjects.set(stream, part.subject)
      return part.subject
    }
    return "\(record)"
  }

  /// The key of `subject`; `nil` when nothing was sealed about it yet.
  mutating func key(of subject: String) throws(CommandFailure) -> KeyID? {
    if let keyID = keys.value(for: subject) { return keyID }
    let members: [[UInt8]]
    do {
      members = try log.standing(at: GuardDefinitions.subjectKey(subject)).members
    } catch { throw .storage(error) }
    guard let keyID = members.first.flatMap({ KeyID($0) }) else { return nil }
    keys.set(subject, keyID)
    return keyID
  }
}
