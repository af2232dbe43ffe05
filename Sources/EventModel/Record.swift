/// Where the parts of one stored event lie: `u16 len(leaf) ‖ leaf ‖ blob_0 ‖ blob_1 ‖ …`.
///
/// Source: docs/format/record.md, "Record".
package struct RecordLayout: Hashable, Sendable {
  package let leaf: LeafLayout
  /// The record's bytes in all.
  package let byteCount: Int

  /// Where the leaf lies in the record.
  @inlinable
  package var leafRange: Range<Int> { 2..<2 + leaf.byteCount }

  /// Finds the parts of the record that `bytes` is, and refuses what is no canonical record.
  ///
  /// The lengths of the blobs must add up to the record; their digests are not computed.
  package init(parsing bytes: Span<UInt8>) throws(LeafError) {
    leaf = try LeafLayout(parsing: bytes.extracting(2..<(try Self.leafEnd(in: bytes))))
    byteCount = try Self.wholeCount(leaf, bytes)
  }

  /// Finds the parts of a record that was checked when it was written, as those of a log were:
  /// its bounds are looked at, its texts are not.
  package init(locating bytes: Span<UInt8>) throws(LeafError) {
    leaf = try LeafLayout(locating: bytes.extracting(2..<(try Self.leafEnd(in: bytes))))
    byteCount = try Self.wholeCount(leaf, bytes)
  }

  private static func leafEnd(in bytes: Span<UInt8>) throws(LeafError) -> Int {
    guard bytes.count >= 2 else { throw .truncated }
    let end = 2 + Int(bytes.bigEndian(at: 0, as: UInt16.self))
    guard end <= bytes.count else { throw .truncated }
    return end
  }

  /// The bytes of the record, which must be all there are.
  private static func wholeCount(
    _ leaf: LeafLayout, _ bytes: Span<UInt8>
  ) throws(LeafError) -> Int {
    let leafBytes = bytes.extracting(2..<2 + leaf.byteCount)
    var end = 2 + leaf.byteCount
    for index in 0..<leaf.sectionCount { end += leaf.sectionByteCount(index, in: leafBytes) }
    guard end <= bytes.count else { throw .truncated }
    guard end == bytes.count else { throw .trailingBytes(bytes.count - end) }
    return end
  }

  /// Where the blob of section `index` lies in the record's `bytes`.
  @inlinable
  package func blobRange(_ index: Int, in bytes: Span<UInt8>) -> Range<Int> {
    let leafBytes = bytes.extracting(leafRange)
    var start = leafRange.upperBound
    for earlier in 0..<index { start += leaf.sectionByteCount(earlier, in: leafBytes) }
    return start..<start + leaf.sectionByteCount(index, in: leafBytes)
  }
}

/// A section that anyone may read: `01 ‖ salt[16] ‖ str8 content_type ‖ content`.
///
/// The random salt makes the blob's digest hiding.
package enum PlainSection {
  package static let format: UInt8 = 1

  /// The blob of a plain section; traps on a content type of more than 255 bytes.
  package static func encode(
    salt: (UInt64, UInt64), contentType: String, content: [UInt8]
  ) -> [UInt8] {
    var blob: [UInt8] = []
    blob.reserveCapacity(18 + contentType.utf8.count + content.count)
    blob.append(format)
    blob.append(bigEndian: salt.0)
    blob.append(bigEndian: salt.1)
    blob.append(str8: contentType)
    blob.append(contentsOf: content)
    return blob
  }

  /// Where content type and content lie in `blob`; `nil` when it is no plain section.
  package static func parse(_ blob: Span<UInt8>) -> (contentType: Range<Int>, content: Range<Int>)?
  {
    guard blob.count >= 18, blob[0] == format else { return nil }
    let typeEnd = 18 + Int(blob[17])
    guard typeEnd <= blob.count else { return nil }
    return (18..<typeEnd, typeEnd..<blob.count)
  }
}

/// The content types of sections.
package enum ContentType {
  private static let protobufPrefix = "application/x-protobuf; messageType="
  package static let json = "application/json"
  package static let actorProof = "application/deed-actor-proof"

  /// The content type of a Protocol Buffers message, by its full name.
  package static func protobuf(_ messageName: String) -> String { protobufPrefix + messageName }

  /// The full name of the message that a content type says; `nil` when it says none.
  package static func messageName(_ contentType: String) -> String? {
    guard contentType.hasPrefix(protobufPrefix) else { return nil }
    return String(contentType.dropFirst(protobufPrefix.count))
  }
}
