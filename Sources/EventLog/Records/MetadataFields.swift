package import EventModel

/// What the log itself reads of an event's `deed.envelope.v1.Metadata`, found in the bytes
/// without decoding the message: where digest and tags lie.
///
/// Scalars follow the rule of Protocol Buffers that the last one counts; fields of other
/// numbers are passed over. Offsets are those of the bytes that were parsed.
package struct MetadataFields: Hashable, Sendable {
  package static let messageName = "deed.envelope.v1.Metadata"
  static let contentType = Array(ContentType.protobuf(messageName).utf8)

  /// Whether the bytes are metadata at all: section 0 of the log's own JSON events is not.
  package private(set) var isMessage = false
  /// `command_digest`: empty when the command has none.
  package private(set) var commandDigest: Range<Int> = 0..<0
  /// `command_event_count`; 0 when it is not said.
  package private(set) var commandEventCount: UInt32 = 0
  /// `tags`, in their order.
  package private(set) var tags: [Range<Int>] = []

  private static let digestNumber: UInt64 = 4
  private static let countNumber: UInt64 = 5
  fileprivate static let tagNumber: UInt64 = 11

  package init() {}

  /// Reads the message that `content` is; `nil` when it is none.
  package init?(parsing content: Span<UInt8>) { self.init(parsing: content, 0..<content.count) }

  /// Reads the message that stands in `range` of `bytes`; `nil` when it is none.
  ///
  /// The offsets are those of `bytes`.
  init?(parsing bytes: Span<UInt8>, _ range: Range<Int>) {
    isMessage = true
    var reader = FieldReader(offset: range.lowerBound, end: range.upperBound)
    while reader.offset < reader.end {
      guard let field = reader.next(in: bytes) else { return nil }
      switch (field.number, field.value) {
      case (Self.digestNumber, .bytes(let range)): commandDigest = range
      case (Self.countNumber, .varint(let value)):
        commandEventCount = UInt32(truncatingIfNeeded: value)
      case (Self.tagNumber, .bytes(let range)): tags.append(range)
      case (_, .varint), (_, .bytes), (_, .fixed): break
      }
    }
  }

  /// Reads section 0 of `record`; the offsets are those of the record.
  ///
  /// Without fields when section 0 is another message, as in the log's own JSON events, and `nil`
  /// when it can't be read.
  package init?(of layout: RecordLayout, in record: Span<UInt8>) {
    switch Self.content(of: layout, in: record) {
    case .metadata(let range): self.init(parsing: record, range)
    case .other: self.init()
    case .unreadable: return nil
    }
  }

  /// What section 0 of a record is, and where the message lies.
  fileprivate enum Content {
    case metadata(Range<Int>)
    case other
    case unreadable
  }

  fileprivate static func content(
    of layout: RecordLayout, in record: Span<UInt8>
  ) -> Content {
    guard layout.leaf.sectionCount > 0,
      layout.leaf.sectionKind(0, in: record.extracting(layout.leafRange)) == .plain
    else { return .other }
    let blob = layout.blobRange(0, in: record)
    guard let parts = PlainSection.parse(record.extracting(blob)) else { return .unreadable }
    guard record.holds(contentType, at: parts.contentType.moved(by: blob.lowerBound)) else {
      return .other
    }
    return .metadata(parts.content.moved(by: blob.lowerBound))
  }
}

/// The tags of a record's metadata one by one, without a list of them.
struct MetadataTags {
  private var reader: FieldReader
  /// Whether the message could not be read to its end; the tags so far don't count then.
  private(set) var isMalformed = false

  /// `nil` when section 0 is no metadata.
  init?(of layout: RecordLayout, in record: Span<UInt8>) {
    guard case .metadata(let range) = MetadataFields.content(of: layout, in: record) else {
      return nil
    }
    reader = FieldReader(offset: range.lowerBound, end: range.upperBound)
  }

  /// Where the next tag lies in the record.
  mutating func next(in record: Span<UInt8>) -> Range<Int>? {
    while reader.offset < reader.end {
      guard let field = reader.next(in: record) else {
        isMalformed = true
        return nil
      }
      if field.number == MetadataFields.tagNumber, case .bytes(let range) = field.value {
        return range
      }
    }
    return nil
  }
}

extension Range<Int> {
  func moved(by offset: Int) -> Range<Int> { lowerBound + offset..<upperBound + offset }
}

/// Steps through the fields of a Protocol Buffers message.
///
/// Source: protobuf.dev, "Encoding"; groups, which proto3 doesn't have, end the reading.
private struct FieldReader {
  enum Value {
    case varint(UInt64)
    case bytes(Range<Int>)
    case fixed
  }

  var offset: Int
  let end: Int

  mutating func next(in bytes: Span<UInt8>) -> (number: UInt64, value: Value)? {
    guard let key = varint(in: bytes), key >> 3 > 0, key >> 3 < 1 << 29 else { return nil }
    switch key & 7 {
    case 0:
      guard let value = varint(in: bytes) else { return nil }
      return (key >> 3, .varint(value))
    case 1: return skip(8) ? (key >> 3, .fixed) : nil
    case 2:
      guard let count = varint(in: bytes), count <= UInt64(end - offset) else { return nil }
      let range = offset..<offset + Int(count)
      offset = range.upperBound
      return (key >> 3, .bytes(range))
    case 5: return skip(4) ? (key >> 3, .fixed) : nil
    default: return nil
    }
  }

  private mutating func skip(_ count: Int) -> Bool {
    guard count <= end - offset else { return false }
    offset += count
    return true
  }

  private mutating func varint(in bytes: Span<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while offset < end, shift < 70 {
      let byte = bytes[offset]
      offset += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}
