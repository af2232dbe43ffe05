/// What of a record is compared.
///
/// A record may stand for a company, for a person, or, as a lead does, for a person at a company.
package struct MatchProfile: Hashable, Sendable {
  /// A company's name; `nil` when none is known.
  package let company: CompanyName?
  /// A person's full name in the form that is compared; empty when none is known.
  package let personName: String
  /// Its words, in their order.
  package let personWords: [String]
  package let keys: [MatchKey]
  /// Where the company is, if its name doesn't say it.
  package let region: Region?
  /// What the person belongs to, such as an account's identifier; empty for nothing.
  package let affiliation: String
  /// `YYYYMMDD`; empty when it isn't known.
  package let birthday: String
  package let streetWords: [String]
  package let city: String
  package let postalCode: String

  package init(
    companyName: String = "", personName: String = "", keys: [MatchKey] = [],
    affiliation: String = "", birthday: String = "", street: String = "", city: String = "",
    postalCode: String = ""
  ) {
    company = companyName.isEmpty ? nil : CompanyName(companyName)
    personWords = NormalizedText.words(personName)
    self.personName = personWords.sorted().joined(separator: " ")
    self.keys = keys.filter { !$0.value.isEmpty }
    region = company?.region ?? Region(named: city)
    self.affiliation = affiliation
    self.birthday = birthday.filter { ("0"..."9").contains($0) }
    streetWords = NormalizedText.words(street)
    self.city = NormalizedText.joined(city)
    self.postalCode = NormalizedText.joined(postalCode)
  }

  /// Whether there is anything to compare.
  package var isEmpty: Bool { company == nil && personName.isEmpty && keys.isEmpty }
}

/// How two records compare.
package struct MatchComparison: Hashable, Sendable {
  package let score: MatchScore
  /// The kinds of key that agree, each once, in the order of their declaration.
  package let kinds: [MatchKeyKind]
  /// The strongest key that agrees; `nil` when only names and circumstances do.
  package let strength: KeyStrength?
}

extension MatchModel {
  /// Compares two records by keys and names (crm-domain.md 3.6), without the evidence of
  /// circumstances, which needs a population.
  package func compare(_ first: MatchProfile, _ second: MatchProfile) -> MatchComparison {
    var names = MatchScore.zero
    var similarity = MatchScore.zero
    if let mine = first.company, let other = second.company {
      similarity = mine.similarity(to: other)
      if first.personName.isEmpty || second.personName.isEmpty {
        names = companyScore(similarity, Region.factor(first.region, second.region))
      }
    }
    if !first.personName.isEmpty, first.personName == second.personName {
      let isSameCompany =
        (!first.affiliation.isEmpty && first.affiliation == second.affiliation)
        || (first.company != nil && first.company?.core == second.company?.core)
      names = MatchScore(7000 + (isSameCompany ? 3000 : 0))
    }
    return compare(first, second, names: names, similarity: similarity)
  }

  func compare(
    _ first: MatchProfile, _ second: MatchProfile, names: MatchScore, similarity: MatchScore
  ) -> MatchComparison {
    var score = names
    var kinds: [MatchKeyKind] = []
    var strength: KeyStrength?
    for key in first.keys where second.keys.contains(key) {
      var found = key.strength
      // A domain says more where the names agree as well.
      if key.kind == .domain, found == .medium, similarity < MatchScore(5000) { found = .weak }
      score = max(score, found.score)
      strength = max(strength ?? .weak, found)
      if !kinds.contains(key.kind) { kinds.append(key.kind) }
    }
    if similarity >= MatchScore(5000) || (!first.personName.isEmpty && names > .zero) {
      kinds.append(.name)
    }
    kinds.sort { $0.rawValue < $1.rawValue }
    return MatchComparison(score: score, kinds: kinds, strength: strength)
  }

  func companyScore(_ similarity: MatchScore, _ region: MatchScore) -> MatchScore {
    let sum =
      nameWeight * similarity.tenThousandths + (100 - nameWeight) * region.tenThousandths
    return MatchScore((sum + 50) / 100)
  }
}
