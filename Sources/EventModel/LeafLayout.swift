/// Where the parts of one leaf lie in its bytes: reading a field costs no copy of the others.
///
/// A layout is made by parsing and is good for the bytes it was made of, and no others.
package struct LeafLayout: Hashable, Sendable {
  package let stream: Range<Int>
  package let type: Range<Int>
  package let tenant: Range<Int>
  package let actor: Range<Int>
  package let onBehalfOf: Range<Int>
  package let sectionCount: Int
  /// The leaf's bytes in all.
  package let byteCount: Int

  private static let streamOffset = 4 + 8 + 8 + 16 + 8 + 32

  /// Finds the parts of the leaf that `bytes` is, and refuses what is no canonical leaf.
  ///
  /// - Complexity: O(bytes) for the check of the texts; no allocation.
  package init(parsing bytes: Span<UInt8>) throws(LeafError) {
    guard bytes.count >= Self.streamOffset else { throw .truncated }
    guard bytes.holds(Leaf.magic, at: 0..<4) else { throw .wrongMagic }
    var offset = Self.streamOffset
    stream = try Self.text(in: bytes, at: &offset)
    type = try Self.text(in: bytes, at: &offset)
    tenant = try Self.text(in: bytes, at: &offset)
    actor = try Self.text(in: bytes, at: &offset)
    onBehalfOf = try Self.text(in: bytes, at: &offset)
    offset += 32
    guard offset < bytes.count else { throw .truncated }
    sectionCount = Int(bytes[offset])
    byteCount = offset + 1 + sectionCount * SectionHeader.byteCount
    guard sectionCount <= Leaf.sectionLimit else { throw .tooManySections(sectionCount) }
    guard byteCount <= bytes.count else { throw .truncated }
    guard byteCount == bytes.count else { throw .trailingBytes(bytes.count - byteCount) }
    guard !stream.isEmpty, !type.isEmpty, !actor.isEmpty else { throw .emptyName }
    if revision(in: bytes) == Revision(0), !previous(in: bytes).isZero {
      throw .previousAtRevisionZero
    }
    for index in 0..<sectionCount { try checkSection(index, in: bytes) }
  }

  private static func text(
    in bytes: Span<UInt8>, at offset: inout Int
  ) throws(LeafError) -> Range<Int> {
    guard offset < bytes.count else { throw .truncated }
    let range = offset + 1..<offset + 1 + Int(bytes[offset])
    guard range.upperBound <= bytes.count else { throw .truncated }
    offset = range.upperBound
    if !bytes.isPrintableASCII(range) { try checkCharacters(in: bytes, range) }
    return range
  }

  private static func checkCharacters(
    in bytes: Span<UInt8>, _ range: Range<Int>
  ) throws(LeafError) {
    for index in range where bytes[index] < 0x20 || bytes[index] == 0x7f {
      throw .controlByte(at: index)
    }
    guard bytes.isUTF8(range) else { throw .malformedText(at: range.lowerBound) }
  }

  private func checkSection(_ index: Int, in bytes: Span<UInt8>) throws(LeafError) {
    let start = sectionOffset(index)
    guard let kind = SectionHeader.Kind(rawValue: bytes[start]) else {
      throw .unknownSectionKind(bytes[start])
    }
    guard KeyID(bytes, at: start + 1).isZero != kind.isSealed else {
      throw .keyDoesNotFitKind(section: index)
    }
  }

  private func sectionOffset(_ index: Int) -> Int {
    onBehalfOf.upperBound + 33 + index * SectionHeader.byteCount
  }
}

/// The fields at fixed places, and those behind the texts.
extension LeafLayout {
  package func position(in bytes: Span<UInt8>) -> Position { Position(bytes.bigEndian(at: 4)) }

  package func recordedAt(in bytes: Span<UInt8>) -> Timestamp {
    Timestamp(microseconds: bytes.bigEndian(at: 12))
  }

  package func eventID(in bytes: Span<UInt8>) -> EventID { EventID(bytes, at: 20) }
  package func revision(in bytes: Span<UInt8>) -> Revision { Revision(bytes.bigEndian(at: 36)) }
  package func previous(in bytes: Span<UInt8>) -> Digest { Digest(bytes, at: 44) }

  package func correlation(in bytes: Span<UInt8>) -> CommandID {
    CommandID(bytes, at: onBehalfOf.upperBound)
  }

  package func causation(in bytes: Span<UInt8>) -> EventID {
    EventID(bytes, at: onBehalfOf.upperBound + 16)
  }

  /// What the leaf says of section `index`, which must be below ``sectionCount``.
  package func section(_ index: Int, in bytes: Span<UInt8>) -> SectionHeader {
    precondition(index < sectionCount, "the leaf has no section \(index)")
    let start = sectionOffset(index)
    guard let kind = SectionHeader.Kind(rawValue: bytes[start]) else {
      preconditionFailure("the layout is of other bytes")
    }
    return SectionHeader(
      kind: kind, keyID: KeyID(bytes, at: start + 1), byteCount: bytes.bigEndian(at: start + 17),
      digest: Digest(bytes, at: start + 21))
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
