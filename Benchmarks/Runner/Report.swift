import Foundation

/// The tables for people and for programs.
struct Report {
  let tables: [Table]
  let machine: Machine
  let rounds: Int

  /// All rows, and how the costs grow from the smallest size to the others.
  var rows: [Row] { tables.flatMap(\.rows) + growth }

  private var growth: [Row] {
    guard let smallest = tables.min(by: { $0.events < $1.events }) else { return [] }
    let kinds = [RowKind.appendGroups, .scan, .rebuild]
    return tables.filter { $0.events > smallest.events }.flatMap { table in
      kinds.compactMap { kind -> Row? in
        guard let small = smallest.rows.first(where: { $0.name == kind.name }),
          let large = table.rows.first(where: { $0.name == kind.name })
        else { return nil }
        // The peer's own growth is taken out: the ratios to it are compared, not the rates.
        return RowKind.growth(of: kind).row(
          [(ours: large.ratio, peer: small.ratio)], events: table.events)
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
      """
  }

  private func section(_ table: Table) -> String {
    """
    ## \(Self.grouped(Double(table.events))) events

    \(Self.table(table.rows))

    One `fdatasync` of 4 KiB: \(Self.rounded(table.syncMicroseconds.median)) µs. On the disk, an event takes \
    \(Self.rounded(table.bytesPerEvent.median)) bytes with its tree and indexes \
    (C: \(Self.rounded(table.peerBytesPerEvent.median))). Memory of its own: \
    \(Self.rounded(table.memories.median)) MiB after appending, \
    \(Self.rounded(table.rebuildMemories.median)) MiB after rebuilding.

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
      let suffix = row.bound == .ours ? " of ours" : ""
      let must = row.must.map { rounded($0) + suffix } ?? ""
      let aim = row.aim.map { rounded($0) + suffix } ?? ""
      let mark =
        row.must == nil ? "" : row.isReached ? row.reachesAim ? "aim" : "must" : "**missed**"
      return "| \(row.name) | \(rounded(row.ours)) \(row.unit) | \(rounded(row.peer)) | "
        + "\(row.peerName) | \(rounded(row.ratio)) | \(must) | \(aim) | \(mark) |"
    }
    return ([head] + lines).joined(separator: "\n")
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
