internal import EventModel
internal import TestSupport
internal import Testing

@Suite struct LeafTests {
  @Test func `the worked example reads, hashes and is written again`() throws {
    let bytes = try bytes(WorkedLeaf.hex)
    #expect(bytes.count == 306)
    #expect(Digest.leafHash(bytes.span).hex == WorkedLeaf.hash)
    let leaf = try Leaf(parsing: bytes.span)
    #expect(leaf.encoded() == bytes)
    #expect(leaf.position == Position(11))
    #expect(leaf.recordedAt.description == "2025-11-21T18:33:21.750Z")
    #expect(leaf.eventID.uuidText == "019aa7b1-3c56-7f18-8dbd-855a6ab3c196")
    #expect(leaf.revision == Revision(0))
    #expect(leaf.previous.isZero)
    #expect(leaf.stream == "contact-con_01KAKV2DC0NGPPYGWPKS7X34ST")
    #expect(leaf.type == "ContactCreated")
    #expect(leaf.tenant == "acme")
    #expect(leaf.actor == "usr_01KAH8NPC0244KE13EW15XFQAC")
    #expect(leaf.onBehalfOf.isEmpty)
    #expect(leaf.correlation.hex == "019aa7b13c5678239c2abef5d04c776e")
    #expect(leaf.causation.isZero)
    #expect(leaf.sections.map(\.kind) == [.plain, .sealed])
    #expect(leaf.sections.map(\.byteCount) == [112, 197])
    #expect(leaf.sections[1].keyID.hex == "ef27145faf6f13ecad17fd2c0ddddfa3")
  }

  @Test(.enabled(if: Vectors.isPresent))
  func `the vectors are written and read to the byte`() throws {
    let vectors = try LeafVector.all()
    #expect(vectors.count == 15)
    for vector in vectors {
      let leaf = try vector.leaf()
      let encoded = leaf.encoded()
      #expect(encoded.hex == vector.bytes, "\(vector.name)")
      #expect(encoded.count == vector.size)
      #expect(Digest.leafHash(encoded.span).hex == vector.leafHash)
      #expect(try Leaf(parsing: encoded.span) == leaf)
    }
  }

  @Test(.enabled(if: Vectors.isPresent))
  func `the longest leaf is as long as the limit`() throws {
    #expect(try LeafVector.all().map(\.size).max() == Leaf.byteLimit)
  }

  @Test(.enabled(if: Vectors.isPresent))
  func `every truncation of every vector is refused`() throws {
    for vector in try LeafVector.all() {
      let whole = try bytes(vector.bytes)
      for count in 0..<whole.count {
        let short = Array(whole[..<count])
        #expect(throws: LeafError.truncated, "\(vector.name), \(count) bytes") {
          try Leaf(parsing: short.span)
        }
      }
    }
  }

  @Test func `bytes behind a leaf are refused`() throws {
    let bytes = try bytes(WorkedLeaf.hex) + [0]
    #expect(throws: LeafError.trailingBytes(1)) { try Leaf(parsing: bytes.span) }
  }

  /// Whatever the parser takes, it writes again as it was: there is one form of each leaf.
  @Test func `each flipped bit makes another leaf or none`() throws {
    let whole = try bytes(WorkedLeaf.hex)
    let original = try Leaf(parsing: whole.span)
    for index in whole.indices {
      for bit in 0..<8 {
        var flipped = whole
        flipped[index] ^= 1 << UInt8(bit)
        #expect(Digest.leafHash(flipped.span).hex != WorkedLeaf.hash)
        do throws(LeafError) {
          let leaf = try Leaf(parsing: flipped.span)
          #expect(leaf != original)
          #expect(leaf.encoded() == flipped)
        } catch {
          continue
        }
      }
    }
  }

  @Test(arguments: [21, 22, 23] as [UInt64])
  func `random damage is refused or read back the same`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let whole = try bytes(WorkedLeaf.hex)
    for _ in 0..<3000 {
      let damaged = whole.mutated(using: &generator)
      do throws(LeafError) {
        let leaf = try Leaf(parsing: damaged.span)
        #expect(leaf.encoded() == damaged, "seed \(seed): \(damaged.hex)")
      } catch {
        continue
      }
    }
  }

  /// A log's own leaves are found by their bounds alone; the parts must be those of the full check.
  @Test(arguments: [24, 25] as [UInt64])
  func `what is located is what is parsed, and damage never reaches beyond the bytes`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<3000 {
      let whole = Leaf.random(using: &generator).encoded()
      let bytes = Bool.random(using: &generator) ? whole : whole.mutated(using: &generator)
      let parsed = Result { () throws(LeafError) in try LeafLayout(parsing: bytes.span) }
      let located = Result { () throws(LeafError) in try LeafLayout(locating: bytes.span) }
      if case .success(let layout) = parsed {
        #expect(located == .success(layout), "seed \(seed): \(bytes.hex)")
      }
      guard case .success(let layout) = located else { continue }
      #expect(layout.byteCount == bytes.count, "seed \(seed): \(bytes.hex)")
      // Traps where a part reaches beyond the bytes.
      _ = Leaf(layout, in: bytes.span)
    }
  }

  @Test func `random leaves are read back`() throws {
    let seed: UInt64 = 31
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      let leaf = Leaf.random(using: &generator)
      let encoded = leaf.encoded()
      #expect(try Leaf(parsing: encoded.span) == leaf, "seed \(seed): \(leaf)")
    }
  }
}

/// One refusal of the parser after the other.
@Suite struct LeafRefusalTests {
  private static func parse(_ change: (inout Leaf) -> Void) throws -> Leaf {
    let example = try bytes(WorkedLeaf.hex)
    var leaf = try Leaf(parsing: example.span)
    change(&leaf)
    let encoded = leaf.encoded()
    return try Leaf(parsing: encoded.span)
  }

