/// Says whether a text can be the name of a customer (ACC-1, CA-1).
///
/// Salespeople type 王总 or "Mr Manager" when they don't know a name yet; such an entry matches
/// nothing later, so it is refused: a name is not empty and not a title alone.
package enum NameRule {
  package enum Subject: Hashable, Sendable { case organization, person }

  package enum Fault: Hashable, Sendable {
    case empty
    case tooLong
    case controlCharacter
    case titleOnly
  }

  /// The most bytes a name may have.
  package static let byteLimit = 500

  /// What is wrong with `name`; `nil` when nothing is.
  package static func fault(in name: String, of subject: Subject) -> Fault? {
    guard name.utf8.count <= byteLimit else { return .tooLong }
    guard !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      return .controlCharacter
    }
    let folded = name.narrowed.split(whereSeparator: \.isWhitespace)
    guard folded.contains(where: { $0.contains { $0.isLetter || $0.isNumber } }) else {
      return .empty
    }
    return isTitleOnly(folded.map(String.init), of: subject) ? .titleOnly : nil
  }

  private static func isTitleOnly(_ words: [String], of subject: Subject) -> Bool {
    if isChineseTitle(words.joined()) { return true }
    let plain = words.map { $0.filter { $0 != "." && $0 != "," }.lowercased() }
    guard let first = plain.first else { return false }
    if plain.allSatisfy({ salutations.contains($0) || titles.contains($0) }) { return true }
    // "Mr Wang" says no more than 王先生; "Dr. Oetker" may well be a company.
    return subject == .person && plain.count == 2 && salutations.contains(first)
  }

  /// A Chinese title, alone or behind a family name, such as 经理, 王总 or 欧阳老师.
  private static func isChineseTitle(_ name: String) -> Bool {
    for title in chineseTitles where name.hasSuffix(title) {
      let family = String(name.dropLast(title.count))
      if family.isEmpty || familyNames.contains(family) { return true }
    }
    return false
  }

  private static let salutations: Set<String> = [
    "mr", "mrs", "ms", "miss", "mx", "sir", "madam", "dr", "prof", "herr", "frau", "monsieur",
    "madame", "señor", "señora",
  ]
  private static let titles: Set<String> = [
    "manager", "director", "boss", "president", "chairman", "owner", "ceo", "cfo", "cto", "coo",
    "vp", "sales", "purchasing", "general", "deputy", "vice", "assistant", "secretary", "engineer",
    "buyer", "head", "chief", "officer", "customer", "client", "unknown", "test",
  ]
  /// Longer ones first is not needed: each is tried.
  private static let chineseTitles = [
    "总", "董", "工", "老板", "老板娘", "经理", "总经理", "副总", "副总经理", "总监", "总裁", "副总裁",
    "董事长", "主任", "主管", "部长", "科长", "处长", "局长", "厂长", "院长", "校长", "店长", "队长", "所长",
    "行长", "书记", "秘书", "助理", "会计", "采购", "先生", "女士", "小姐", "太太", "老师", "教授", "博士",
    "医生", "律师", "师傅", "工程师", "客户", "负责人", "联系人", "同学", "姐", "哥",
  ]
  private static let familyNames: Set<String> = Set(
    """
    王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许邓冯韩曹曾彭萧肖蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭\
    廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武戚莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷\
    詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简\
    车项连芦麦褚娄窦戈岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝
    """.map(String.init)
      + ["欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯", "端木"]
  ).subtracting(["\n", " "])
}

extension String {
  /// Full-width forms (U+FF01…U+FF5E, U+3000) as their ASCII counterparts.
  package var narrowed: String {
    guard utf8.contains(where: { $0 >= 0xe3 }) else { return self }
    var narrow = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      switch scalar.value {
      case 0x3000: narrow.append(" ")
      case 0xff01...0xff5e: narrow.append(Unicode.Scalar(UInt8(scalar.value - 0xfee0)))
      default: narrow.append(scalar)
      }
    }
    return String(narrow)
  }

  /// Without white space at both ends.
  package var trimmed: String {
    guard let start = firstIndex(where: { !$0.isWhitespace }),
      let end = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[start...end])
  }
}
