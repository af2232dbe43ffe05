/// `catalogue.tsv`: every event type that a release ever had; lines are added, never changed.
struct CommittedTable {
  static let header = "type\tmessage\tcase\tfield\trelease"
  private var lines: [String: [String]] = [:]

  struct Changed: Error, CustomStringConvertible {
    let description: String
  }

  init(_ text: String) throws {
    for line in text.split(separator: "\n").dropFirst() {
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard columns.count == 5 else {
        throw Changed(description: "catalogue.tsv has a line that isn't of five columns: \(line)")
      }
      lines[columns[0]] = columns
    }
  }

  /// The table with the new types of `catalogue`, which get `release`.
  func merged(with catalogue: Catalogue, release: String) throws -> String {
    var merged = lines
    var seen: Set<String> = []
    for aggregate in catalogue.aggregates {
      for event in aggregate.events {
        guard seen.insert(event.type).inserted else {
          throw Changed(
            description: "\(event.type) is the type of two events: rename the newer one")
        }
        let columns = [
          event.type, "\(Catalogue.package).\(aggregate.message)", event.caseName,
          String(event.fieldNumber),
        ]
        if let known = lines[event.type], Array(known.prefix(4)) != columns {
          throw Changed(
            description: "\(event.type) was \(known.joined(separator: " ")): "
              + "names and numbers of events never change, add a new event")
        }
        merged[event.type] = columns + [lines[event.type]?[4] ?? release]
      }
    }
    for type in lines.keys.sorted() where !seen.contains(type) {
      throw Changed(description: "\(type) is missing: an event type is never removed")
    }
    let ordered = merged.values.sorted { a, b in
      (a[1], Int(a[3]) ?? 0) < (b[1], Int(b[3]) ?? 0)
    }
    return ([Self.header] + ordered.map { $0.joined(separator: "\t") })
      .map { $0 + "\n" }.joined()
  }
}
