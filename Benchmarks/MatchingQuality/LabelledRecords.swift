internal import Foundation
package import Matching

/// Records of which somebody knows which are one; the matching never sees that.
package struct LabelledRecords: Sendable {
  /// Two records by their places in ``profiles``, the smaller first.
  package struct Pair: Hashable, Sendable {
    package let first: Int
    package let second: Int

    package init(_ one: Int, _ other: Int) {
      first = min(one, other)
      second = max(one, other)
    }
  }

  package let name: String
  package let profiles: [MatchProfile]
  package let truth: Set<Pair>
  /// How many records come from the first of two sources, in neither of which anything stands
  /// twice; `nil` when all come from one.
  package let firstSourceCount: Int?
}

extension LabelledRecords {
  /// The first `count` records alone.
  package func first(_ count: Int) -> LabelledRecords {
    LabelledRecords(
      name: name, profiles: Array(profiles.prefix(count)),
      truth: truth.filter { $0.second < count },
      firstSourceCount: firstSourceCount.map { min($0, count) })
  }

  /// The first `count` records of the first source's `size`, and the whole second source.
  package func with(_ count: Int, of size: Int) -> LabelledRecords {
    let left = size - count
    return LabelledRecords(
      name: name, profiles: Array(profiles.prefix(count) + profiles.dropFirst(size)),
      truth: Set(
        truth.filter { $0.first < count }.map { Pair($0.first, $0.second - left) }),
      firstSourceCount: count)
  }
}

/// The data sets beside the package (`../shared/data`).
package enum DataSets {
  /// Persons with errors of typing, hearing and scanning: one file with duplicates.
  package static func febrl1(in folder: String) throws -> LabelledRecords {
    let rows = try rows("\(folder)/dedup-febrl/dataset1.csv")
    return deduplicated("Febrl 1", rows.map(person), rows.map { original($0["rec_id"] ?? "") })
  }

  /// The same kind of persons: two files to be linked.
  package static func febrl4(in folder: String) throws -> LabelledRecords {
    let first = try rows("\(folder)/dedup-febrl/dataset4a.csv")
    let second = try rows("\(folder)/dedup-febrl/dataset4b.csv")
    var places: [String: Int] = [:]
    for (place, row) in first.enumerated() { places[original(row["rec_id"] ?? "")] = place }
    var truth: Set<LabelledRecords.Pair> = []
    for (place, row) in second.enumerated() {
      guard let other = places[original(row["rec_id"] ?? "")] else { continue }
      truth.insert(.init(other, first.count + place))
    }
    return LabelledRecords(
      name: "Febrl 4", profiles: (first + second).map(person), truth: truth,
      firstSourceCount: first.count)
  }

  /// Restaurants as two guides list them.
  package static func fodorsZagats(in folder: String) throws -> LabelledRecords {
    let path = "\(folder)/dedup-fodors-zagats"
    let first = try rows("\(path)/fodors.csv")
    let second = try rows("\(path)/zagats.csv")
    var places: [String: Int] = [:]
    for (place, row) in first.enumerated() { places["f\(row["id"] ?? "")"] = place }
    for (place, row) in second.enumerated() { places["z\(row["id"] ?? "")"] = first.count + place }
    var truth: Set<LabelledRecords.Pair> = []
    for row in try rows("\(path)/matches_fodors_zagats.csv") {
      guard let one = places["f\(row["fodors_id"] ?? "")"],
        let other = places["z\(row["zagats_id"] ?? "")"]
      else { continue }
      truth.insert(.init(one, other))
    }
    let profiles = (first + second).map { row in
      MatchProfile(
        companyName: row["name"] ?? "",
        keys: [MatchKey(.phone, (row["phone"] ?? "").filter { ("0"..."9").contains($0) })],
        street: row["addr"] ?? "", city: row["city"] ?? "")
    }
    return LabelledRecords(
      name: "Fodors-Zagats", profiles: profiles, truth: truth, firstSourceCount: first.count)
  }

  /// Persons with few fields, many of them wrong or missing.
  package static func fake1000(in folder: String) throws -> LabelledRecords {
    let rows = try rows("\(folder)/dedup-splink/fake_1000.csv")
    let profiles = rows.map { row in
      MatchProfile(
        personName: "\(row["first_name"] ?? "") \(row["surname"] ?? "")",
        keys: [MatchKey(.email, (row["email"] ?? "").lowercased())],
        birthday: row["dob"] ?? "", city: row["city"] ?? "")
    }
    return deduplicated("Splink fake_1000", profiles, rows.map { $0["cluster"] ?? "" })
  }

  /// Chinese companies' short names, each once.
  package static func chineseCompanies(in folder: String) throws -> [String] {
    let path = "\(folder)/chinese-company-names/company_shorter_form_28w.txt"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    return text.split(whereSeparator: \.isNewline).dropFirst(2).map(String.init)
  }

  private static func deduplicated(
    _ name: String, _ profiles: [MatchProfile], _ labels: [String]
  ) -> LabelledRecords {
    var truth: Set<LabelledRecords.Pair> = []
    for places in Dictionary(grouping: labels.indices, by: { labels[$0] }).values {
      for (index, place) in places.enumerated() {
        for other in places.dropFirst(index + 1) { truth.insert(.init(place, other)) }
      }
    }
    return LabelledRecords(name: name, profiles: profiles, truth: truth, firstSourceCount: nil)
  }

  /// `rec-17-org` and `rec-17-dup-0` are one person; the social security number is left out.
  private static func original(_ id: String) -> String {
    id.split(separator: "-").dropFirst().first.map(String.init) ?? id
  }

  private static func person(_ row: [String: String]) -> MatchProfile {
    let street = [row["street_number"], row["address_1"], row["address_2"]].compactMap(\.self)
    return MatchProfile(
      personName: "\(row["given_name"] ?? "") \(row["surname"] ?? "")",
      birthday: row["date_of_birth"] ?? "", street: street.joined(separator: " "),
      city: row["suburb"] ?? "", postalCode: row["postcode"] ?? "")
  }

  /// Files without quoted fields: a header, and a line a record.
  private static func rows(_ path: String) throws -> [[String: String]] {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    var lines = text.split(whereSeparator: \.isNewline).map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces.union(["\u{feff}"]))
      }
    }
    guard !lines.isEmpty else { return [] }
    let header = lines.removeFirst()
    return lines.map { Dictionary(zip(header, $0)) { first, _ in first } }
  }
}
