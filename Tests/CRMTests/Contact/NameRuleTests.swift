import CRM
import Testing

@Suite struct NameRuleTests {
  @Test(arguments: [
    "王总", "李经理", "欧阳老师", "总经理", "张 先生", "老板娘", "陈董", "Manager", "Sales Director", "Mr.",
    "Mr Wang", "ＭＲ　ＷＡＮＧ", "Dr. Li", "Frau Meier",
  ])
  func `a title is no person's name`(name: String) {
    #expect(NameRule.fault(in: name, of: .person) == .titleOnly)
  }

  @Test(arguments: [
    "王小明", "李经纬", "欧阳修", "司马光", "总后勤", "Wang Xiaoming", "Mr Wang Xiaoming", "Max Director",
    "Ng", "О'Нил", "محمد", "Boss Hugo Boss",
  ])
  func `a name is a person's name`(name: String) {
    #expect(NameRule.fault(in: name, of: .person) == nil)
  }

  @Test(arguments: ["Dr. Oetker", "福建码上科技有限公司", "3M", "Mr Price", "总参工程公司"])
  func `a company may be named after a title`(name: String) {
    #expect(NameRule.fault(in: name, of: .organization) == nil)
  }

  @Test(arguments: ["", "  ", "\u{3000}", "…", "-", "***"])
  func `a name has a letter or a digit`(name: String) {
    #expect(NameRule.fault(in: name, of: .organization) == .empty)
  }

  @Test func `a name is one line of bounded length`() {
    #expect(NameRule.fault(in: "A\u{0}B", of: .person) == .controlCharacter)
    #expect(NameRule.fault(in: "A\nB", of: .person) == .controlCharacter)
    #expect(NameRule.fault(in: String(repeating: "a", count: 501), of: .person) == .tooLong)
  }
}
