internal import Foundation

/// How often values occur among the records: agreeing in a rare one says more.
struct Population: Sendable {
  enum Field: Int, CaseIterable, Sendable {
    case name, street, city, postalCode, birthday, phone, email
  }

  private var counts: [[String: Int]] = Array(repeating: [:], count: Field.allCases.count)
  private var size = 0

  /// As if so many others were known of whom nothing agrees: a few records prove nothing.
  private static let background = 1000.0

  mutating func add(_ profile: MatchProfile) { change(profile, by: 1) }
  mutating func remove(_ profile: MatchProfile) { change(profile, by: -1) }

  private mutating func change(_ profile: MatchProfile, by amount: Int) {
    size += amount
    for (field, values) in profile.evidenceValues {
      for value in Set(values) {
        let count = (counts[field.rawValue][value] ?? 0) + amount
        counts[field.rawValue][value] = count > 0 ? count : nil
      }
    }
  }

  /// The bits that agreeing in `value` is worth, `cap` at the most.
  func bits(_ field: Field, _ value: String, cap: Double) -> Double {
    let count = Double(counts[field.rawValue][value] ?? 0)
    return min(cap, log2((Double(size) + Self.background) / (count + 1)))
  }
}

extension MatchProfile {
  /// The words of the name that is compared.
  var nameWords: [String] { personWords.isEmpty ? company?.words ?? [] : personWords }

  func keyValues(_ kind: MatchKeyKind) -> [String] {
    keys.filter { $0.kind == kind }.map(\.value)
  }

  fileprivate var evidenceValues: [(Population.Field, [String])] {
    [
      (.name, nameWords), (.street, streetWords), (.city, city.isEmpty ? [] : [city]),
      (.postalCode, postalCode.isEmpty ? [] : [postalCode]),
      (.birthday, birthday.isEmpty ? [] : [birthday]), (.phone, keyValues(.phone)),
      (.email, keyValues(.email)),
    ]
  }
}

/// Adds up what agrees and what doesn't, in bits, rare values counting more.
///
/// Each field counts for itself; caps and penalties are the same for every kind of data.
///
/// Source: Fellegi and Sunter, A theory for record linkage (1969).
struct Evidence {
  let population: Population

  func bits(_ first: MatchProfile, _ second: MatchProfile) -> Double {
    var sum = words(.name, first.nameWords, second.nameWords, cap: 10, penalty: 4)
    sum += words(.street, first.streetWords, second.streetWords, cap: 7, penalty: 1.5)
    sum += value(
      .birthday, first.birthday, second.birthday, cap: 10, penalty: 4, slip: 0.55, near: true)
    sum += value(.postalCode, first.postalCode, second.postalCode, cap: 8, penalty: 2, slip: 0.4)
    sum += city(first.city, second.city)
    sum += best(first.keyValues(.phone), second.keyValues(.phone), penalty: 3) { a, b in
      value(.phone, a, b, cap: 13, penalty: 3, slip: 0.5)
    }
    sum += best(first.keyValues(.email), second.keyValues(.email), penalty: 2, email)
    return sum
  }

  /// The evidence as a score: the threshold's bits are just above the model's suspicion.
  static func score(bits: Double, _ model: MatchModel) -> MatchScore {
    let suspect = Double(model.suspectAbove.tenThousandths)
    guard bits >= model.evidenceBits else {
      return MatchScore(Int(max(0, bits) / model.evidenceBits * suspect))
    }
    let rest = (10_000 - suspect) * (1 - exp2(-(bits - model.evidenceBits) / 8))
    return MatchScore(Int(suspect + rest) + 1)
  }

