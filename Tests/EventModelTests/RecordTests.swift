internal import EventModel
internal import TestSupport
internal import Testing

@Suite struct RecordTests {
  private static let salt: (UInt64, UInt64) = (0x7bc2_9639_767b_dff2, 0x3003_806f_98b7_5b6f)
  private static let contentType = ContentType.protobuf("deed.crm.v1.ContactEvent")
  private static let content =
    "0a200a1e6163635f30314b414b5632444330393350484e364d4b415a505733384d37"

  /// Evidence docs, section 0 of event 11.
  @Test func `the worked plain section is written and read to the byte`() throws {
    let content = try bytes(Self.content)
    let blob = PlainSection.encode(
      salt: Self.salt, contentType: Self.contentType, content: content)
    #expect(blob.count == 112)
    #expect(
      Digest.sha256(blob).hex
        == "9f3672031cf4f6157f977136958111c9a120f194f1c0fa318b1da5007da3268e")
    let found = PlainSection.parse(blob.span)
    let parts = try #require(found)
    #expect(blob.span.text(parts.contentType) == Self.contentType)
    #expect(blob.span.copy(parts.content) == content)
    #expect(ContentType.messageName(Self.contentType) == "deed.crm.v1.ContactEvent")
  }

  @Test(.enabled(if: Vectors.isPresent))
  func `the plain vectors are written and read to the byte`() throws {
    struct Plain: Decodable {
      let salt: String
      let contentType: String
      let content: String
      let blob: String
      let blobDigest: String

      enum CodingKeys: String, CodingKey {
        case salt, content, blob
        case contentType = "content_type"
        case blobDigest = "blob_sha256"
      }
    }
    struct File: Decodable {
      let plain: [Plain]
    }
    let vectors = try Vectors.decode(File.self, from: "section.json").plain
    #expect(vectors.count == 7)
    for vector in vectors {
      let salt = try bytes(vector.salt)
      let content = try bytes(vector.content)
      let blob = PlainSection.encode(
        salt: salt.span.identifier(at: 0), contentType: vector.contentType, content: content)
      #expect(blob.hex == vector.blob)
      #expect(Digest.sha256(blob).hex == vector.blobDigest)
      let found = PlainSection.parse(blob.span)
      let parts = try #require(found)
      #expect(blob.span.text(parts.contentType) == vector.contentType)
      #expect(blob.span.copy(parts.content) == content)
    }
  }

  @Test func `what is no plain section is none`() throws {
    let blob = PlainSection.encode(salt: (1, 2), contentType: "text/plain", content: [])
    #expect(blob.count == 28)
    for count in 0..<28 {
      let short = Array(blob[..<count])
      #expect(PlainSection.parse(short.span) == nil, "\(count) bytes")
    }
    for format in [0, 2, 255] as [UInt8] {
      let other = [format] + blob.dropFirst()
      #expect(PlainSection.parse(other.span) == nil)
    }
    #expect(PlainSection.parse(blob.span)?.content == 28..<28)
  }

  @Test(arguments: [
    "", "text/plain", "application/x-protobuf", "application/x-protobuf; messageType",
  ])
  func `other content types name no message`(contentType: String) {
    #expect(ContentType.messageName(contentType) == nil)
  }

  @Test(.enabled(if: Vectors.isPresent))
  func `the records of the vector log have the leaves, hashes and blobs they should`() throws {
    struct Event: Decodable {
      let position: UInt64
      let stream: String
      let revision: UInt64
      let type: String
      let actor: String
      let time: Int64
      let leafHash: String
      let leafBytes: Int
      let recordDigest: String

      enum CodingKeys: String, CodingKey {
        case position, stream, revision, type, actor
        case time = "time_us"
        case leafHash = "leaf_hash"
        case leafBytes = "leaf_bytes"
        case recordDigest = "record_sha256"
      }
    }
    struct Log: Decodable {
      let events: [Event]
    }
    let events = try Vectors.decode(Log.self, from: "log.json").events
    let records = try Vectors.records()
    #expect(events.count == records.count)
    for (event, record) in zip(events, records) {
      #expect(Digest.sha256(record).hex == event.recordDigest)
      let layout = try RecordLayout(parsing: record.span)
      #expect(layout.byteCount == record.count)
      #expect(layout.leafRange.count == event.leafBytes)
      let leafBytes = Array(record[layout.leafRange])
      #expect(Digest.leafHash(leafBytes.span).hex == event.leafHash)
      let leaf = try Leaf(parsing: leafBytes.span)
      #expect(leaf.encoded() == leafBytes)
      #expect(leaf.position == Position(event.position))
      #expect(leaf.revision == Revision(event.revision))
      #expect(leaf.recordedAt == Timestamp(microseconds: event.time))
      #expect((leaf.stream, leaf.type, leaf.actor) == (event.stream, event.type, event.actor))
      #expect(StreamName(leaf.stream) != nil)
      #expect(EventType(leaf.type) != nil)
      #expect(ActorID(leaf.actor) != nil)
      for (index, header) in leaf.sections.enumerated() {
        let range = layout.blobRange(index, in: record.span)
        #expect(Digest.sha256(record.span.extracting(range)) == header.digest)
      }
    }
  }

  @Test func `a record whose lengths don't add up is refused`() throws {
    let blob = PlainSection.encode(salt: (1, 2), contentType: "text/plain", content: [7, 8, 9])
    let example = try bytes(WorkedLeaf.hex)
    var leaf = try Leaf(parsing: example.span)
    leaf.sections = [
      SectionHeader(
        kind: .plain, keyID: .zero, byteCount: UInt32(blob.count), digest: .sha256(blob))
    ]
    let leafBytes = leaf.encoded()
    var record: [UInt8] = []
    record.append(bigEndian: UInt16(leafBytes.count))
    record += leafBytes + blob
    let layout = try RecordLayout(parsing: record.span)
    #expect(record.span.copy(layout.blobRange(0, in: record.span)) == blob)
    for count in 0..<record.count {
      let short = Array(record[..<count])
      #expect(throws: LeafError.truncated, "\(count) bytes") {
        try RecordLayout(parsing: short.span)
      }
    }
    let long = record + [0, 0]
    #expect(throws: LeafError.trailingBytes(2)) { try RecordLayout(parsing: long.span) }
  }
}
