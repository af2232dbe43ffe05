/// What records of one person or company have in common, most often at least once.
extension MatchIndex {
  static func blocks(of profile: MatchProfile) -> Set<UInt64> {
    wholeNames(of: profile).union(circumstances(of: profile))
  }

  /// A whole name, alone and with what stands beside it: so the same name is found in a crowd too.
  static func wholeNames(of profile: MatchProfile) -> Set<UInt64> {
    var blocks: Set<UInt64> = []
    if !profile.personName.isEmpty {
      blocks.insert(block(1, profile.personName))
      if !profile.affiliation.isEmpty {
        blocks.insert(block(6, profile.personName, profile.affiliation))
      }
    }
    if let company = profile.company {
      blocks.insert(block(7, company.core))
      if !profile.personName.isEmpty {
        blocks.insert(block(8, company.core, profile.personName))
      } else if let region = profile.region {
        blocks.insert(block(9, company.core, region.name))
      }
    }
    return blocks
  }

  static func circumstances(of profile: MatchProfile) -> Set<UInt64> {
    guard profile.hasCircumstances else { return [] }
    var blocks: Set<UInt64> = []
    for word in profile.nameWords { blocks.insert(block(2, word)) }
    if !profile.birthday.isEmpty { blocks.insert(block(3, profile.birthday)) }
    for word in profile.streetWords.prefix(8) {
      if !profile.postalCode.isEmpty, word.first?.isNumber == true {
        blocks.insert(block(4, profile.postalCode, word))
      }
      for name in profile.nameWords.prefix(6) {
        blocks.insert(block(5, word, String(name.prefix(2))))
      }
    }
    return blocks
  }

  private static func block(_ kind: UInt64, _ values: String...) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ kind
    for value in values {
      for byte in value.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      hash = (hash ^ 0xff) &* 0x100_0000_01b3
    }
    return hash
  }
}

extension MatchProfile {
  /// Whether more than a name and keys is known: then circumstances count.
  var hasCircumstances: Bool {
    !birthday.isEmpty || !streetWords.isEmpty || !postalCode.isEmpty
  }
}
