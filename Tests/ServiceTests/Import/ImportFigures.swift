import EventModel
import Foundation
import Service
import TestSupport
import Yams

/// A committed list of figures: what is imported, and the question that answers each of them.
struct ImportFigures {
  struct Source {
    let mapping: String
    let file: String
  }

  struct Figure {
    let name: String
    let sql: String?
    /// A profiled column and the mapping whose report counts its repeated values.
    let repeated: (column: String, mapping: String)?
    /// The columns that hold people, by names in the expected rows and identifiers in the log.
    let people: [Int]
    /// Whether only the greatest rows are expected, in any order among equals.
    let isTop: Bool
  }

  enum Fault: Error { case shape(String) }

  let sources: [Source]
  let figures: [Figure]
  /// What the expected file says, under the part that these figures are of.
  let expected: JSONValue
  let scope: String
  let known: [String: String]

  init(_ name: String) throws {
    let path = ImportTrial.mappingPath("\(name).figures")
    let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    guard let root = try Yams.load(yaml: text) as? [String: Any],
      let imports = root["import"] as? [[String: String]],
      let figures = root["figures"] as? [String: [String: Any]],
      let file = root["expected"] as? String
    else { throw Fault.shape(name) }
    sources = imports.map { Source(mapping: $0["mapping"] ?? "", file: $0["file"] ?? "") }
    self.figures = figures.map { name, fields in
      Figure(
        name: name, sql: fields["sql"] as? String,
        repeated: (fields["repeated"] as? String).map { ($0, fields["of"] as? String ?? "") },
        people: fields["people"] as? [Int] ?? [], isTop: fields["top"] as? Bool ?? false)
    }.sorted { $0.name < $1.name }
    let whole = try JSONParser.value(of: SharedData.bytes(file))
    expected = (root["under"] as? String).flatMap { whole[$0] } ?? whole
    let people = root["people"] as? [String: Any]
    scope = people?["scope"] as? String ?? ""
    known = people?["known"] as? [String: String] ?? [:]
  }

  /// The names of the figures that the expected file has, those in objects of figures as a path.
  var expectedNames: Set<String> {
    guard case .object(let members) = expected else { return [] }
    var names: Set<String> = []
    for member in members where member.name != "definitions" {
      if case .object(let inner) = member.value, inner.contains(where: { $0.name == "median" }) {
        for part in inner { names.insert("\(member.name)/\(part.name)") }
      } else {
        names.insert(member.name)
      }
    }
    return names
  }

  /// The rows that `figure` should have, each cell as text, people as the log calls them.
  func rows(of figure: Figure, _ naming: SourceNaming) throws -> [[String]] {
    var value: JSONValue? = expected
    for part in figure.name.split(separator: "/") { value = value?[String(part)] }
    guard let value else { throw Fault.shape(figure.name) }
    return try Self.rows(value).map { row in
      try row.enumerated().map { index, cell in
        guard figure.people.contains(index) else { return cell }
        return try known[cell] ?? naming.actor(scope: scope, name: cell).text
      }
    }
  }

  private static func rows(_ value: JSONValue) -> [[String]] {
    switch value {
    case .array(let items): items.map(cells)
    case .object(let members): members.map { [$0.name] + cells($0.value) }
    case .null, .boolean, .number, .string: [cells(value)]
    }
  }

  private static func cells(_ value: JSONValue) -> [String] {
    switch value {
    case .array(let items): items.flatMap(cells)
    case .object(let members): members.flatMap { cells($0.value) }
    case .number(let text), .string(let text): [text]
    case .boolean(let flag): [String(flag)]
    case .null: [""]
    }
  }

  /// Whether `found` is what `figure` expects; of a top list, equal counts may stand in any order
  /// and go on behind its end.
  static func areSame(_ found: [[String]], _ expected: [[String]], isTop: Bool) -> Bool {
    guard isTop else { return areSame(found, expected) }
    guard let least = expected.compactMap({ $0.last.flatMap { Int($0) } }).min() else {
      return false
    }
    let count = { (row: [String]) in row.last.flatMap { Int($0) } ?? 0 }
    let above = found.filter { count($0) > least }
    let level = Set(found.filter { count($0) == least })
    return areSame(above, expected.filter { count($0) > least })
      && level.isSuperset(of: expected.filter { count($0) == least })
  }

  private static func areSame(_ a: [[String]], _ b: [[String]]) -> Bool {
    let (a, b) = (
      a.map(canonical).sorted { $0.joined() < $1.joined() },
      b.map(canonical).sorted { $0.joined() < $1.joined() }
    )
    return a == b
  }

  /// 104.0 and 104 are one number.
  private static func canonical(_ row: [String]) -> [String] {
    row.map { cell in
      guard cell.contains("."), let number = Double(cell) else { return cell }
      return String(number).hasSuffix(".0") ? String(String(number).dropLast(2)) : String(number)
    }
  }
}
