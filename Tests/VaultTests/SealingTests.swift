internal import EventModel
internal import Sealing
internal import TestSupport
internal import Testing
internal import Vault

@Suite struct SealingTests {
  /// Evidence docs, section 1 of event 11.
  private static let example = SealingVectors.Sealed(
    position: 11, section: 1, eventID: "019aa7b13c567f188dbd855a6ab3c196",
    stream: "contact-con_01KAKV2DC0NGPPYGWPKS7X34ST", type: "ContactCreated",
    keyID: "ef27145faf6f13ecad17fd2c0ddddfa3",
    dek: "0473c91bce79ef3f56f66f5e62fcf704ac38f17c02191e391f3c147f485d1ce6",
    salt: "d870a0261647ba6139c1e60847594a06b7ea761739d2e8760527ccc7c158e5b6",
    nonce: "3157dd0eb1f2f8e7a376abb7",
    contentType: "application/x-protobuf; messageType=deed.crm.v1.ContactEvent",
    content: "0a1912065a6fc3ab20301a0f2b3836203130203030303030303030",
    blob: "02ef27145faf6f13ecad17fd2c0ddddfa3"
      + "d870a0261647ba6139c1e60847594a06b7ea761739d2e8760527ccc7c158e5b6"
      + "3c94cfcce22daf0baf9096a7f326b6db8391228744198a23290bfa979e280259"
      + "3157dd0eb1f2f8e7a376abb7"
      + "dec4bcee2f2f770f9e6e81beab01c0ce8ab759e3ebeaa48dc7fe14afeba9ea81"
      + "1fcc505010cfbb0fdb61e7e3ed1e7b0986b0f11ad001a40119822cee8343ff6f"
      + "23055a68852aa42f67799b026d23a10aeeba77b87e915ead60408d9dd4dfa2e9"
      + "3294dbde10914c11",
    blobDigest: "25806731689b6cad82a0105fb624b64a8ec657d4cc3fae244b4737b1d569569a")

  /// A vault whose one subject has the key of `vector`.
  private func withVault(
    of vector: SealingVectors.Sealed, _ body: (Vault, Script, KeyID) throws -> Void
  ) throws {
    try withTemporaryFolder { folder throws in
      let script = Script()
      try Vault.create(in: "\(folder)/keys", random: script.source)
      let vault = try Vault(folder: "\(folder)/keys", random: script.source)
      script.say(try bytes(vector.keyID), try bytes(vector.dek))
      let keyID = try vault.createSubject(at: Position(0))
      #expect(keyID.hex == vector.keyID)
      try body(vault, script, keyID)
    }
  }

