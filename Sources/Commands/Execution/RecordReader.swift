internal import CRM
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema
internal import Sealing
internal import SwiftProtobuf
internal import Synchronization
internal import Vault

/// A record as its stream makes it, and where the stream stands.
struct LoadedRecord: Sendable {
  let stream: StreamName
  var state: any Aggregate
  /// `nil` when the stream has no event.
  var revision: Revision?
  /// Where the stream's last event stands.
  var position: Position?
  /// The keys that its personal sections were opened with.
  var keyIDs: [KeyID]
  /// Whose they are, as the events say.
  var subjects: [String] = []
  /// How many events the log had when it was looked at last: with so many it is the same.
  var size: UInt64 = 0
  /// Whether what is personal in it was erased, by what the log says.
  var isErased = false
}

/// Folds records from their streams, and keeps those used lately so that only new events are read.
final class RecordReader: Sendable {
  private let log: EventLog
  private let vault: Vault
  private let cache: Mutex<RecentMap<RecordKey, LoadedRecord>>

  /// At most `cacheLimit` records are kept.
  init(log: EventLog, vault: Vault, cacheLimit: Int) {
    self.log = log
    self.vault = vault
    cache = Mutex(RecentMap(limit: cacheLimit))
  }

  /// The record `key` as the log has it now; `nil` when this version has no such aggregate.
  func load(_ key: RecordKey) throws(CommandFailure) -> LoadedRecord? {
    let size = log.size
    if let kept = cache.withLock({ $0.value(for: key) }) {
      if kept.size == size { return kept }
      if try isUnchanged(kept, key) { return kept }
    }
    guard let stream = key.stream, var record = try start(of: key, in: stream) else { return nil }
    if record.position == nil, let seen = try sizeWithoutNews(of: .stream(stream), since: 0) {
      // Most commands that make a record look whether it is there.
      record.size = seen
      return record
    }
    let selection = EventSelection(.stream(stream), from: record.position?.next)
    let events: [RecordedEvent]
    do { events = try log.events(selection) } catch { throw .storage(error) }
    for event in events {
      try apply(event, to: &record)
      record.revision = event.revision
      record.position = event.position
    }
    try readmit(&record)
    // A key that the log says is destroyed may open for a moment yet: what it opened is read again.
    if !record.isErased { record.isErased = try isErased(record.keyIDs) }
    record.size = size
    if record.revision != nil {
      let loaded = record
      cache.withLock { $0.set(key, loaded) }
    }
    return record
  }

  /// Whether nothing came since `kept` was read that could change it: no event of its stream, and
  /// no destroyed key.
  ///
  /// What was erased may be readmitted by an event of another record, so it is read again.
  private func isUnchanged(
    _ kept: LoadedRecord, _ key: RecordKey
  ) throws(CommandFailure) -> Bool {
    guard !kept.isErased else { return false }
    let query = EventQuery([.init(streams: [kept.stream]), Self.destructions])
    guard let seen = try sizeWithoutNews(of: query, since: kept.size) else { return false }
    cache.withLock { cache in
      guard var record = cache.value(for: key), record.position == kept.position,
        record.size < seen
      else { return }
      record.size = seen
      cache.set(key, record)
    }
    return true
  }

  private func sizeWithoutNews(
    of query: EventQuery, since size: UInt64
  ) throws(CommandFailure) -> UInt64? {
    do { return try log.sizeWithoutNews(of: query, since: size) } catch { throw .storage(error) }
  }

  private static let destructions = EventQuery.Item(
    types: ["SubjectKeyDestroyed"].compactMap { EventType($0) })

  /// Begins the sealed fields anew, where they were erased and their subject has a living key.
  private func readmit(_ record: inout LoadedRecord) throws(CommandFailure) {
    guard var personal = record.state as? any PersonalAggregate, personal.isErased else {
      record.isErased = false
      return
    }
    record.isErased = true
    for subject in record.subjects {
      let standing: KeyID?
      do {
        standing = try log.standing(at: GuardDefinitions.subjectKey(subject)).members.first
          .flatMap { KeyID($0) }
      } catch { throw .storage(error) }
      guard let standing, try !isErased([standing]) else { continue }
      personal.readmit()
      record.state = personal
    }
  }

  /// Forgets everything, such as when keys were destroyed.
  func forget() { cache.withLock { $0.removeAll() } }

  /// The record as it was kept, or before its first event.
  ///
  /// What is personal in it may be of a person who was erased since; then it is read again.
  private func start(
    of key: RecordKey, in stream: StreamName
  ) throws(CommandFailure) -> LoadedRecord? {
    if let kept = cache.withLock({ $0.value(for: key) }) {
      if try !isErased(kept.keyIDs) { return kept }
      cache.withLock { $0.remove(key) }
    }
    guard let empty = Aggregates.empty(key.type) else { return nil }
    return LoadedRecord(
      stream: stream, state: empty, revision: nil, position: nil, keyIDs: [])
  }

  private func isErased(_ keyIDs: [KeyID]) throws(CommandFailure) -> Bool {
    for keyID in keyIDs {
      do {
        if try log.destruction(of: keyID) != nil { return true }
      } catch { throw .storage(error) }
    }
    return false
  }

  private func apply(
    _ event: RecordedEvent, to record: inout LoadedRecord
  ) throws(CommandFailure) {
    guard let fact = try fact(event, &record) else { return }
    record.state.apply(fact)
  }

  /// The event as aggregates see it; `nil` for an event without a payload of the catalogue.
  private func fact(
    _ event: RecordedEvent, _ record: inout LoadedRecord
  ) throws(CommandFailure) -> Fact? {
    let payload: Payload?
    let metadata: Metadata?
    do {
      payload = try event.currentPayload()
      metadata = try event.metadata()
    } catch { throw .unreadable(error) }
    guard let payload, let metadata, let actor = ActorID(event.actor) else { return nil }
    var personal: [Sealed<PersonalPayload>] = []
    for (part, sealed) in zip(metadata.sealed, event.sealedSections) where part.kind == .personal {
      personal.append(try open(sealed.section, sealed.header.keyID, of: event))
      let keyID = sealed.header.keyID
      if !record.keyIDs.contains(keyID) { record.keyIDs.append(keyID) }
      if !record.subjects.contains(part.subject) { record.subjects.append(part.subject) }
    }
    return Fact(
      payload: payload, personal: personal, position: event.position, revision: event.revision,
      recordedAt: event.recordedAt,
      occurredAt: Timestamp(microseconds: metadata.occurredAtUs), actor: actor)
  }

  private func open(
    _ section: Int, _ keyID: KeyID, of event: RecordedEvent
  ) throws(CommandFailure) -> Sealed<PersonalPayload> {
    let place = SectionPlace(
      eventID: event.eventID, section: section, stream: event.stream, type: event.type)
    let opened: Sealed<SectionContent>
    do {
      opened = try vault.open(event.blob(section).span, under: keyID, at: place).sealed
    } catch { throw .vault(error) }
    do {
      return try opened.map { content throws(PayloadError) in
        guard let name = ContentType.messageName(content.contentType) else {
          throw .unknownMessage(content.contentType)
        }
        return try PersonalPayload(messageName: name, content: content.content)
      }
    } catch { throw .unreadable(error) }
  }
}
