internal import Matching

/// How well suspected pairs are the true ones.
package struct MatchingQuality: Hashable, Sendable {
  package let suspected: Int
  package let correct: Int
  package let truth: Int

  package var precision: Double { suspected == 0 ? 1 : Double(correct) / Double(suspected) }
  package var recall: Double { truth == 0 ? 1 : Double(correct) / Double(truth) }
  package var f1: Double {
    suspected + truth == 0 ? 1 : 2 * Double(correct) / Double(suspected + truth)
  }

  /// Puts all records into one index, and asks for each what it is suspected to be.
  ///
  /// Of records from two sources each belongs to one of the other at the most, unless `allPairs`
  /// lets it belong to several: the pairs that score highest come first.
  package init(of records: LabelledRecords, allPairs: Bool = false) {
    var index = MatchIndex()
    for (place, profile) in records.profiles.enumerated() { index.insert("\(place)", profile) }
    var scores: [LabelledRecords.Pair: MatchScore] = [:]
    let least = MatchScore(index.model.suspectAbove.tenThousandths + 1)
    for (place, profile) in records.profiles.enumerated() {
      for match in index.matches(profile, excluding: "\(place)", atLeast: least, limit: 100) {
        guard let other = Int(match.id) else { continue }
        if let count = records.firstSourceCount, (place < count) == (other < count) { continue }
        scores[.init(place, other)] = match.comparison.score
      }
    }
    var pairs = Set(scores.keys)
    if records.firstSourceCount != nil, !allPairs {
      pairs = []
      var taken: Set<Int> = []
      let order = scores.sorted {
        ($1.value, $0.key.first, $0.key.second) < ($0.value, $1.key.first, $1.key.second)
      }
      for (pair, _) in order where !taken.contains(pair.first) && !taken.contains(pair.second) {
        pairs.insert(pair)
        taken.formUnion([pair.first, pair.second])
      }
    }
    suspected = pairs.count
    correct = pairs.count(where: records.truth.contains)
    truth = records.truth.count
  }
}
