internal import EventModel
internal import Evidence
internal import TestSupport
internal import Testing
internal import Transparency

/// Evidence with one flaw each: none may be accepted.
@Suite struct EvidenceFlawTests {
  typealias Flaw = (name: String, make: @Sendable (inout EvidenceBundle) throws -> Void)

  @Test func `evidence without a flaw holds`() throws {
    let log = try SmallLog.filled()
    let evidence = try log.verify(try log.wholeBundle())
    #expect(evidence.events.count == 12)
    #expect(evidence.older.map(\.checkpoint.size) == [4, 8])
    #expect(evidence.isComplete(from: 0))
    #expect(evidence.events[4].sections[1]?.text?.bytes == nil)
    #expect(evidence.events[3].sections[1]?.text?.bytes == Array("phone 0".utf8))
    guard case .signed(let command) = evidence.events[11].assurance else {
      Issue.record("event 11 is not signed")
      return
    }
    #expect(command.registeredAt == 1)
    #expect(command.bodySection == 1)
  }

  /// One flaw for each thing that a bundle says.
  static let flaws: [Flaw] = [
    ("another origin", { $0.origin += "x" }),
    ("no origin", { $0.origin = "" }),
    ("an event twice", { $0.events.insert($0.events[4], at: 4) }),
    ("events in another order", { $0.events.swapAt(3, 4) }),
    ("an event missing in a range", { $0.events.remove(at: 2) }),
    ("an event missing in a stream", { $0.events.remove(at: 5) }),
    ("another index", { $0.events[11].index = 12 }),
    ("an index beyond the log", { $0.events[11].index = .max }),
    ("a proof of another event", { $0.events[4].proof = $0.events[6].proof }),
    ("a proof without its last hash", { _ = $0.events[4].proof.popLast() }),
    ("a proof with one hash more", { $0.events[4].proof.append(.zero) }),
    ("a proof in another order", { $0.events[4].proof.swapAt(0, 1) }),
    ("a leaf of another event", { $0.events[4].leaf = $0.events[5].leaf }),
    ("a section of another event", { $0.events[4].sections = $0.events[5].sections }),
    ("a section twice", { $0.events[3].sections.append($0.events[3].sections[1]) }),
    ("sections in another order", { $0.events[3].sections.swapAt(0, 1) }),
    ("a section that there is not", { $0.events[3].sections[1].index = 2 }),
    (
      "a secret of another section",
      { $0.events[3].sections[1].secret = $0.events[6].sections[1].secret }
    ),
    ("a secret too short", { $0.events[3].sections[1].secret?.removeLast() }),
    ("a secret of nothing", { $0.events[3].sections[1].secret = [] }),
    (
      "a secret for a plain section",
      { $0.events[3].sections[0].secret = Array(repeating: 0, count: 32) }
    ),
    ("a stream that is longer", { $0.streams[0].through = 7 }),
    ("a stream that is not there", { $0.streams[0].stream = "account-c" }),
    ("a stream reversed", { ($0.streams[0].from, $0.streams[0].through) = (6, 0) }),
    ("a stream of all revisions", { ($0.streams[0].from, $0.streams[0].through) = (0, .max) }),
    ("a range beyond the log", { $0.ranges[0].to += 1 }),
    ("a range reversed", { ($0.ranges[1].from, $0.ranges[1].to) = (7, 3) }),
    ("a range of everything", { $0.ranges[0] = .init(from: 0, to: .max) }),
    (
      "an older checkpoint with another proof",
      { $0.consistency[0].proof = $0.consistency[1].proof }
    ),
    ("an older checkpoint without its proof", { $0.consistency[0].proof = [] }),
    ("an older checkpoint of the other size", { $0.consistency[0].note = $0.consistency[1].note }),
    ("the key registered after its use", { $0.events.append($0.events.remove(at: 1)) }),
    ("the key's registration not shown", { $0.events[1].sections = [] }),
    ("a body that was not signed", { $0.events[11].sections[1] = $0.events[10].sections[0] }),
    ("a body where the metadata is", { $0.events[11].sections[0] = $0.events[11].sections[1] }),
    ("time stamps", { $0.timestampCount = 1 }),
    ("no checkpoint", { $0.checkpoint = "" }),
  ]

  @Test(arguments: flaws.indices) func `a flaw is refused`(number: Int) throws {
    let flaw = Self.flaws[number]
    let log = try SmallLog.filled()
    var bundle = try log.wholeBundle()
    try flaw.make(&bundle)
    #expect(throws: EvidenceError.self, "\(flaw.name)") { try log.verify(bundle) }
  }

  @Test func `any byte of leaf, blob, secret, proof and note that changes is seen`() throws {
    let log = try SmallLog.filled()
    let whole = try log.wholeBundle()
    var generator = SeededGenerator(seed: 0x5eed)
    print("seed \(generator.seed)")
    for place in whole.events.indices {
      for byte in whole.events[place].leaf.indices {
        var bundle = whole
        bundle.events[place].leaf[byte] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        #expect(throws: EvidenceError.self) { try log.verify(bundle) }
      }
      for section in whole.events[place].sections.indices {
        for byte in whole.events[place].sections[section].blob.indices {
          var bundle = whole
          bundle.events[place].sections[section].blob[byte] ^= 1
          #expect(throws: EvidenceError.self) { try log.verify(bundle) }
        }
        for byte in (whole.events[place].sections[section].secret ?? []).indices {
          var bundle = whole
          bundle.events[place].sections[section].secret?[byte] ^= 0x80
          #expect(throws: EvidenceError.self) { try log.verify(bundle) }
        }
      }
    }
  }

  @Test func `a log of another key or origin proves nothing here`() throws {
    let log = try SmallLog.filled()
    for other in [try SmallLog.filled(seed: 2), try SmallLog.filled(origin: "deed.test/other")] {
      #expect(throws: EvidenceError.self) { try log.verify(try other.wholeBundle()) }
      var mixed = try log.wholeBundle()
      mixed.checkpoint = try other.note()
      #expect(throws: EvidenceError.self) { try log.verify(mixed) }
      mixed = try log.wholeBundle()
      mixed.consistency[0].note = try other.note(size: 4)
      #expect(throws: EvidenceError.self) { try log.verify(mixed) }
    }
  }

  @Test func `a stream whose chain is broken is refused though each event is in the log`() throws {
    var log = try SmallLog()
    log.addJSON("account-a", "AccountChanged", "{}")
    var forged = try SmallLog()
    forged.addJSON("account-a", "AccountChanged", #"{"other":1}"#)
    forged.addJSON("account-a", "AccountChanged", "{}")
    // The second leaf follows another first one.
    let mixed = try SplicedLog(first: log.leaves[0], second: forged.leaves[1]).bundle(log.signer)
    let error = #expect(throws: EvidenceError.self) { try log.verify(mixed) }
    #expect("\(try #require(error))".contains("does not follow"))
  }
}

/// Two leaves under a signed root, whatever they say: what a dishonest server could make.
private struct SplicedLog {
  let first: [UInt8]
  let second: [UInt8]

  func bundle(_ signer: CheckpointSigner) throws -> EvidenceBundle {
    let hashes = [first, second].map { Digest.leafHash($0.span) }
    let root = Digest.nodeHash(hashes[0], hashes[1])
    return EvidenceBundle(
      origin: signer.origin, checkpoint: try signer.sign(size: 2, root: root),
      events: [
        .init(index: 0, leaf: first, proof: [hashes[1]]),
        .init(index: 1, leaf: second, proof: [hashes[0]]),
      ])
  }
}
