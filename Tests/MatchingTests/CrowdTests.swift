import Matching
import Testing

/// A check costs the same however many records share a name: what is counted is what is read.
@Suite struct CrowdTests {
  private static let least = MatchModel.current.possibleFrom
  /// Keys, whole names and circumstances are compared beside the names' entries.
  private static let readLimit = MatchIndex.nameReadLimit + 4 * MatchIndex.blockLimit

  private static func crowd(_ names: some Sequence<String>) -> MatchIndex {
    var index = MatchIndex()
    for (place, name) in names.enumerated() {
      index.insert("acc_\(place)", MatchProfile(companyName: name))
    }
    return index
  }

  /// Two characters that name a number.
  private static func mark(_ number: Int) -> String {
    let scalars = [0x4E00 + number % 250, 0x5E00 + number / 250]
    return String(String.UnicodeScalarView(scalars.compactMap(Unicode.Scalar.init)))
  }

  @Test func `among 50 000 names with one part in common, as much is read as among few`() {
    var index = Self.crowd((0..<50_000).map { "星河软件科技\(Self.mark($0))" })
    // All are alike: the answer has the most, and says that there are others.
    for name in ["星河软件科技", "杭州星河软件科技"] {
      let search = index.search(MatchProfile(companyName: name), atLeast: Self.least)
      #expect(search.readCount <= Self.readLimit, "\(name): \(search.readCount)")
      #expect(search.isCut, "\(name)")
      #expect(search.matches.count == 20, "\(name)")
    }
    // What none of them is alike enough to is known without reading any.
    for name in ["星河软件科技某某", "星河软件科"] {
      let search = index.search(MatchProfile(companyName: name), atLeast: Self.least)
      #expect(search.readCount == 0, "\(name): \(search.readCount)")
      #expect(search.matches.isEmpty && !search.isCut, "\(name)")
    }
    // One that has a mark is found in the crowd, wherever it stands.
    for number in [0, 25_000, 49_999] {
      let profile = MatchProfile(companyName: "星河软件科技\(Self.mark(number))有限公司")
      let search = index.search(profile, atLeast: Self.least)
      #expect(search.readCount <= Self.readLimit)
      #expect(search.matches.first?.id == "acc_\(number)")
    }
    // What has the common part and much else reads next to nothing.
    let other = index.search(
      MatchProfile(companyName: "东方明珠国际贸易发展星河软件"), atLeast: Self.least)
    #expect(other.matches.isEmpty)
    #expect(!other.isCut)
    #expect(other.readCount == 0)
    // Taking out and putting in again leaves the others as they were.
    index.insert("acc_25000", MatchProfile(companyName: "东方明珠"))
    let moved = index.search(
      MatchProfile(companyName: "星河软件科技\(Self.mark(25_000))"), atLeast: MatchScore(9_000))
    #expect(moved.matches.isEmpty)
    let found = index.search(MatchProfile(companyName: "东方明珠"), atLeast: Self.least)
    #expect(found.matches.map(\.id) == ["acc_25000"])
  }

  @Test func `one name that ten thousand have is compared with 150 of them, and said to be more`() {
    var index = Self.crowd((0..<10_000).map { $0 == 9_000 ? "厦门码上科技" : "码上科技" })
    let plain = index.search(MatchProfile(companyName: "码上科技"), atLeast: Self.least)
    #expect(plain.isCut)
    #expect(plain.readCount <= Self.readLimit)
    #expect(plain.matches.count == 20)
    // The one in the same city is the most alike.
    let near = index.search(MatchProfile(companyName: "厦门码上科技有限公司"), atLeast: Self.least)
    #expect(near.matches.first?.id == "acc_9000")
    #expect(near.matches.first?.comparison.score == .one)
  }

  @Test func `numbered names are told apart before they are read`() {
    var index = Self.crowd((10_000..<20_000).map { "Filiale \($0) GmbH" })
    for number in [10_000, 14_321, 19_999] {
      let search = index.search(
        MatchProfile(companyName: "Filiale \(number)"), atLeast: Self.least)
      #expect(search.matches.map(\.id) == ["acc_\(number - 10_000)"])
      #expect(!search.isCut)
      #expect(search.readCount < 1_000, "\(search.readCount)")
    }
  }

  @Test func `a person's name and employer are found among a thousand of the name`() {
    var index = MatchIndex()
    for number in 0..<1_000 {
      index.insert(
        "con_\(number)", MatchProfile(personName: "王伟", affiliation: "acc_\(number)"))
    }
    let search = index.search(
      MatchProfile(personName: "王伟", affiliation: "acc_777"), atLeast: Self.least)
    #expect(search.matches.first?.id == "con_777")
    #expect(search.matches.first?.comparison.score == .one)
    #expect(search.isCut)
    #expect(search.readCount <= 2 * MatchIndex.blockLimit)
  }

  @Test func `a key that a thousand share is compared with 150 of them`() {
    var index = MatchIndex()
    let key = MatchKey(.phone, "+861062535250")
    for number in 0..<1_000 {
      index.insert("acc_\(number)", MatchProfile(companyName: "", keys: [key]))
    }
    let search = index.search(MatchProfile(keys: [key]), atLeast: Self.least)
    #expect(search.isCut)
    #expect(search.readCount == MatchIndex.blockLimit)
    #expect(search.matches.count == 20)
  }
}
