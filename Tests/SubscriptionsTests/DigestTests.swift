import EventModel
import Subscriptions
import TestSupport
import Testing

@Suite struct DeliveryDigestTests {
  static let filter = Result { try SubscriptionFilter(types: ["B", "A", "A"], tags: ["x:1"]) }

  @Test func `the digest is the one that the format says, byte by byte`() throws {
    let header = SubscriptionHeader(
      origin: "local/main/00000000", filter: try Self.filter.get(), grants: "usr_1 active")
    let text = """
      deed/subscription/v1
      origin local/main/00000000
      grants usr_1 active
      type A
      type B
      tag x:1

      """
    #expect(header.text == text)
    let leaf = Digest.sha256(Array("leaf".utf8))
    var digest = DeliveryDigest(header, after: nil)
    digest.add(7, leafHash: leaf)
    digest.add(8, leafHash: nil)
    let start = Digest.sha256(
      Digest.sha256(Array(text.utf8)).bytes + [UInt8](repeating: 255, count: 8))
    let one = Digest.sha256(start.bytes + [0, 0, 0, 0, 0, 0, 0, 7] + leaf.bytes)
    #expect(digest.value == .sha256(one.bytes + [0, 0, 0, 0, 0, 0, 0, 8]))
  }

  @Test(arguments: [nil, 0, 41, UInt64.max - 1]) func `a cursor is read as it was written`(
    position: UInt64?
  ) throws {
    let header = SubscriptionHeader(origin: "o", filter: .everything, grants: "g")
    let cursor = SubscriptionCursor(header, after: position)
    let read = try #require(SubscriptionCursor(cursor.text))
    #expect(read == cursor)
    #expect(read.text == cursor.text)
  }

  @Test(arguments: [
    "", "-", "1", "1-2-3", "x-00-00", "01-\(String(repeating: "0", count: 64))-0000000000000000",
    "18446744073709551615-\(String(repeating: "0", count: 64))-0000000000000000",
    "1-\(String(repeating: "0", count: 62))-0000000000000000",
    "1-\(String(repeating: "g", count: 64))-0000000000000000",
    "1-\(String(repeating: "0", count: 64))-000000000000000",
    "1-\(String(repeating: "0", count: 64))-0000000000000000-",
    String(repeating: "1", count: 10_000),
  ])
  func `what is no cursor is refused`(text: String) {
    #expect(SubscriptionCursor(text) == nil)
  }

  @Test func `a filter names what it can't read`() {
    #expect(throws: FilterError.malformed(.type, "lead captured")) {
      try SubscriptionFilter(types: ["lead captured"])
    }
    #expect(throws: FilterError.malformed(.category, "a-b")) {
      try SubscriptionFilter(categories: ["a-b"])
    }
    #expect(throws: FilterError.tooManyTerms(65)) {
      try SubscriptionFilter(tags: (0..<65).map { "t:\($0)" })
    }
  }
}
