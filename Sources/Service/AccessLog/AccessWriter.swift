internal import EventLog
internal import EventModel
internal import Foundation
internal import LMDB
internal import Schema
internal import SwiftProtobuf
internal import Synchronization
internal import Transparency

/// Makes events of access entries and appends them; blocks until they are durable.
struct AccessWriter: Sendable {
  let log: EventLog
  let main: EventLog
  let clock: @Sendable () -> Timestamp
  let random: RandomSource

  func append(
    _ events: [AccessEvent.OneOf_Event], window: String, by asker: AccessRecorder.Asker
  ) throws(AppendError) {
    guard !events.isEmpty else { return }
    let now = clock()
    let size = main.size
    let day = now.description.prefix(10).filter { $0 != "-" }
    let stream = StreamName(category: "access", id: "\(day)-0")
    let made = events.map { event -> NewEvent in
      let message = AccessEvent.with {
        $0.event = event
        $0.mainLogSize = size
        $0.windowID = window
        $0.sessionID = asker.session
        $0.channel = asker.channel
      }
      let metadata = Metadata.with {
        $0.occurredAtUs = now.microseconds
        $0.tags = event.records.compactMap { Tag($0)?.text }
      }
      return NewEvent(
        eventID: eventID(at: now), stream: stream, type: event.type, actor: asker.actor,
        onBehalfOf: asker.onBehalfOf,
        sections: [plain(metadata), plain(message)])
    }
    _ = try log.appendAndWait(AppendRequest(command: commandID(at: now), events: made))
  }

  /// Says the access log's checkpoint in the main log when there is something new.
  func anchor(unlessYoungerThan microseconds: Int64?) throws(AppendError) {
    do throws(LMDBError) {
      // A log that ended holds no more anchors; what is looked at then stays in the access log.
      if try main.hasEnded() { return }
    } catch { throw .storage(error) }
    let now = clock()
    if let microseconds, let last = lastAnchor,
      now.microseconds - last.microseconds < microseconds
    {
      return
    }
    let published: PublishedCheckpoint?
    do throws(CheckpointError) { published = try log.publishCheckpointAndWait() } catch .noSigner {
      return
    } catch {
      // It is published when there is room.
      if let full = error.noRoom { throw .full(full) }
      throw .closed("the access log's checkpoint: \(error)")
    }
    guard let checkpoint = published?.checkpoint else { return }
    let root = Data(checkpoint.root.bytes).base64EncodedString()
    let json =
      #"{"origin":"\#(checkpoint.origin)","root":"\#(root)","size":\#(checkpoint.size)}"#
    guard let type = EventType("AccessLogCheckpointed") else { return }
    let event = NewEvent(
      eventID: eventID(at: now), stream: .systemAccess,
      type: type, actor: ActorID(system: "access"),
      sections: [
        NewSection(
          kind: .plain,
          blob: PlainSection.encode(
            salt: random.words(), contentType: ContentType.json, content: Array(json.utf8)))
      ])
    _ = try main.appendAndWait(AppendRequest(command: commandID(at: now), events: [event]))
  }

  /// When the access log was anchored last; else when the main log began.
  private var lastAnchor: Timestamp? {
    do throws(LMDBError) {
      let anchors = try main.events(
        EventSelection(.stream(.systemAccess), direction: .backwards, limit: 1))
      if let last = anchors.first { return last.recordedAt }
      return try main.events(EventSelection(limit: 1)).first?.recordedAt
    } catch {
      // A log that can't be read is told by whoever reads it next; anchoring once more is no harm.
      return nil
    }
  }

  private func plain(_ message: some Message) -> NewSection {
    let content: [UInt8]
    do { content = try message.serializedBytes() } catch {
      preconditionFailure("\(error) while a message without required fields was written")
    }
    return NewSection(
      kind: .plain,
      blob: PlainSection.encode(
        salt: random.words(),
        contentType: ContentType.protobuf(type(of: message).protoMessageName), content: content))
  }

  private func eventID(at time: Timestamp) -> EventID {
    EventID(version7At: time, random: random.words())
  }

  private func commandID(at time: Timestamp) -> CommandID {
    CommandID(version7At: time, random: random.words())
  }
}

extension CheckpointError {
  /// That a full disk, or a full map, is the reason.
  fileprivate var noRoom: LMDBError? {
    switch self {
    case .storage(let error) where error.cause == .diskFull || error.cause == .mapFull: error
    case .file(let error) where error.isNoRoom: LMDBError(call: .put, cause: .diskFull)
    case .noSigner, .unknownSize, .damaged, .note, .file, .storage, .closed: nil
    }
  }
}

extension AccessEvent.OneOf_Event {
  /// As it stands in the leaf.
  var type: EventType {
    let name =
      switch self {
      case .accessWindowOpened: "AccessWindowOpened"
      case .recordsViewed: "RecordsViewed"
      case .recordsListed: "RecordsListed"
      case .searchPerformed: "SearchPerformed"
      case .sensitiveFieldRevealed: "SensitiveFieldRevealed"
      case .matchLookupPerformed: "MatchLookupPerformed"
      case .reportRun: "ReportRun"
      case .commandRefused: "CommandRefused"
      case .accessDenied: "AccessDenied"
      case .signInSucceeded: "SignInSucceeded"
      case .signInFailed: "SignInFailed"
      case .signedOut: "SignedOut"
      case .streamSubscribed: "StreamSubscribed"
      case .auditQueryRun: "AuditQueryRun"
      case .bulkReadStarted: "BulkReadStarted"
      case .bulkReadCompleted: "BulkReadCompleted"
      case .recordsExported: "RecordsExported"
      }
    guard let type = EventType(name) else { preconditionFailure("“\(name)” is an event type") }
    return type
  }

  /// The records that it is found by.
  var records: [String] {
    switch self {
    case .recordsViewed(let viewed): Array(Set(viewed.entries.map(\.record))).sorted()
    case .recordsListed(let listed): listed.records
    case .searchPerformed(let search): search.records
    case .matchLookupPerformed(let match): match.records
    case .sensitiveFieldRevealed(let revealed): [revealed.record]
    case .commandRefused(let refused): refused.target.isEmpty ? [] : [refused.target]
    case .accessDenied(let denied): denied.target.isEmpty ? [] : [denied.target]
    case .recordsExported(let exported): exported.records
    case .accessWindowOpened, .reportRun, .signInSucceeded, .signInFailed, .signedOut,
      .streamSubscribed, .auditQueryRun, .bulkReadStarted, .bulkReadCompleted:
      []
    }
  }
}
