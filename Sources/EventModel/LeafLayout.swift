/// Where the parts of one leaf lie in its bytes: reading a field costs no copy of the others.
///
/// A layout is made by parsing and is good for the bytes it was made of, and no others.
package struct LeafLayout: Hashable, Sendable {
  /// Where each text ends; the next one begins behind its length byte.
  ///
  /// Two bytes each, so that a layout is handed on in registers.
  @usableFromInline let streamEnd: UInt16
  @usableFromInline let typeEnd: UInt16
  @usableFromInline let tenantEnd: UInt16
  @usableFromInline let actorEnd: UInt16
  @usableFromInline let onBehalfOfEnd: UInt16
  @usableFromInline let sections: UInt8

  @usableFromInline static let streamOffset = 4 + 8 + 8 + 16 + 8 + 32

  /// Finds the parts of the leaf that `bytes` is, and refuses what is no canonical leaf.
  ///
  /// - Complexity: O(bytes) for the check of the texts; no allocation.
  package init(parsing bytes: Span<UInt8>) throws(LeafError) {
    try self.init(locating: bytes)
    try Self.checkText(in: bytes, stream)
    try Self.checkText(in: bytes, type)
    try Self.checkText(in: bytes, tenant)
    try Self.checkText(in: bytes, actor)
    try Self.checkText(in: bytes, onBehalfOf)
    guard !stream.isEmpty, !type.isEmpty, !actor.isEmpty else { throw .emptyName }
    if revision(in: bytes) == Revision(0), !previous(in: bytes).isZero {
      throw .previousAtRevisionZero
    }
    for index in 0..<sectionCount {
      guard
        KeyID(bytes, at: sectionOffset(index) + 1).isZero
          != sectionKind(index, in: bytes).isSealed
      else { throw .keyDoesNotFitKind(section: index) }
    }
  }

  /// Finds the parts of a leaf that was checked when it was written, and looks at nothing else:
  /// whether its texts are texts is not asked again.
  ///
  /// - Complexity: O(sections); no allocation.
  package init(locating bytes: Span<UInt8>) throws(LeafError) {
    guard bytes.count >= Self.streamOffset else { throw .truncated }
    guard bytes.bigEndian(at: 0, as: UInt32.self) == Self.magicWord else { throw .wrongMagic }
    var end = Self.streamOffset
    streamEnd = try Self.textEnd(in: bytes, behind: &end)
    typeEnd = try Self.textEnd(in: bytes, behind: &end)
    tenantEnd = try Self.textEnd(in: bytes, behind: &end)
    actorEnd = try Self.textEnd(in: bytes, behind: &end)
    onBehalfOfEnd = try Self.textEnd(in: bytes, behind: &end)
    guard end + 32 < bytes.count else { throw .truncated }
    sections = bytes[end + 32]
    guard sectionCount <= Leaf.sectionLimit else { throw .tooManySections(sectionCount) }
    guard byteCount <= bytes.count else { throw .truncated }
    guard byteCount == bytes.count else { throw .trailingBytes(bytes.count - byteCount) }
    for index in 0..<sectionCount {
      let kind = bytes[sectionOffset(index)]
      guard SectionHeader.Kind(rawValue: kind) != nil else { throw .unknownSectionKind(kind) }
    }
  }

  /// `CEL1`, as an integer.
  private static let magicWord: UInt32 = 0x4345_4c31

  /// Looks at the length of the `str8` at `end`, and moves `end` behind it.
  private static func textEnd(
    in bytes: Span<UInt8>, behind end: inout Int
  ) throws(LeafError) -> UInt16 {
    guard end < bytes.count else { throw .truncated }
    end += 1 + Int(bytes[end])
    guard end <= bytes.count else { throw .truncated }
    return UInt16(truncatingIfNeeded: end)
  }

  private static func checkText(
    in bytes: Span<UInt8>, _ range: Range<Int>
  ) throws(LeafError) {
    guard !bytes.isPrintableASCII(range) else { return }
    for index in range where bytes[index] < 0x20 || bytes[index] == 0x7f {
      throw .controlByte(at: index)
    }
    guard bytes.isUTF8(range) else { throw .malformedText(at: range.lowerBound) }
  }

  @inlinable
  func sectionOffset(_ index: Int) -> Int {
    Int(onBehalfOfEnd) + 33 + index * SectionHeader.byteCount
  }
}

