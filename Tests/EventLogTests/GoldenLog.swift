import EventLog
import EventModel
import Foundation
import Schema
import SwiftProtobuf
import Synchronization
import TestSupport
import Transparency
import Vault

/// The log in `Fixtures/log-1`: made by fixed keys, salts, identifiers and times, so that it can
/// be made again and compared.
struct GoldenLog {
  static let folder = "\(PackageRoot.path)/Fixtures/log-1"
  /// What the log must be for ever.
  static let size: UInt64 = 67
  static let origin = "deed.test/golden"

  private let random: RandomSource
  private let clock = TestClock()
  private var number: UInt64 = 0

  init() { random = Self.fixedRandom(label: "golden") }

  static func signer() throws -> CheckpointSigner {
    try CheckpointSigner(origin: origin, seed: Digest.sha256(Array("golden signer".utf8)).bytes)
  }

  var options: EventLog.Options {
    get throws {
      let clock = clock
      var options = EventLog.Options(
        mapSizeBytes: 1 << 26, clock: { clock.now }, signer: try Self.signer())
      options.index.mapSizeBytes = 1 << 26
      return options
    }
  }

  /// SHA-256 of a label and a counter: the same bytes in every run.
  static func fixedRandom(label: String) -> RandomSource {
    let counter = Mutex<UInt64>(0)
    return RandomSource { count in
      counter.withLock { counter in
        var bytes: [UInt8] = []
        while bytes.count < count {
          counter += 1
          bytes += Digest.sha256(Array("\(label) \(counter)".utf8)).bytes
        }
        return Array(bytes.prefix(count))
      }
    }
  }

  /// The vault of the log's subjects, made in `folder`, and its first keys.
  static func vault(in folder: String) throws -> (vault: Vault, keys: [KeyID]) {
    let random = fixedRandom(label: "golden vault")
    try Vault.create(in: folder, random: random)
    let vault = try Vault(folder: folder, random: random)
    return (vault, try vault.createSubjects(9, at: Position(0)))
  }

  /// Makes the log in `folder` with `schema`, its vault beside it in `keys`.
  mutating func make(in folder: String, keys: String, schema: [UInt8]) throws {
    let options = try options
    try EventLog.create(
      in: folder, origin: Self.origin, simulatedClock: true, schema: schema, options: options)
    let log = try EventLog(writing: folder, options: options)
    defer { log.close() }
    let (vault, subjects) = try Self.vault(in: keys)
    for (index, subject) in subjects.enumerated() {
      try append(account: index, subject: subject, vault, log)
      if index == 3 { _ = try log.publishCheckpointAndWait() }
    }
    try destroy(subjects[8], log)
    _ = try log.publishCheckpointAndWait()
  }

  private mutating func append(
    account index: Int, subject: KeyID, _ vault: Vault, _ log: EventLog
  ) throws {
    clock.advance(byMicroseconds: 1_000_003)
    number += 1
    let account = "acc_\(index)"
    var created = AccountCreated()
    created.accountID = account
    created.name = "Golden Company \(index)"
    var accountEvent = AccountEvent()
    accountEvent.event = .accountCreated(created)
    var contact = ContactCreated()
    contact.contactID = "con_\(index)"
    contact.accountID = account
    var contactEvent = ContactEvent()
    contactEvent.event = .contactCreated(contact)
    var personal = ContactPersonal()
    personal.title = "Title \(index)"
    _ = try log.appendAndWait(
      request(
        [
          try event(
            "account-\(account)", "AccountCreated", "deed.crm.v1.AccountEvent",
            accountEvent.serializedBytes(), 0, of: 2),
          try event(
            "contact-con_\(index)", "ContactCreated", "deed.crm.v1.ContactEvent",
            contactEvent.serializedBytes(), 1, of: 2, sealed: (vault, subject, personal)),
        ], guards: [.claim(GuardKey("G-GOLD", account), value: [UInt8(index)])]))
    for step in 0..<5 {
      clock.advance(byMicroseconds: 17)
      number += 1
      var graded = AccountGraded()
      graded.ruleID = "rule-\(step)"
      var gradedEvent = AccountEvent()
      gradedEvent.event = .accountGraded(graded)
      _ = try log.appendAndWait(
        request([
          try event(
            "account-\(account)", "AccountGraded", "deed.crm.v1.AccountEvent",
            gradedEvent.serializedBytes(), 0, of: 1)
        ]))
    }
  }

  private mutating func destroy(_ subject: KeyID, _ log: EventLog) throws {
    clock.advance(byMicroseconds: 5)
    number += 2
    for (step, type) in ["SubjectErasureRequested", "SubjectKeyDestroyed"].enumerated() {
      _ = try log.appendAndWait(
        .json(
          number + UInt64(step), stream: "subject-\(subject.hex)", type: type,
          #"{"kid":"\#(subject.hex)","reason":"request","request":"golden"}"#))
    }
  }

  private func request(
    _ events: [NewEvent], guards: [GuardChange] = []
  ) -> AppendRequest {
    AppendRequest(
      command: CommandID(high: 0x901d, low: number), bodyDigest: digest, events: events,
      guards: guards)
  }

  private var digest: Digest { .sha256(Array("golden command \(number)".utf8)) }

  private func event(
    _ stream: String, _ type: String, _ message: String, _ payload: [UInt8], _ index: Int,
    of count: Int, sealed: (Vault, KeyID, ContactPersonal)? = nil
  ) throws -> NewEvent {
    let id = EventID(
      version7At: clock.now, random: (number, UInt64(index) << 32 | number))
    var metadata = Metadata()
    metadata.occurredAtUs = clock.now.microseconds
    metadata.commandID = "golden-\(number)"
    metadata.commandName = "MakeGolden"
    metadata.commandDigest = Data(digest.bytes)
    metadata.commandEventCount = UInt32(count)
    metadata.channel = .console
    metadata.tags = ["golden:\(number)", "index:\(index)"]
    var sections = [
      plain("deed.envelope.v1.Metadata", try metadata.serializedBytes()), plain(message, payload),
    ]
    if let (vault, subject, personal) = sealed {
      sections.append(
        NewSection(
          kind: .sealed, keyID: subject,
          blob: try vault.seal(
            content: try personal.serializedBytes(),
            contentType: ContentType.protobuf("deed.crm.v1.ContactPersonal"), under: subject,
            eventID: id, section: 2, stream: .known(stream), type: .known(type))))
    }
    return NewEvent(
      eventID: id, stream: .known(stream), type: .known(type), actor: .known("usr_golden"),
      onBehalfOf: index == 1 ? .known("usr_other") : nil, sections: sections)
  }

  private func plain(_ message: String, _ content: [UInt8]) -> NewSection {
    NewSection(
      kind: .plain,
      blob: PlainSection.encode(
        salt: random.words(), contentType: ContentType.protobuf(message), content: content))
  }
}
