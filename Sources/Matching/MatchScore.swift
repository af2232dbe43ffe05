/// How alike two records are, in ten-thousandths: exact, so that the same pair always scores alike.
package struct MatchScore: Hashable, Comparable, Sendable {
  /// 0…10 000.
  package let tenThousandths: Int

  package init(_ tenThousandths: Int) {
    self.tenThousandths = min(max(tenThousandths, 0), 10_000)
  }

  package static let zero = MatchScore(0)
  package static let one = MatchScore(10_000)

  package static func < (left: Self, right: Self) -> Bool {
    left.tenThousandths < right.tenThousandths
  }
}

extension MatchScore: CustomStringConvertible {
  /// Decimal with as many places as it needs, such as `0.925`.
  package var description: String {
    let whole = tenThousandths / 10_000
    var places = String(10_000 + tenThousandths % 10_000).dropFirst()
    while places.last == "0" { places.removeLast() }
    return places.isEmpty ? "\(whole)" : "\(whole).\(places)"
  }
}