/// The texts, and how much there is.
extension LeafLayout {
  @inlinable
  package var stream: Range<Int> { Self.streamOffset + 1..<Int(streamEnd) }
  @inlinable
  package var type: Range<Int> { Int(streamEnd) + 1..<Int(typeEnd) }
  @inlinable
  package var tenant: Range<Int> { Int(typeEnd) + 1..<Int(tenantEnd) }
  @inlinable
  package var actor: Range<Int> { Int(tenantEnd) + 1..<Int(actorEnd) }
  @inlinable
  package var onBehalfOf: Range<Int> { Int(actorEnd) + 1..<Int(onBehalfOfEnd) }
  @inlinable
  package var sectionCount: Int { Int(sections) }
  /// The leaf's bytes in all.
  @inlinable
  package var byteCount: Int { sectionOffset(sectionCount) }
}

/// The fields at fixed places, and those behind the texts.
extension LeafLayout {
  @inlinable
  package func position(in bytes: Span<UInt8>) -> Position { Position(bytes.bigEndian(at: 4)) }

  @inlinable
  package func recordedAt(in bytes: Span<UInt8>) -> Timestamp {
    Timestamp(microseconds: bytes.bigEndian(at: 12))
  }

  @inlinable
  package func eventID(in bytes: Span<UInt8>) -> EventID { EventID(bytes, at: 20) }
  @inlinable
  package func revision(in bytes: Span<UInt8>) -> Revision { Revision(bytes.bigEndian(at: 36)) }
  @inlinable
  package func previous(in bytes: Span<UInt8>) -> Digest { Digest(bytes, at: 44) }

  @inlinable
  package func correlation(in bytes: Span<UInt8>) -> CommandID {
    CommandID(bytes, at: Int(onBehalfOfEnd))
  }

  @inlinable
  package func causation(in bytes: Span<UInt8>) -> EventID {
    EventID(bytes, at: Int(onBehalfOfEnd) + 16)
  }

  /// What the leaf says of section `index`, which must be below ``sectionCount``.
  package func section(_ index: Int, in bytes: Span<UInt8>) -> SectionHeader {
    precondition(index < sectionCount, "the leaf has no section \(index)")
    let start = sectionOffset(index)
    return SectionHeader(
      kind: sectionKind(index, in: bytes), keyID: KeyID(bytes, at: start + 1),
      byteCount: bytes.bigEndian(at: start + 17), digest: Digest(bytes, at: start + 21))
  }

  /// The kind of section `index` alone.
  package func sectionKind(_ index: Int, in bytes: Span<UInt8>) -> SectionHeader.Kind {
    precondition(index < sectionCount, "the leaf has no section \(index)")
    guard let kind = SectionHeader.Kind(rawValue: bytes[sectionOffset(index)]) else {
      preconditionFailure("the layout is of other bytes")
    }
    return kind
  }

  /// The bytes of the blob of section `index` alone.
  @inlinable
  package func sectionByteCount(_ index: Int, in bytes: Span<UInt8>) -> Int {
    precondition(index < sectionCount, "the leaf has no such section")
    return Int(bytes.bigEndian(at: sectionOffset(index) + 17, as: UInt32.self))
  }
}

/// Why bytes are no leaf.
package enum LeafError: Error, Hashable, Sendable {
  case truncated
  case trailingBytes(Int)
  case wrongMagic
  case tooManySections(Int)
  case emptyName
  case controlByte(at: Int)
  case malformedText(at: Int)
  case previousAtRevisionZero
  case unknownSectionKind(UInt8)
  case keyDoesNotFitKind(section: Int)
}

extension Span<UInt8> {
  /// Whether all bytes in `range` are printable ASCII, 20 to 7e; eight at a time, for a leaf's
  /// texts are looked at whenever it is read, and hardly ever hold anything else.
  package func isPrintableASCII(_ range: Range<Int>) -> Bool {
    let lastWord = range.upperBound - 8
    var index = range.lowerBound
    while index <= lastWord {
      guard bigEndian(at: index, as: UInt64.self).hasPrintableBytes else { return false }
      index += 8
    }
    guard range.count < 8 else {
      return bigEndian(at: lastWord, as: UInt64.self).hasPrintableBytes
    }
    while index < range.upperBound {
      guard (0x20...0x7e) ~= self[index] else { return false }
      index += 1
    }
    return true
  }

  /// Whether the bytes in `range` are well-formed UTF-8.
  func isUTF8(_ range: Range<Int>) -> Bool {
    String(validating: copy(range), as: UTF8.self) != nil
  }
}

extension UInt64 {
  /// Whether each of the eight bytes is 20 to 7e.
  ///
  /// With no top bit set, adding 60 sets that of each byte from 20 on, adding 01 that of 7f, and
  /// nothing carries into the next byte.
  fileprivate var hasPrintableBytes: Bool {
    let top: UInt64 = 0x8080_8080_8080_8080
    return self & top == 0 && (self &+ 0x6060_6060_6060_6060) & top == top
      && (self &+ 0x0101_0101_0101_0101) & top == 0
  }
}
