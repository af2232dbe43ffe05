/// A piece of the tree, or of the entries, that is served and exported as one file.
///
/// Source: C2SP tlog-tiles; evidence docs, "Tiles".
package struct Tile: Hashable, Sendable {
  package enum Content: Hashable, Sendable {
    /// Hashes of the complete subtrees of 256^level leaves; levels 0 to 63.
    case hashes(level: Int)
    /// The leaves themselves, each with its length before it.
    case entries

    /// The tree level of one hash of the tile; an entry counts as a leaf.
    var treeLevel: Int {
      switch self {
      case .hashes(let level): 8 * level
      case .entries: 0
      }
    }
  }

  package let content: Content
  /// Which tile of its kind: it begins at hash or entry `256 · index`.
  package let index: UInt64
  /// How many hashes or entries it has: 1…256; 256 is a full tile.
  package let width: Int

  package static let fullWidth = 256
  /// The last hash or entry of a tile below it has an index that can be counted past.
  private static let indexLimit: UInt64 = .max >> 8

  /// Traps on a level, an index or a width that no tree has.
  package init(_ content: Content, index: UInt64, width: Int = fullWidth) {
    precondition((1...Self.fullWidth).contains(width), "a tile has 1 to 256 hashes")
    precondition(index < Self.indexLimit, "no tree has a tile \(index)")
    if case .hashes(let level) = content {
      precondition((0...63).contains(level), "a tile's level is 0 to 63")
    }
    self.content = content
    self.index = index
    self.width = width
  }

  package var isFull: Bool { width == Self.fullWidth }

  /// The indexes of its hashes on their level, or of its entries.
  package var range: Range<UInt64> { index << 8..<index << 8 + UInt64(width) }

  /// Whether a tree of `size` leaves has all of this tile.
  package func isWithin(_ size: UInt64) -> Bool {
    content.treeLevel < 64 && range.upperBound <= size >> UInt64(content.treeLevel)
  }
}

extension Tile {
  /// `tile/<L>/<index>` or `tile/entries/<index>`, with `.p/<width>` when partial.
  package var path: String {
    let kind =
      switch content {
      case .hashes(let level): String(level)
      case .entries: "entries"
      }
    return "tile/\(kind)/\(Self.indexPath(index))" + (isFull ? "" : ".p/\(width)")
  }

  /// Groups of three digits, all but the last with `x`: 1234067 is `x001/x234/067`.
  static func indexPath(_ index: UInt64) -> String {
    let digits = String(index)
    let padded = String(repeating: "0", count: (3 - digits.utf8.count % 3) % 3) + digits
    let bytes = Array(padded.utf8)
    return stride(from: 0, to: bytes.count, by: 3).map { start in
      (start + 3 < bytes.count ? "x" : "")
        + String(decoding: bytes[start..<start + 3], as: UTF8.self)
    }.joined(separator: "/")
  }

  /// Reads exactly what ``path`` writes; `nil` for anything else.
  package init?(path: String) {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard (3...9).contains(parts.count), parts[0].elementsEqual("tile".utf8) else { return nil }
    let content: Content
    if parts[1].elementsEqual("entries".utf8) {
      content = .entries
    } else {
      guard let level = UInt64(canonicalDecimal: parts[1]), level <= 63 else { return nil }
      content = .hashes(level: Int(level))
    }
    var groups = Array(parts[2...])
    var width = Self.fullWidth
    if groups.count >= 2, groups[groups.count - 2].suffix(2).elementsEqual(".p".utf8) {
      guard let number = UInt64(canonicalDecimal: groups[groups.count - 1]), number < 256,
        number > 0
      else { return nil }
      width = Int(number)
      groups.removeLast()
      groups[groups.count - 1] = groups[groups.count - 1].dropLast(2)
    }
    guard let index = Self.index(groups: groups), index < Self.indexLimit else {
      return nil
    }
    self.init(content, index: index, width: width)
    // The grammar in one line: there is one path for a tile.
    guard self.path.utf8.elementsEqual(path.utf8) else { return nil }
  }

  private static func index(groups: [Substring.UTF8View]) -> UInt64? {
    var digits: [UInt8] = []
    for (place, group) in groups.enumerated() {
      let number = place == groups.count - 1 ? group : group.dropFirst()
      guard number.count == 3 else { return nil }
      digits.append(contentsOf: number)
    }
    let significant = digits.drop { $0 == UInt8(ascii: "0") }
    return significant.isEmpty ? 0 : UInt64(canonicalDecimal: significant)
  }
}
