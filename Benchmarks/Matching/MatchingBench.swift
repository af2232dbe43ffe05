import Foundation
import Matching
import MatchingQuality

/// Measures how well and how fast duplicates are found; fails when a floor is missed.
@main
enum MatchingBench {
  static func main() throws {
    let folder = CommandLine.arguments.dropFirst().first ?? "../shared/data"
    let sets: [(LabelledRecords, floor: Double)] = [
      (try DataSets.febrl1(in: folder), 0.90), (try DataSets.febrl4(in: folder), 0.90),
      (try DataSets.fodorsZagats(in: folder), 0.95), (try DataSets.fake1000(in: folder), 0),
    ]
    var isMissed = false
    print("data set            true  found correct  precision recall  F1      floor")
    for (records, floor) in sets {
      let quality = MatchingQuality(of: records)
      isMissed = isMissed || quality.f1 < floor
      report(records.name, quality, floor)
      if records.firstSourceCount != nil {
        report("  all pairs", MatchingQuality(of: records, allPairs: true), 0)
      }
    }
    let rate = try speed(in: folder)
    isMissed = isMissed || rate < 20_000
    crowd(50_000)
    if isMissed { exit(1) }
  }

  private static func report(_ name: String, _ quality: MatchingQuality, _ floor: Double) {
    func column(_ value: Double) -> String { String(format: "%.4f", value) }
    print(
      name.padding(toLength: 18, withPad: " ", startingAt: 0),
      String(format: "%6d %6d %7d", quality.truth, quality.suspected, quality.correct), " ",
      column(quality.precision), column(quality.recall), "", column(quality.f1), "",
      floor > 0 ? String(format: "%.2f", floor) : "-")
  }

  /// Match checks a second against all names at once, by names of the same kind.
  private static func speed(in folder: String) throws -> Double {
    let names = try DataSets.chineseCompanies(in: folder)
    let clock = ContinuousClock()
    var index = MatchIndex()
    let building = clock.measure {
      for (place, name) in names.enumerated() {
        index.insert("acc_\(place)", MatchProfile(companyName: name))
      }
    }
    let step = max(1, names.count / 100_000)
    let probes = stride(from: 0, to: names.count, by: step).map {
      MatchProfile(companyName: "\(names[$0])有限公司")
    }
    var (found, cut, most) = (0, 0, 0)
    let least = MatchScore(MatchModel.current.suspectAbove.tenThousandths + 1)
    let checking = clock.measure {
      for probe in probes {
        let search = index.search(probe, atLeast: least)
        found += search.matches.count
        cut += search.isCut ? 1 : 0
        most = max(most, search.readCount)
      }
    }
    let rate = Double(probes.count) / seconds(checking)
    print(
      String(
        format: "\n%d names indexed in %.1f s; %d checks in %.1f s: %.0f checks/s (floor 20000); "
          + "%.2f resemblances a check; %d entries read at the most, %d checks cut", names.count,
        seconds(building), probes.count, seconds(checking), rate,
        Double(found) / Double(probes.count), most, cut))
    return rate
  }

  /// The longest that a check takes among so many names with one part in common.
  private static func crowd(_ count: Int) {
    var index = MatchIndex()
    func name(_ number: Int) -> String {
      let scalars = [0x4E00 + number % 250, 0x5E00 + number / 250].compactMap(Unicode.Scalar.init)
      return "星河软件科技" + String(String.UnicodeScalarView(scalars))
    }
    for number in 0..<count {
      index.insert("acc_\(number)", MatchProfile(companyName: name(number)))
    }
    let clock = ContinuousClock()
    var worst = Duration.zero
    let all = clock.measure {
      for number in stride(from: 0, to: count, by: count / 500) {
        let probe = MatchProfile(companyName: "杭州" + name(number))
        let one = clock.measure {
          _ = index.search(probe, atLeast: MatchModel.current.possibleFrom)
        }
        worst = max(worst, one)
      }
    }
    print(
      String(
        format: "%d names with one part in common: %.2f ms a check, %.2f ms at the most", count,
        seconds(all) * 2, seconds(worst) * 1_000))
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }
}
