/// The pairs of neighbouring characters of a text, with repeats, in order.
package struct Bigrams: Hashable, Sendable {
  /// Two Unicode scalars each; one alone for a text of a single character.
  package let pairs: [UInt64]

  package init(_ text: String) {
    let scalars = Array(text.unicodeScalars.lazy.map { UInt64($0.value) })
    guard scalars.count > 1 else {
      // A single character equals itself alone.
      pairs = scalars.map { $0 << 32 }
      return
    }
    pairs = zip(scalars, scalars.dropFirst()).map { $0 << 32 | $1 }.sorted()
  }

  /// 2·|A∩B| / (|A|+|B|) of the multisets; 0 when one is empty.
  package func dice(_ other: Bigrams) -> MatchScore {
    Self.dice(common: Self.common(pairs, other.pairs), pairs.count, other.pairs.count)
  }

  static func dice(common: Int, _ first: Int, _ second: Int) -> MatchScore {
    let sum = first + second
    guard sum > 0 else { return .zero }
    return MatchScore((20_000 * common + sum / 2) / sum)
  }

  /// How many elements two sorted multisets share.
  static func common<Element: Comparable>(_ first: [Element], _ second: [Element]) -> Int {
    var (i, j, count) = (0, 0, 0)
    while i < first.count, j < second.count {
      if first[i] == second[j] {
        count += 1
        i += 1
        j += 1
      } else if first[i] < second[j] {
        i += 1
      } else {
        j += 1
      }
    }
    return count
  }
}
