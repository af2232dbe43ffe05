/// A company's name taken apart: what it is called, and where it says it is.
package struct CompanyName: Hashable, Sendable {
  /// Without its legal form, a leading region and everything between the letters.
  package let core: String
  /// The region that the name began with; `nil` when it named none.
  package let region: Region?
  /// The words of the core, where the script separates words.
  package let words: [String]

  /// - Complexity: O(length).
  package init(_ text: String) {
    var words = NormalizedText.words(text)
    while words.count > 1, let last = words.last, Self.latinForms.contains(last) {
      words.removeLast()
    }
    var core = words.joined()
    var isShortened = true
    while isShortened {
      isShortened = false
      for form in Self.hanForms where core.hasSuffix(form) && core.count > form.count {
        core.removeLast(form.count)
        isShortened = true
      }
    }
    let found = Region.leading(in: core)
    region = found?.region
    self.core = found?.rest ?? core
    self.words = words.count > 1 ? words : [self.core]
  }

  private static let hanForms = [
    "股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "集团公司", "公司", "集团",
  ]
  private static let latinForms: Set<String> = [
    "ab", "ag", "as", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated",
    "kg", "limited", "llc", "llp", "ltd", "nv", "oy", "plc", "pty", "sa", "sarl", "se", "spa",
    "srl",
  ]
}

extension CompanyName {
  /// The numbers in the core: what tells one of a numbered series from the next.
  package var numbers: [Substring] {
    core.split(whereSeparator: { !("0"..."9").contains($0) })
  }

  /// Sørensen–Dice on character bigrams; names whose numbers differ are half alike at the most.
  package func similarity(to other: CompanyName) -> MatchScore {
    let score = Bigrams(core).dice(Bigrams(other.core))
    return numbersDiffer(from: other) ? min(score, MatchScore(5000)) : score
  }

  package func numbersDiffer(from other: CompanyName) -> Bool {
    let (mine, others) = (numbers, other.numbers)
    return !mine.isEmpty && !others.isEmpty && mine != others
  }
}
