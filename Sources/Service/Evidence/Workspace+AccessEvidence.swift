internal import Audit
internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Evidence
internal import LMDB
internal import Transparency
internal import Vault

/// The access log's part of an evidence folder.
struct MadeAccess {
  let bytes: [UInt8]
  let verified: VerifiedAccess
  let key: NoteKey
  /// Of the records asked for, or of the person.
  let lookCount: Int64
}

/// A checkpoint of the access log that the main log holds.
struct AccessAnchor {
  let position: Position
  let checkpoint: Checkpoint
}

/// Who looked: the access log beside the main one.
extension Workspace {
  /// Anchors what the access log has by now; `nil` where there is nothing, or no key to sign with.
  ///
  /// Given a size it takes the newest anchor below it, and makes none.
  func accessAnchor(below size: UInt64? = nil) throws(ServiceError) -> AccessAnchor? {
    guard let access = accessLog, access.key != nil else { return nil }
    if size == nil { try anchorAccessLog() }
    let newest: RecordedEvent?
    do throws(LMDBError) {
      newest = try log.events(
        EventSelection(
          .stream(.systemAccess), from: size.map { Position(max(1, $0) - 1) },
          direction: .backwards, limit: 1)
      ).first
    } catch { throw ServiceError(storage: error) }
    guard let newest, newest.type != SystemEventType.accessLossAccepted.rawValue else { return nil }
    let anchor = try Self.anchor(newest)
    // One of a log that was lost is no beginning of this one.
    let isOurs = anchor.checkpoint.origin.utf8.elementsEqual(access.log.origin.utf8)
    return isOurs ? anchor : nil
  }

  /// What an event `AccessLogCheckpointed` says.
  static func anchor(_ event: RecordedEvent) throws(ServiceError) -> AccessAnchor {
    guard let checkpoint = VerifiedAccess.anchored(event.plain(0)?.content ?? []) else {
      throw ServiceError(
        .failed, code: "LOG.UNREADABLE",
        "The access log's anchor at position \(event.position) can't be read.")
    }
    return AccessAnchor(position: event.position, checkpoint: checkpoint)
  }

  /// The looks at the records, or of the person, that `question` asks for.
  ///
  /// - Returns: `nil` when there are none, and when a range of the main log is asked for: the access
  ///   log has other positions.
  func accessEvidence(
    _ question: EvidenceQuestion, _ anchor: AccessAnchor, beside main: VerifiedEvidence
  ) throws(ServiceError) -> MadeAccess? {
    guard let access = accessLog, let key = access.key, question.range == nil else { return nil }
    guard let query = try accessQuery(question) else { return nil }
    var request = EvidenceRequest()
    request.provesNothingLater = false
    request.checkpointSize = anchor.checkpoint.size
    request.query = query
    if let person = question.person.flatMap({ ActorID($0) }),
      anchor.checkpoint.size <= UInt64(EvidenceRequest.eventLimit)
    {
      // With all other entries by their headers nothing can be left out.
      request.actor = person
    }
    let made: MadeEvidence
    do throws(EvidenceRequestError) {
      made = try Auditor(log: access.log, vault: .absent()).evidence(request)
    } catch {
      if case .noEvent = error { return nil }
      throw ServiceError(evidence: error)
    }
    guard !made.bundle.events.isEmpty else { return nil }
    let bytes = Array(made.bundle.text.utf8)
    let verified: VerifiedAccess
    do throws(EvidenceError) {
      verified = try VerifiedAccess(bytes, vkey: key.vkey, anchoredIn: main)
    } catch {
      throw ServiceError(
        .notVerified, code: "EVIDENCE.NOT_VERIFIED",
        "The access log's evidence does not hold, so nothing was written (\(error)); run "
          + "`deed log verify`.")
    }
    let report = EvidenceReport(main, access: verified, keys: [])
    return MadeAccess(
      bytes: bytes, verified: verified, key: key, lookCount: Int64(report.looks.count))
  }

  /// Which looks a question is about; `nil` for none.
  private func accessQuery(_ question: EvidenceQuestion) throws(ServiceError) -> EventQuery? {
    if let person = question.person {
      return ActorID(person).map { EventQuery([EventQuery.Item(actors: [$0])]) }
    }
    var tags: [Tag] = []
    for text in question.records {
      if let tag = try Self.record(text).tag { tags.append(tag) }
    }
    return tags.isEmpty ? nil : EventQuery(tags.map { EventQuery.Item(tags: [$0]) })
  }

  /// Who looked, up to `anchor`: people who may not occur in the main log's part.
  func lookers(
    _ question: EvidenceQuestion, _ anchor: AccessAnchor
  ) throws(ServiceError) -> Set<String> {
    guard question.range == nil, let access = accessLog, anchor.checkpoint.size > 0,
      let query = try accessQuery(question)
    else { return [] }
    do throws(LMDBError) {
      let selection = EventSelection(query, through: Position(anchor.checkpoint.size - 1))
      return Set(try access.log.events(selection).map(\.actor).filter { $0.hasPrefix("usr_") })
    } catch { throw ServiceError(storage: error) }
  }
}
