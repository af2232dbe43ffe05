package import CRM
package import EventLog
package import EventModel
internal import Evidence
package import Schema

/// The guards as a pure function of events: what an append changes, what a rebuild repeats and
/// what `verify` compares.
package enum GuardDefinitions {
  /// Whose key seals a section, as an event's metadata and leaf say it.
  package struct SealedSubject: Hashable, Sendable {
    package let subject: String
    package let keyID: KeyID

    package init(subject: String, keyID: KeyID) {
      self.subject = subject
      self.keyID = keyID
    }
  }

  /// What a recorded event asks of the guards, in the order to apply it.
  ///
  /// - Throws: ``PayloadError`` when the event is newer than this code.
  package static func changes(of event: RecordedEvent) throws(PayloadError) -> [GuardChange] {
    if event.type == SystemEventType.subjectReadmitted.rawValue {
      return readmission(event.plain(0)?.content ?? [])
    }
    guard let stream = StreamName(event.stream), let record = RecordKey(stream),
      let metadata = try event.metadata()
    else { return [] }
    let keys = event.sealedSections.map(\.header.keyID)
    let subjects = zip(metadata.sealed, keys).map { SealedSubject(subject: $0.subject, keyID: $1) }
    // Where the payload was redacted, no guard rested on it.
    guard let payload = try event.payload() else { return claims(of: subjects) }
    return changes(of: payload, record: record, sealed: subjects)
  }

  /// What `SubjectReadmitted` asks: the subject's new key in the place of the destroyed one.
  private static func readmission(_ content: [UInt8]) -> [GuardChange] {
    do throws(EvidenceError) {
      let said = try JSONText(parsing: content)
      guard let subject = said["subject"]?.string,
        let old = (said["previous_kid"]?.string).flatMap({ [UInt8](hex: $0) }),
        let new = (said["kid"]?.string).flatMap({ [UInt8](hex: $0) })
      else { return [] }
      return readmission(of: subject, from: old, to: new)
    } catch { return [] }
  }

  package static func readmission(
    of subject: String, from old: [UInt8], to new: [UInt8]
  ) -> [GuardChange] {
    [.release(subjectKey(subject), value: old), .claim(subjectKey(subject), value: new)]
  }

  /// Whether guards rest on what the event says, so that it can't go.
  package static func rest(on payload: Payload, record: RecordKey) -> Bool {
    !GuardProjection.needs(of: payload, record: record).isEmpty
  }

  private static func claims(of sealed: [SealedSubject]) -> [GuardChange] {
    var changes: [GuardChange] = []
    for subject in sealed {
      let change = GuardChange.claim(
        key("G-SUBJECT", subject.subject), value: subject.keyID.bytes)
      if !changes.contains(change) { changes.append(change) }
    }
    return changes
  }

  /// What an event that is to be appended asks of the guards.
  package static func changes(
    of payload: Payload, record: RecordKey, sealed: [SealedSubject]
  ) -> [GuardChange] {
    claims(of: sealed) + GuardProjection.needs(of: payload, record: record).map(change)
  }

  private static func change(_ need: GuardNeed) -> GuardChange {
    switch need {
    case .claimNumber(let type, let number, let record):
      .claim(key("G-CODE", "\(type.streamCategory):\(number)"), value: bytes(record))
    case .claimExternalID(let system, let id, let record):
      .claim(key("G-EXT", "\(system)\u{1f}\(id)"), value: bytes(record))
    case .claimIdentity(let kind, let value, let record):
      .claim(key("G-IDENT", "\(kind):\(value)"), value: bytes(record))
    case .releaseIdentity(let kind, let value, let record):
      .release(key("G-IDENT", "\(kind):\(value)"), value: bytes(record))
    case .own(let userID, let record):
      .insert(key("G-OWN", userID), member: bytes(record))
    case .disown(let userID, let record):
      .remove(key("G-OWN", userID), member: bytes(record), leaving: 0)
    case .hold(let userID, let record, let limit):
      if let limit {
        .insertWithin(
          holdings(userID, record.type), member: bytes(record), limit: Int64(limit))
      } else {
        .insert(holdings(userID, record.type), member: bytes(record))
      }
    case .giveUp(let userID, let record):
      .remove(holdings(userID, record.type), member: bytes(record), leaving: 0)
    case .countTo(let number, let counter):
      .count(guardKey(of: counter), by: 1, limit: Int64(number))
    case .requireOwnsNothing(let userID): .requireEmpty(key("G-OWN", userID))
    case .openRegistration(let claimant, let record, let limit):
      .insertWithin(key("G-OPENREG", claimant), member: bytes(record), limit: Int64(limit))
    case .closeRegistration(let claimant, let record):
      .remove(key("G-OPENREG", claimant), member: bytes(record), leaving: 0)
    case .claimRegistration(let kind, let value, let record):
      .claim(key("G-REG", "\(kind):\(value)"), value: bytes(record))
    case .releaseRegistration(let kind, let value, let record):
      .release(key("G-REG", "\(kind):\(value)"), value: bytes(record))
    case .claimDispute(let subject, let dispute):
      .claim(key("G-DISP", "\(subject)"), value: bytes(dispute))
    case .releaseDispute(let subject, let dispute):
      .release(key("G-DISP", "\(subject)"), value: bytes(dispute))
    case .addAdministrator(let userID):
      .insert(key("G-ADMIN", BuiltInRole.administrator), member: Array(userID.utf8))
    case .removeAdministrator(let userID):
      .remove(key("G-ADMIN", BuiltInRole.administrator), member: Array(userID.utf8), leaving: 1)
    }
  }

  /// Where a number that decisions look at stands.
  static func guardKey(of counter: GuardCounter) -> GuardKey {
    switch counter {
    case .claims(let userID, let poolID, let day):
      key("G-CLAIM", "\(userID)\u{1f}\(poolID)\u{1f}\(day)")
    case .holdings(let userID, let type): holdings(userID, type)
    case .openRegistrations(let claimant): key("G-OPENREG", claimant)
    }
  }

  private static func holdings(_ userID: String, _ type: ObjectType.Code) -> GuardKey {
    key("G-HOLD", "\(userID)\u{1f}\(type.streamCategory)")
  }

  /// Where the records that a user owns stand.
  package static func holdingsKey(_ userID: String) -> GuardKey { key("G-OWN", userID) }

  /// Where the key of a data subject stands.
  package static func subjectKey(_ subject: String) -> GuardKey { key("G-SUBJECT", subject) }

  private static func bytes(_ record: RecordKey) -> [UInt8] { Array("\(record)".utf8) }

  /// A guard's key; what is empty or longer than a key may be stands by its digest.
  private static func key(_ name: String, _ subject: String) -> GuardKey {
    guard (1...300).contains(subject.utf8.count) else {
      return GuardKey(name, "sha256:\(Digest.sha256(Array(subject.utf8)).hex)")
    }
    return GuardKey(name, subject)
  }
}