  /// Pairs the words of the two, most alike first; what is left of the shorter one contradicts.
  private func words(
    _ field: Population.Field, _ first: [String], _ second: [String], cap: Double, penalty: Double
  ) -> Double {
    guard !first.isEmpty, !second.isEmpty else { return 0 }
    var pairs: [(likeness: Double, first: Int, second: Int)] = []
    for (i, a) in first.prefix(Self.wordLimit).enumerated() {
      for (j, b) in second.prefix(Self.wordLimit).enumerated() {
        let likeness = Self.likeness(a, b)
        if likeness >= 0.5 { pairs.append((likeness, i, j)) }
      }
    }
    pairs.sort { ($1.likeness, $0.first, $0.second) < ($0.likeness, $1.first, $1.second) }
    var (usedFirst, usedSecond): (Set<Int>, Set<Int>) = ([], [])
    var sum = 0.0
    for (likeness, i, j) in pairs where !usedFirst.contains(i) && !usedSecond.contains(j) {
      usedFirst.insert(i)
      usedSecond.insert(j)
      let weight = min(
        population.bits(field, first[i], cap: cap), population.bits(field, second[j], cap: cap))
      sum += weight * Self.share(likeness)
    }
    let isFirstShorter = first.count <= second.count
    let (shorter, used) = isFirstShorter ? (first, usedFirst) : (second, usedSecond)
    for (index, word) in shorter.enumerated() where !used.contains(index) {
      // Another number in the same street is another house.
      let loss = field == .street && Self.isNumber(word) ? 4 : penalty
      sum -= loss * min(1, population.bits(field, word, cap: cap) / cap)
    }
    return sum - 0.3 * Double(abs(first.count - second.count))
  }

  private static let wordLimit = 16

  private func value(
    _ field: Population.Field, _ first: String, _ second: String, cap: Double, penalty: Double,
    slip: Double, near: Bool = false
  ) -> Double {
    guard !first.isEmpty, !second.isEmpty else { return 0 }
    if first == second { return population.bits(field, first, cap: cap) }
    if Self.isOneSlip(first, second) {
      return slip
        * min(
          population.bits(field, first, cap: cap), population.bits(field, second, cap: cap))
    }
    // Two wrong digits in eight say nothing against it.
    if near, first.utf8.count == second.utf8.count,
      zip(first.utf8, second.utf8).count(where: { $0 != $1 }) <= 2
    {
      return 1
    }
    return -penalty
  }

  private func city(_ first: String, _ second: String) -> Double {
    guard !first.isEmpty, !second.isEmpty else { return 0 }
    let likeness = Self.likeness(first, second)
    guard likeness >= 0.5 else { return -1.5 }
    let weight = min(
      population.bits(.city, first, cap: 6), population.bits(.city, second, cap: 6))
    return weight * Self.share(likeness)
  }

  private func email(_ first: String, _ second: String) -> Double {
    if first == second { return population.bits(.email, first, cap: 14) }
    let locals = [first, second].map { String($0.prefix { $0 != "@" }) }
    let likeness = Self.likeness(locals[0], locals[1])
    return likeness >= 0.6 ? 10 * Self.share(likeness) : -2
  }

  /// The best agreement of several values; the penalty only when none agrees.
  private func best(
    _ first: [String], _ second: [String], penalty: Double, _ bits: (String, String) -> Double
  ) -> Double {
    guard !first.isEmpty, !second.isEmpty else { return 0 }
    var best = -penalty
    for a in first.prefix(8) { for b in second.prefix(8) { best = max(best, bits(a, b)) } }
    return best
  }

  private static func share(_ likeness: Double) -> Double {
    likeness == 1 ? 1 : (likeness - 0.4) / 0.6 * 0.9
  }

  private static func isNumber(_ word: String) -> Bool {
    word.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }
  }

  /// Dice on bigrams with both ends marked; numbers are equal, one slip apart, or different.
  private static func likeness(_ first: String, _ second: String) -> Double {
    if first == second { return 1 }
    if isNumber(first) || isNumber(second) {
      return first.utf8.count > 3 && isOneSlip(first, second) ? 0.75 : 0
    }
    let score = Bigrams("^\(first)$").dice(Bigrams("^\(second)$"))
    return Double(score.tenThousandths) / 10_000
  }

  /// Whether one typing slip lies between them: a character more, less, other, or two exchanged.
  static func isOneSlip(_ first: String, _ second: String) -> Bool {
    let (a, b) = (Array(first.utf8), Array(second.utf8))
    guard abs(a.count - b.count) <= 1 else { return false }
    let head = zip(a, b).prefix { $0 == $1 }.count
    let most = min(a.count, b.count) - head
    let tail = zip(a.reversed(), b.reversed()).prefix { $0 == $1 }.count
    let end = min(tail, most)
    if a.count != b.count { return max(a.count, b.count) - head - end <= 1 }
    if a.count - head - end <= 1 { return true }
    return a.count - head - end == 2 && a[head] == b[head + 1] && a[head + 1] == b[head]
  }
}
