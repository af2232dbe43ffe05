/// The tree levels whose hashes of complete subtrees are kept; the others are folded from them.
///
/// Source: docs/format/tree.md, "Stored levels".
package enum StoredLevel: UInt8, CaseIterable, Sendable, Comparable {
  /// Leaf hashes.
  case leaves = 0
  /// Subtrees of 256 leaves.
  case level8 = 8
  /// Subtrees of 65,536 leaves.
  case level16 = 16
  /// Subtrees of 16,777,216 leaves.
  case level24 = 24

  /// The stored level at or next below `level`.
  init(under level: Int) {
    self =
      switch level {
      case ..<8: .leaves
      case ..<16: .level8
      case ..<24: .level16
      default: .level24
      }
  }

  /// How many complete subtrees of this level a tree of `size` leaves has.
  package func count(in size: UInt64) -> UInt64 { size >> UInt64(rawValue) }

  package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
