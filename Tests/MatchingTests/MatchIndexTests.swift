import Matching
import TestSupport
import Testing

@Suite struct MatchIndexTests {
  private static let syllables = ["码", "上", "科", "技", "云", "图", "数", "据", "星", "河", "软", "件"]

  /// A name of 1 to 8 characters out of few, so that many resemble each other.
  private static func name(_ random: inout SeededGenerator) -> String {
    let count = Int.random(in: 1...8, using: &random)
    return (0..<count).map { _ in syllables.randomElement(using: &random) ?? "" }.joined()
  }

  private static func profile(_ random: inout SeededGenerator) -> MatchProfile {
    var keys: [MatchKey] = []
    if Int.random(in: 0..<3, using: &random) == 0 {
      keys.append(MatchKey(.phone, "+86138\(Int.random(in: 0..<40, using: &random))"))
    }
    if Int.random(in: 0..<4, using: &random) == 0 {
      keys.append(MatchKey(.domain, "d\(Int.random(in: 0..<20, using: &random)).com"))
    }
    let regions = ["", "", "杭州", "福建", "厦门"]
    return MatchProfile(
      companyName: (regions.randomElement(using: &random) ?? "") + name(&random), keys: keys)
  }

  /// What a linear scan finds: the model in the plainest form.
  private func scanned(
    _ probe: MatchProfile, _ known: [String: MatchProfile], _ least: MatchScore
  ) -> [String: MatchScore] {
    var found: [String: MatchScore] = [:]
    for (id, profile) in known {
      let score = MatchModel.current.compare(probe, profile).score
      if score >= least { found[id] = score }
    }
    return found
  }

  @Test(arguments: [UInt64(1), 2, 3, 4])
  func `the index finds what a scan of all records finds`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var index = MatchIndex()
    var known: [String: MatchProfile] = [:]
    for step in 0..<600 {
      let id = "acc_\(Int.random(in: 0..<300, using: &random))"
      if Int.random(in: 0..<5, using: &random) == 0 {
        index.remove(id)
        known[id] = nil
      } else {
        let profile = Self.profile(&random)
        index.insert(id, profile)
        known[id] = profile
      }
      guard step % 5 == 0 else { continue }
      let probe = Self.profile(&random)
      for least in [MatchModel.current.possibleFrom, MatchModel.current.suspectAbove] {
        let matches = index.matches(probe, atLeast: least, limit: 1000)
        let found = Dictionary(uniqueKeysWithValues: matches.map { ($0.id, $0.comparison.score) })
        #expect(found == scanned(probe, known, least), "seed \(seed), step \(step)")
      }
    }
    #expect(index.count == known.count)
  }

  @Test func `a removed record leaves nothing to be found by`() {
    var index = MatchIndex()
    let profile = MatchProfile(
      companyName: "码上科技", keys: [MatchKey(.phone, "+8613800138000")], street: "1 main st",
      city: "Xiamen", postalCode: "361000")
    index.insert("acc_1", profile)
    #expect(index.matches(profile, atLeast: MatchScore(7000)).map(\.id) == ["acc_1"])
    index.remove("acc_1")
    #expect(index.matches(profile, atLeast: .zero).isEmpty)
    #expect(index.profile(of: "acc_1") == nil)
  }

  @Test func `keys say as much as the specification gives them`() {
    let model = MatchModel.current
    func score(_ key: MatchKey, _ names: (String, String) = ("甲乙丙丁", "子丑寅卯")) -> MatchScore {
      model.compare(
        MatchProfile(companyName: names.0, keys: [key]),
        MatchProfile(companyName: names.1, keys: [key])
      ).score
    }
    #expect(score(MatchKey(.unifiedSocialCreditCode, "91350200MA2XQWER1A")) == .one)
    #expect(score(MatchKey(.phone, "+8613800138000")) == MatchScore(9500))
    #expect(score(MatchKey(.email, "ada@example.com")) == MatchScore(9500))
    #expect(score(MatchKey(.email, "info@example.com")) == MatchScore(6000))
    #expect(score(MatchKey(.domain, "example.com")) == MatchScore(6000))
    #expect(score(MatchKey(.domain, "example.com"), ("码上科技", "码上科学技")) >= MatchScore(8500))
    #expect(score(MatchKey(.domain, "qq.com")) == MatchScore(6000))
  }

  @Test func `a person is known by name and company, in either order of the name`() {
    let model = MatchModel.current
    let first = MatchProfile(personName: "Ada Lovelace", affiliation: "acc_1")
    let swapped = MatchProfile(personName: "lovelace ADA", affiliation: "acc_1")
    let elsewhere = MatchProfile(personName: "Ada Lovelace", affiliation: "acc_2")
    #expect(model.compare(first, swapped).score == .one)
    #expect(model.compare(first, elsewhere).score == MatchScore(7000))
    let lead = MatchProfile(companyName: "码上科技", personName: "张三")
    let colleague = MatchProfile(companyName: "码上科技", personName: "李四")
    #expect(model.compare(lead, colleague).score == .zero)
  }

  @Test(arguments: [
    ("https://www.example.com.cn/path?q", "example.com.cn"), ("mail.example.com", "example.com"),
    ("user@sub.example.co.uk", "example.co.uk"), ("example.com:8080", "example.com"),
    ("localhost", "localhost"), ("", ""),
  ])
  func `a domain is what somebody registered`(text: String, domain: String) {
    #expect(EmailRule.registrableDomain(text) == domain)
  }
}
