import Matching
import Testing

/// The vectors of crm-domain.md 3.6, and what the normalisation must not do.
@Suite struct CompanyNameTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    let first: String
    let second: String
    let similarity: Int
    let score: Int
    var testDescription: String { "\(first) / \(second)" }
  }

  static let vectors = [
    Vector(first: "福建码上科技有限公司", second: "码上科技", similarity: 10_000, score: 9250),
    Vector(first: "福建码上科技有限公司", second: "北京码上科技", similarity: 10_000, score: 8500),
    Vector(first: "神州数码信息服务股份有限公司", second: "神州数码", similarity: 6000, score: 5850),
    Vector(first: "杭州星河软件有限公司", second: "杭州星河软件技术有限公司", similarity: 7500, score: 7875),
    Vector(first: "上海云图数据科技", second: "上海云图数智科技", similarity: 6000, score: 6600),
    Vector(first: "Acme Co., Ltd.", second: "ACME", similarity: 10_000, score: 9250),
  ]

  @Test(arguments: vectors)
  func `names are as alike as the specification says`(vector: Vector) {
    let (first, second) = (CompanyName(vector.first), CompanyName(vector.second))
    #expect(first.similarity(to: second) == MatchScore(vector.similarity))
    #expect(second.similarity(to: first) == MatchScore(vector.similarity))
    let compared = MatchModel.current.compare(
      MatchProfile(companyName: vector.first), MatchProfile(companyName: vector.second))
    #expect(compared.score == MatchScore(vector.score))
  }

  @Test func `the same city counts whole, an unknown one half`() {
    let compared = MatchModel.current.compare(
      MatchProfile(companyName: "神州数码信息服务股份有限公司", city: "北京市"),
      MatchProfile(companyName: "神州数码", city: "北京"))
    #expect(compared.score == MatchScore(6600))
  }

  @Test(arguments: [
    ("股份有限公司", "股份"), ("集团有限公司", "集团"), ("公司", "公司"), ("上海银行", "上海银行"),
    ("福建省厦门市码上科技有限公司", "码上科技"), ("（上海）云图·数据（集团）有限公司", "云图数据"),
    ("ＡＣＭＥ　ＧｍｂＨ", "acme"), ("Zinc", "zinc"), ("Inc", "inc"), ("O'Neil & Sons Ltd", "oneilsons"),
    ("", ""),
  ])
  func `a core is what is left of a name, and never nothing`(name: String, core: String) {
    #expect(CompanyName(name).core == core)
  }

  @Test func `numbers tell one of a series from the next`() {
    let model = MatchModel.current
    let first = MatchProfile(companyName: "Customer 17")
    #expect(
      model.compare(first, MatchProfile(companyName: "Customer 18")).score < model.suspectAbove)
    #expect(
      model.compare(first, MatchProfile(companyName: "customer 17")).score > model.suspectAbove)
  }

  @Test(arguments: [
    ("", "", 0), ("a", "a", 10_000), ("a", "b", 0), ("a", "ab", 0), ("ab", "ab", 10_000),
    ("aaa", "aa", 6667), ("night", "nacht", 2500),
  ])
  func `bigrams are a multiset`(first: String, second: String, expected: Int) {
    #expect(Bigrams(first).dice(Bigrams(second)) == MatchScore(expected))
  }

  @Test(arguments: [
    (0, "0"), (5850, "0.585"), (9500, "0.95"), (10_000, "1"), (10_001, "1"), (-1, "0"),
  ])
  func `a score is written as a decimal`(tenThousandths: Int, text: String) {
    #expect(MatchScore(tenThousandths).description == text)
  }
}
