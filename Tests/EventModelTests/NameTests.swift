internal import EventModel
internal import TestSupport
internal import Testing

@Suite struct NameTests {
  @Test(
    arguments: [
      "account-acc_01KAKV2DC093PHN6MKAZPW38M7", "a-b", "a1B-x", "system-log", "a--", "a-b-c",
      "lead-A.b_c:d-9",
    ])
  func `a stream is a category, a dash and an id`(text: String) {
    #expect(StreamName(text)?.text == text)
  }

  @Test(
    arguments: [
      "", "-", "account", "account-", "-acc", "Account-1", "1a-b", "acc_x-1", "acc.x-1", "a-b c",
      "a-é", "a-b\n", "a-b/c", "á-b", "a\u{301}-b", "a-b+", "a-%20",
    ])
  func `other texts are no streams`(text: String) { #expect(StreamName(text) == nil) }

  @Test func `a stream has 200 bytes at the most`() {
    #expect(StreamName("a-" + String(repeating: "x", count: 198)) != nil)
    #expect(StreamName("a-" + String(repeating: "x", count: 199)) == nil)
  }

  @Test func `the first dash parts category and id`() {
    let name = StreamName(category: "opportunity", id: "x-y-z")
    #expect(name.category == "opportunity")
    #expect(name.id == "x-y-z")
  }

  @Test(arguments: ["A", "AccountCreated", "A1", "A.v2", "AccountCreated.v9", "A.v10", "A.v999"])
  func `a type is in PascalCase with a version from 2`(text: String) {
    #expect(EventType(text)?.text == text)
  }

  @Test(
    arguments: [
      "", "a", "accountCreated", "1A", "A_b", "A b", "A.", "A.v", "A.v0", "A.v1", "A.v01",
      "A.v02", "A.V2", "A.v2x", "A.v2.v3", "A.2", ".v2", "A..v2", "Á", "A.v-2", "A.v٣",
    ])
  func `other texts are no types`(text: String) { #expect(EventType(text) == nil) }

  @Test func `a type has 200 bytes at the most`() {
    #expect(EventType("A" + String(repeating: "b", count: 199)) != nil)
    #expect(EventType("A" + String(repeating: "b", count: 200)) == nil)
  }

  @Test func `an actor has 1 to 100 bytes of letters, digits and four signs`() {
    #expect(ActorID("usr_01KAH8NPC0244KE13EW15XFQAC") != nil)
    #expect(ActorID(system: "log").text == "system:log")
    #expect(ActorID(String(repeating: "a", count: 100)) != nil)
    #expect(ActorID(String(repeating: "a", count: 101)) == nil)
    for text in ["", " ", "a b", "a@b", "é", "a\u{0}", "a/b", "a\r\n"] {
      #expect(ActorID(text) == nil, "\(text)")
    }
  }

  @Test func `a tag has 1 to 200 bytes of printable ASCII without space`() {
    #expect(Tag("account:acc_1")?.text == "account:acc_1")
    #expect(Tag("!~") != nil)
    #expect(Tag(String(repeating: "a", count: 200)) != nil)
    #expect(Tag(String(repeating: "a", count: 201)) == nil)
    for text in ["", " ", "a b", "é", "a\u{7f}", "a\t", "\u{1f}"] {
      #expect(Tag(text) == nil, "\(text)")
    }
  }

  @Test func `random text never traps a grammar, and what it takes is ASCII`() {
    let seed: UInt64 = 41
    var generator = SeededGenerator(seed: seed)
    let start = Array("account-acc_1.v2:A".utf8)
    for _ in 0..<2000 {
      let text = String(decoding: start.mutated(using: &generator), as: UTF8.self)
      let taken: [(any Name)?] = [StreamName(text), EventType(text), ActorID(text), Tag(text)]
      for name in taken.compactMap({ $0 }) {
        #expect(name.text.utf8.allSatisfy { (0x21...0x7e) ~= $0 }, "seed \(seed): \(text)")
      }
    }
  }
}

@Suite struct IdentifierTests {
  private static let text = "019aa7b1-3c56-7f18-8dbd-855a6ab3c196"

  @Test func `an identifier has two text forms and one of bytes`() throws {
    let id = try #require(EventID(uuidText: Self.text))
    #expect(id.uuidText == Self.text)
    #expect(id.description == Self.text)
    #expect(id.hex == "019aa7b13c567f188dbd855a6ab3c196")
    #expect(EventID(id.bytes) == id)
    #expect(EventID(uuidText: Self.text.uppercased()) == id)
    #expect(KeyID(high: id.high, low: id.low).description == id.hex)
  }

  @Test(
    arguments: [
      "", "019aa7b13c567f188dbd855a6ab3c196", "019aa7b1-3c56-7f18-8dbd-855a6ab3c19",
      "019aa7b1-3c56-7f18-8dbd-855a6ab3c1966", "019aa7b1-3c56-7f18-8dbd855a6-ab3c196",
      "g19aa7b1-3c56-7f18-8dbd-855a6ab3c196", "{19aa7b1-3c56-7f18-8dbd-855a6ab3c19}",
      "019aa7b1_3c56-7f18-8dbd-855a6ab3c196", "é19aa7b1-3c56-7f18-8dbd-855a6ab3c19",
    ])
  func `other texts are no identifiers`(text: String) { #expect(EventID(uuidText: text) == nil) }

  @Test func `other counts of bytes are no identifiers`() {
    #expect(KeyID([UInt8](repeating: 1, count: 15)) == nil)
    #expect(KeyID([UInt8](repeating: 1, count: 17)) == nil)
  }

  /// RFC 9562 appendix A.6.
  @Test func `a UUID of version 7 has its time, version and variant`() {
    let time = Timestamp(microseconds: 1_645_557_742_000_000)
    let id = EventID(version7At: time, random: (0xcc3, 0x18c4_dc0c_0c07_398f))
    #expect(id.uuidText == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    let full = EventID(version7At: time, random: (.max, .max))
    #expect(full.uuidText == "017f22e2-79b0-7fff-bfff-ffffffffffff")
    let before = EventID(version7At: Timestamp(microseconds: -1), random: (0, 0))
    #expect(before.uuidText == "00000000-0000-7000-8000-000000000000")
  }

  @Test func `a UUID of version 8 is the same for the same digest`() {
    let id = EventID(version8Of: .sha256(Array("import-1:7".utf8)))
    #expect(id == EventID(version8Of: .sha256(Array("import-1:7".utf8))))
    #expect(id != EventID(version8Of: .sha256(Array("import-1:8".utf8))))
    let text = Array(id.uuidText)
    #expect(text[14] == "8")
    #expect("89ab".contains(text[19]))
  }

  @Test func `identifiers order as their bytes do`() {
    let ids = [
      EventID(high: 0, low: 1), EventID(high: 0, low: .max), EventID(high: 1, low: 0),
      EventID(high: .max, low: 0),
    ]
    for (index, id) in ids.enumerated() {
      for (other, second) in ids.enumerated() { #expect((id < second) == (index < other)) }
    }
  }

  @Test func `hexadecimal digits of either case are read, and nothing else`() {
    #expect([UInt8](hex: "00ffAb") == [0, 255, 171])
    #expect([UInt8](hex: "") == [])
    for text in ["0", "0g", "0x00", " 00", "00 ", "é", "٠٠"] {
      #expect([UInt8](hex: text) == nil, "\(text)")
    }
    let all = (UInt8.min ... .max).map { $0 }
    #expect([UInt8](hex: all.hex) == all)
  }

  @Test func `integers are written with their most significant byte first`() {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: UInt16(0x0102))
    bytes.append(bigEndian: UInt32(0x0304_0506))
    bytes.append(bigEndian: UInt64(0x0708_090a_0b0c_0d0e))
    #expect(bytes == Array(1...14))
    #expect(bytes.span.bigEndian(at: 0, as: UInt16.self) == 0x0102)
    #expect(bytes.span.bigEndian(at: 2, as: UInt32.self) == 0x0304_0506)
    #expect(bytes.span.bigEndian(at: 6, as: UInt64.self) == 0x0708_090a_0b0c_0d0e)
  }
}
