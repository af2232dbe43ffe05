import Audit
import BenchmarkLoad
import EventLog
import EventModel
import Evidence
import Foundation
import LMDB
import Sealing
import Transparency
import Vault

/// What proof costs, and how fast a person is forgotten.
extension Measures {
  /// Digests of the sections, leaf, leaf hash and tree of `--events` events, without a log: what
  /// evidence adds to an append, in microseconds an event.
  static func tree(_ arguments: Arguments) throws -> Figures {
    let count = try arguments.count("events")
    var history = GeneratedHistory(seed: 3, eventsPerCommand: 1000)
    var salts = SaltSource(seed: 3)
    var edge = MerkleEdge()
    var kept: UInt64 = 0
    var watch = Stopwatch()
    var done = 0
    while done + 1000 <= count {
      let events = (0..<1000).compactMap { _ in history.next()?.finished(salt: &salts) }
      watch.time {
        for event in events {
          let sections = event.sections.map { section in
            SectionHeader(
              kind: section.header.kind, keyID: section.header.keyID,
              byteCount: UInt32(section.blob.count), digest: .sha256(section.blob))
          }
          let leaf = Leaf(
            position: Position(edge.size), recordedAt: Timestamp(microseconds: 1),
            eventID: event.eventID, revision: Revision(0), previous: .zero,
            stream: event.stream.text, type: event.type.text, tenant: "", actor: event.actor.text,
            onBehalfOf: "", correlation: CommandID(high: 1, low: 1), causation: .zero,
            sections: sections
          ).encoded()
          edge.append(.leafHash(leaf.span)) { _, _, _ in kept += 1 }
        }
      }
      done += events.count
    }
    guard kept >= UInt64(done) else { throw BenchError.missing("kept hashes") }
    return Figures([
      ("events", Double(done)), ("seconds", watch.seconds),
      ("us_per_event", watch.seconds / Double(done) * 1e6),
    ])
  }

  /// `--queries` inclusion proofs of events all over the log in `--folder`, each verified.
  static func proof(_ arguments: Arguments) throws -> Figures {
    let log = try EventLog(reading: try arguments.text("folder"))
    let size = log.size
    let root = try log.root(size: size)
    var chance = SystemRandomNumberGenerator()
    var watch = Stopwatch()
    for _ in 0..<(try arguments.count("queries")) {
      let position = UInt64.random(in: 0..<size, using: &chance)
      let hashes = try watch.time {
        try log.tree { reader throws(LMDBError) in
          try MerkleTree.inclusionProof(of: position, in: size, reading: reader)
        }
      }
      var leaf = Digest.zero
      try log.scan(EventSelection(from: Position(position), through: Position(position))) {
        layout, record throws(LMDBError) in
        leaf = .leafHash(record.extracting(layout.leafRange))
        return .stop
      }
      try MerkleTree.verifyInclusion(of: leaf, at: position, in: size, root: root, proof: hashes)
    }
    log.close()
    return Figures([("events", Double(size)), ("seconds", watch.seconds)] + watch.spread)
  }

  /// Evidence on `--events` events of the log in `--folder`, from the question to the file's bytes.
  static func evidence(_ arguments: Arguments) throws -> Figures {
    let count = UInt64(try arguments.count("events"))
    var options = Self.options
    options.signer = try CheckpointSigner(
      origin: "bench/log/00000001", seed: [UInt8](repeating: 7, count: 32))
    let log = try EventLog(writing: try arguments.text("folder"), options: options)
    _ = try log.publishCheckpointAndWait()
    let auditor = Auditor(log: log, vault: .absent())
    var watch = Stopwatch()
    var bytes = 0
    for round in 0..<5 {
      var request = EvidenceRequest()
      let from = (log.size - count) / 5 * UInt64(round)
      request.range = from..<from + count
      request.showsRange = true
      request.provesNothingLater = false
      bytes = try watch.time { try auditor.evidence(request).bundle.text.utf8.count }
    }
    log.close()
    return Figures(
      [("events", Double(count)), ("seconds", watch.seconds / 5), ("bytes", Double(bytes))]
        + watch.spread)
  }

  /// From the last approval of an erasure to the key being unusable, in the log in `--folder`.
  ///
  /// How many sections go is counted, `SubjectKeyDestroyed` is appended and synced, and the key is
  /// destroyed in the vault and in memory: of `--queries` persons of ten sections each.
  static func erase(_ arguments: Arguments) throws -> Figures {
    let folder = try arguments.text("folder")
    let keys = try arguments.text("keys")
    let count = try arguments.count("queries")
    let log = try opened(folder)
    try Vault.create(in: keys, random: .system)
    let vault = try Vault(folder: keys, random: .system)
    let subjects = try vault.createSubjects(count, at: Position(log.size))
    var watch = Stopwatch()
    for (number, keyID) in subjects.enumerated() {
      let events = try (0..<10).map { place in try personal(keyID, number * 10 + place, vault) }
      _ = try log.appendAndWait(
        AppendRequest(command: CommandID(high: 77, low: UInt64(number) + 1), events: events))
      let last = events[9]
      try watch.time {
        _ = try log.events(EventSelection(EventQuery([.init(subjects: [keyID])]))).count
        let destroyed = destruction(of: keyID, number)
        let place = try log.appendAndWait(
          AppendRequest(command: CommandID(high: 78, low: UInt64(number) + 1), events: [destroyed])
        ).first
        try vault.destroy(keyID, receipt: place)
      }
      let blob = last.sections[1].blob
      let opened = try vault.open(
        blob.span, under: keyID,
        at: .init(eventID: last.eventID, section: 1, stream: last.stream, type: last.type))
      guard case .erased = opened else { throw BenchError.missing("the erasure") }
    }
    let size = log.size
    log.close()
    return Figures([("events", Double(size)), ("seconds", watch.seconds)] + watch.spread)
  }

  private static func personal(
    _ keyID: KeyID, _ number: Int, _ vault: Vault
  ) throws -> NewEvent {
    let id = EventID(high: 0x7000_0000_0000_7000, low: UInt64(number) | 1 << 63)
    guard let type = EventType("ContactCreated") else { throw BenchError.missing("a type") }
    let stream = StreamName(
      category: "contact", id: "bench\(ProcessInfo.processInfo.processIdentifier).\(number)")
    let blob = try vault.seal(
      content: [UInt8](repeating: 65, count: 120), contentType: ContentType.json, under: keyID,
      eventID: id, section: 1, stream: stream, type: type)
    return NewEvent(
      eventID: id, stream: stream, type: type, actor: ActorID(system: "bench"),
      sections: [plain("{}"), NewSection(kind: .sealed, keyID: keyID, blob: blob)])
  }

  private static func destruction(of keyID: KeyID, _ number: Int) -> NewEvent {
    guard let type = EventType("SubjectKeyDestroyed") else {
      preconditionFailure("SubjectKeyDestroyed is a type")
    }
    return NewEvent(
      eventID: EventID(high: 0x7100_0000_0000_7000, low: UInt64(number) | 1 << 63),
      stream: StreamName(category: "subject", id: keyID.hex), type: type,
      actor: ActorID(system: "privacy"), sections: [plain(#"{"kid":"\#(keyID.hex)"}"#)])
  }

  private static func plain(_ json: String) -> NewSection {
    NewSection(
      kind: .plain,
      blob: PlainSection.encode(
        salt: (1, 2), contentType: ContentType.json, content: Array(json.utf8)))
  }
}
