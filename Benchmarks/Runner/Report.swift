import Foundation

/// The tables for people and for programs.
struct Report {
  let tables: [Table]
  let machine: Machine
  let rounds: Int
  /// What stands between ours and the floor: written by hand from profiles, below the tables.
  let explanation: String

  /// All rows, and how the costs grow from the smallest size to the others.
  var rows: [Row] { tables.flatMap(\.rows) + growth }

  private var growth: [Row] {
    guard let smallest = tables.min(by: { $0.events < $1.events }) else { return [] }
    let kinds = [RowKind.appendGroups, .scan, .rebuild]
    return tables.filter { $0.events > smallest.events }.flatMap { table in
      kinds.compactMap { kind -> Row? in
        guard let small = smallest.rows.first(where: { $0.name == kind.name }),
          let large = table.rows.first(where: { $0.name == kind.name }),
          let (ours, peer) = zip(large.ratio, small.ratio)
        else { return nil }
        // The peer's own growth is taken out: the ratios to it are compared, not the rates.
        return RowKind.growth(of: kind).row([(ours: ours, peer: peer)], events: table.events)
      }
    }
  }

  private struct Document: Encodable {
    let machine: Machine
    let rounds: Int
    let rows: [Row]
  }

  var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(Document(machine: machine, rounds: rounds, rows: rows))
    }
  }

  var markdown: String {
    let sizes = tables.map { section($0) }.joined(separator: "\n")
    return """
      # Benchmarks

      Written by `make bench`; the same figures for programs stand in `Benchmarks/results.json`.
      [Design 0002](design/0002-benchmarks.md) says what is measured and why as ratios.

      \(machine.processor), \(machine.cores) cores, \(machine.memoryGiB) GiB; \(machine.system); \
      \(machine.date). Medians of \(rounds) rounds, in which ours and the peer take turns. A ratio \
      above 1 is better than the peer, for times too. **Must** and **aim** are of the ratio, but \
      where “of ours” stands.

      \(sizes)
      \(growthSection)
      \(explanation)
      """
  }

  private func section(_ table: Table) -> String {
    """
    ## \(Self.grouped(Double(table.events))) events

    \(Self.table(table.rows))

    One `fdatasync` of 4 KiB: \(Self.rounded(table.syncMicroseconds.median)) µs. A record has \
    \(Self.rounded(table.recordBytes.median)) bytes, \(Self.rounded(table.payloadBytes.median)) of \
    them the payload.

    """
  }

  private var growthSection: String {
    growth.isEmpty
      ? ""
      : "## Growth\n\nRatios of ratios: what the peer grows by is taken out.\n\n\(Self.table(growth))\n"
  }

  private static func table(_ rows: [Row]) -> String {
    let head = """
      | Measure | Ours | Peer | | Ratio | Must | Aim | |
      |---|---:|---:|---|---:|---:|---:|---|
      """
    let lines = rows.map { row -> String in
      let mark =
        row.must == nil ? "" : row.isReached ? row.reachesAim ? "aim" : "must" : "**missed**"
      let figures = [row.must, row.aim].map { limit in limit.map { bound(row, $0) } ?? "" }
      return "| \(row.name) | \(rounded(row.ours)) \(row.unit) | "
        + "\(row.peer.map(rounded) ?? "") | \(row.peerName) | \(row.ratio.map(rounded) ?? "") | "
        + "\(figures[0]) | \(figures[1]) | \(mark) |"
    }
    return ([head] + lines).joined(separator: "\n")
  }

  private static func bound(_ row: Row, _ limit: Double) -> String {
    switch row.bound {
    case .ratio, .none: rounded(limit)
    case .oursAtLeast: "≥ \(rounded(limit)) of ours"
    case .oursAtMost: "≤ \(rounded(limit)) of ours"
    }
  }

  /// Three digits that count, with a blank between thousands.
  static func rounded(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    if abs(value) >= 1000 {
      let digits = pow(10, (log10(abs(value))).rounded(.down) - 2)
      return grouped((value / digits).rounded() * digits)
    }
    let places = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2
    return String(format: "%.\(places)f", value)
  }

  private static func grouped(_ value: Double) -> String {
    var text = String(Int(value))
    var place = text.count - 3
    while place > 0 {
      text.insert("\u{202f}", at: text.index(text.startIndex, offsetBy: place))
      place -= 3
    }
    return text
  }
}

/// Both values, when both are there.
private func zip<First, Second>(_ first: First?, _ second: Second?) -> (First, Second)? {
  guard let first, let second else { return nil }
  return (first, second)
}
