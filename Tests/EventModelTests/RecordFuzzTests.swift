import EventModel
import TestSupport
import Testing

/// What lies in the log, as somebody with the disk may have left it.
@Suite struct RecordFuzzTests {
  @Test func `a leaf is written as it was read`() throws {
    try Fuzz("leaf", seed: 201).feed { bytes in
      let leaf: Leaf
      do throws(LeafError) { leaf = try Leaf(parsing: bytes.span) } catch { return .refused }
      return try .fixpoint(leaf.encoded(), of: bytes)
    }
  }

  @Test func `a record is its leaf and its blobs, and nothing else`() throws {
    try Fuzz("record", seed: 202).feed { bytes in
      let layout: RecordLayout
      do throws(LeafError) { layout = try RecordLayout(parsing: bytes.span) } catch {
        return .refused
      }
      var again: [UInt8] = []
      again.append(bigEndian: UInt16(layout.leafRange.count))
      again += bytes[layout.leafRange]
      for index in 0..<layout.leaf.sectionCount {
        again += bytes[layout.blobRange(index, in: bytes.span)]
      }
      return try .fixpoint(again, of: bytes)
    }
  }

  @Test func `a plain section is its salt, its type and its content`() throws {
    try Fuzz("plain-section", seed: 203).feed { bytes in
      guard let parts = PlainSection.parse(bytes.span),
        String(validating: bytes[parts.contentType], as: UTF8.self) != nil
      else { return .refused }
      let salt = (
        bytes.span.bigEndian(at: 1, as: UInt64.self), bytes.span.bigEndian(at: 9, as: UInt64.self)
      )
      let again = PlainSection.encode(
        salt: salt, contentType: bytes.span.text(parts.contentType),
        content: Array(bytes[parts.content]))
      return try .fixpoint(again, of: bytes)
    }
  }
}