  @Test func `another magic is refused`() throws {
    var whole = try bytes(WorkedLeaf.hex)
    whole[3] = UInt8(ascii: "2")
    #expect(throws: LeafError.wrongMagic) { try Leaf(parsing: whole.span) }
  }

  @Test func `an empty stream, type or actor is refused, and an empty tenant is not`() throws {
    #expect(throws: LeafError.emptyName) { try Self.parse { $0.stream = "" } }
    #expect(throws: LeafError.emptyName) { try Self.parse { $0.type = "" } }
    #expect(throws: LeafError.emptyName) { try Self.parse { $0.actor = "" } }
    #expect(try Self.parse { $0.tenant = "" }.tenant.isEmpty)
  }

  @Test(arguments: ["a\u{0}b", "a\nb", "a\u{1f}", "\u{7f}"])
  func `control bytes are refused in every text`(text: String) throws {
    let isControl = { (error: any Error) -> Bool in
      if case .controlByte = error as? LeafError { true } else { false }
    }
    #expect(performing: { try Self.parse { $0.stream = text } }, throws: isControl)
    #expect(performing: { try Self.parse { $0.type = text } }, throws: isControl)
    #expect(performing: { try Self.parse { $0.tenant = text } }, throws: isControl)
    #expect(performing: { try Self.parse { $0.actor = text } }, throws: isControl)
    #expect(performing: { try Self.parse { $0.onBehalfOf = text } }, throws: isControl)
  }

  @Test(
    arguments: [
      [0xff, 0x41, 0x42, 0x43], [0xc0, 0x80, 0x42, 0x43], [0xed, 0xa0, 0x80, 0x43],
      [0x41, 0x42, 0x43, 0xc3], [0xf5, 0x80, 0x80, 0x80],
    ] as [[UInt8]])
  func `malformed UTF-8 is refused`(tenant: [UInt8]) throws {
    var whole = try bytes(WorkedLeaf.hex)
    let layout = try LeafLayout(parsing: whole.span)
    whole.replaceSubrange(layout.tenant, with: tenant)
    #expect(throws: LeafError.malformedText(at: layout.tenant.lowerBound)) {
      try Leaf(parsing: whole.span)
    }
  }

  @Test func `a predecessor at revision 0 is refused, and none at revision 1 is not`() throws {
    #expect(throws: LeafError.previousAtRevisionZero) {
      try Self.parse { $0.previous = .sha256([1]) }
    }
    #expect(try Self.parse { $0.revision = Revision(1) }.previous.isZero)
  }

  @Test func `17 sections are refused, and 16 are not`() throws {
    let section = SectionHeader(kind: .plain, keyID: .zero, byteCount: 0, digest: .zero)
    let full = try Self.parse { leaf in
      leaf.sections = [SectionHeader](repeating: section, count: 16)
    }
    #expect(full.sections.count == 16)
    var encoded = full.encoded()
    let countOffset = encoded.count - 16 * 53 - 1
    encoded[countOffset] = 17
    encoded.append(contentsOf: encoded.suffix(53))
    #expect(throws: LeafError.tooManySections(17)) { try Leaf(parsing: encoded.span) }
  }

  @Test(arguments: [0, 5, 255] as [UInt8])
  func `an unknown kind of section is refused`(kind: UInt8) throws {
    var whole = try bytes(WorkedLeaf.hex)
    whole[whole.count - 53] = kind
    #expect(throws: LeafError.unknownSectionKind(kind)) { try Leaf(parsing: whole.span) }
  }

  @Test(arguments: SectionHeader.Kind.allCases, [KeyID.zero, KeyID(high: 0, low: 1)])
  func `a key belongs to a sealed kind and to no other`(
    kind: SectionHeader.Kind, keyID: KeyID
  ) throws {
    let section = SectionHeader(kind: kind, keyID: keyID, byteCount: 7, digest: .zero)
    guard kind.isSealed == keyID.isZero else {
      #expect(try Self.parse { $0.sections = [section] }.sections == [section])
      return
    }
    #expect(throws: LeafError.keyDoesNotFitKind(section: 0)) {
      try Self.parse { $0.sections = [section] }
    }
  }
}

extension Leaf {
  /// Any leaf the parser must take.
  static func random(using generator: inout SeededGenerator) -> Leaf {
    let revision = UInt64.random(in: 0...2, using: &generator)
    func text(_ range: ClosedRange<Int>) -> String {
      String(
        (0..<Int.random(in: range, using: &generator)).map { _ in
          "aZ09-_.é漢".randomElement(using: &generator) ?? "a"
        })
    }
    let sections = (0..<Int.random(in: 0...16, using: &generator)).map { _ in
      let kind = SectionHeader.Kind.allCases.randomElement(using: &generator) ?? .plain
      return SectionHeader(
        kind: kind,
        keyID: kind.isSealed
          ? KeyID(high: generator.next(), low: generator.next() | 1) : .zero,
        byteCount: UInt32.random(in: 0...UInt32.max, using: &generator),
        digest: .sha256(generator.bytes(4)))
    }
    return Leaf(
      position: Position(generator.next()),
      recordedAt: Timestamp(microseconds: Int64(bitPattern: generator.next())),
      eventID: EventID(high: generator.next(), low: generator.next()),
      revision: Revision(revision), previous: revision == 0 ? .zero : .sha256(generator.bytes(4)),
      stream: text(1...80), type: text(1...80), tenant: text(0...80), actor: text(1...80),
      onBehalfOf: text(0...80),
      correlation: CommandID(high: generator.next(), low: generator.next()),
      causation: EventID(high: generator.next(), low: generator.next()), sections: sections)
  }
}