  private func check(_ vector: SealingVectors.Sealed) throws {
    try withVault(of: vector) { vault, script, keyID throws in
      let content = try bytes(vector.content)
      script.say(try bytes(vector.salt), try bytes(vector.nonce))
      let blob = try vault.seal(
        content: content, contentType: vector.contentType, under: keyID, at: vector.place())
      #expect(blob.hex == vector.blob)
      #expect(Digest.sha256(blob).hex == vector.blobDigest)
      #expect(SealedSection.keyID(of: blob.span) == keyID)
      #expect(
        try vault.open(blob.span, under: keyID, at: vector.place())
          == .value(SectionContent(contentType: vector.contentType, content: content)))
    }
  }

  @Test func `the worked example is sealed to the byte`() throws { try check(Self.example) }

  @Test(.enabled(if: Vectors.isPresent))
  func `the vectors are sealed to the byte`() throws {
    let vectors = try Vectors.decode(SealingVectors.self, from: "section.json").sealed
    #expect(vectors.count == 10)
    for vector in vectors { try check(vector) }
  }

  @Test func `every flipped bit is noticed`() throws {
    try withVault(of: Self.example) { vault, _, keyID throws in
      let blob = try bytes(Self.example.blob)
      let place = try Self.example.place()
      for index in blob.indices {
        for bit in 0..<8 {
          var flipped = blob
          flipped[index] ^= 1 << UInt8(bit)
          let expected: Unsealed =
            switch index {
            case 17..<81: .notThisKey
            default: .damaged
            }
          #expect(try vault.open(flipped.span, under: keyID, at: place) == expected)
        }
      }
    }
  }

  @Test func `every truncation is noticed`() throws {
    try withVault(of: Self.example) { vault, _, keyID throws in
      let blob = try bytes(Self.example.blob)
      for count in 0..<blob.count {
        let short = Array(blob[..<count])
        #expect(
          try vault.open(short.span, under: keyID, at: Self.example.place()) == .damaged,
          "\(count) bytes")
      }
    }
  }

  @Test func `a blob opens only in its own place`() throws {
    try withVault(of: Self.example) { vault, _, keyID throws in
      let blob = try bytes(Self.example.blob)
      let eventID: EventID = try identifier(Self.example.eventID)
      let stream = Self.example.stream
      let type = Self.example.type
      let moved: [(SectionPlace, Unsealed)] = [
        (SectionPlace(eventID: .zero, section: 1, stream: stream, type: type), .notThisKey),
        (SectionPlace(eventID: eventID, section: 2, stream: stream, type: type), .notThisKey),
        (SectionPlace(eventID: eventID, section: 1, stream: stream + "x", type: type), .damaged),
        (SectionPlace(eventID: eventID, section: 1, stream: stream, type: type + "d"), .damaged),
      ]
      for (place, expected) in moved {
        #expect(try vault.open(blob.span, under: keyID, at: place) == expected)
      }
    }
  }

  @Test func `another subject's key does not open a blob`() throws {
    try withVault(of: Self.example) { vault, _, _ throws in
      let other = try vault.createSubject(at: Position(0))
      let blob = try bytes(Self.example.blob)
      #expect(try vault.open(blob.span, under: other, at: Self.example.place()) == .damaged)
      var renamed = blob
      renamed.replaceSubrange(1..<17, with: other.bytes)
      #expect(try vault.open(renamed.span, under: other, at: Self.example.place()) == .notThisKey)
    }
  }

  @Test(arguments: [11, 12] as [UInt64])
  func `random damage neither traps nor opens`(seed: UInt64) throws {
    try withVault(of: Self.example) { vault, _, keyID throws in
      var generator = SeededGenerator(seed: seed)
      let blob = try bytes(Self.example.blob)
      for _ in 0..<500 {
        let damaged = blob.mutated(using: &generator)
        guard damaged != blob else { continue }
        let result = try vault.open(damaged.span, under: keyID, at: Self.example.place())
        #expect(result == .damaged || result == .notThisKey, "seed \(seed): \(damaged.hex)")
      }
    }
  }

  @Test(.enabled(if: Vectors.isPresent))
  func `every sealed section of the vector log opens with its subject's key`() throws {
    struct Subject: Decodable {
      let kid: String
      let dek: String
    }
    let subjects = try Vectors.decode([String: Subject].self, from: "keys/subjects.json").values
    let records = try Vectors.records()
    try withTemporaryFolder { folder throws in
      let script = Script()
      try Vault.create(in: "\(folder)/keys", random: script.source)
      let vault = try Vault(folder: "\(folder)/keys", random: script.source)
      for subject in subjects {
        script.say(try bytes(subject.kid), try bytes(subject.dek))
        _ = try vault.createSubject(at: Position(0))
      }
      var opened = 0
      for record in records {
        let layout = try RecordLayout(parsing: record.span)
        let leaf = Leaf(layout.leaf, in: record.span.extracting(layout.leafRange))
        for (index, header) in leaf.sections.enumerated() where header.kind.isSealed {
          let blob = record.span.extracting(layout.blobRange(index, in: record.span))
          let place = SectionPlace(
            eventID: leaf.eventID, section: index, stream: leaf.stream, type: leaf.type)
          let result = try vault.open(blob, under: header.keyID, at: place)
          guard case .value = result else {
            Issue.record("section \(index) of \(leaf.position): \(result)")
            continue
          }
          opened += 1
        }
      }
      #expect(opened == 370)
    }
  }
}
