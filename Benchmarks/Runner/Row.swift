import Foundation

/// One line of the table: a thing measured at one size, ours against its peer.
struct Row: Codable {
  let name: String
  /// In `unit`; the median over the rounds.
  let ours: Double
  let peer: Double
  /// How good ours is against the peer: 1 is even, more is better, whatever the unit; the median
  /// of the rounds' ratios.
  let ratio: Double
  /// The least that will do, and what is aimed at: of `ratio`, or of `ours` where `bound` says so.
  let must: Double?
  let aim: Double?
  let unit: String
  let events: Int
  let bound: Bound
  let peerName: String

  enum Bound: String, Codable {
    case ratio, ours, none
  }

  /// Whether the row reaches its `must`; a row without one does.
  var isReached: Bool { must.map { bounded >= $0 } ?? true }
  var reachesAim: Bool { aim.map { bounded >= $0 } ?? true }

  private var bounded: Double { bound == .ours ? ours : ratio }
}

/// What a row is about: fixed, while its figures change.
struct RowKind {
  let name: String
  let unit: String
  let peerName: String
  let bound: Row.Bound
  let must: Double?
  let aim: Double?
  /// Whether less of the unit is better, as with times.
  var isTime = false

  /// The row of the figures of each round, ours and the peer's.
  func row(_ pairs: [(ours: Double, peer: Double)], events: Int) -> Row {
    Row(
      name: name, ours: pairs.map(\.ours).median, peer: pairs.map(\.peer).median,
      ratio: pairs.map { isTime ? $0.peer / $0.ours : $0.ours / $0.peer }.median,
      must: must, aim: aim, unit: unit, events: events, bound: bound, peerName: peerName)
  }
}

extension RowKind {
  static let appendGroups = RowKind(
    name: "append, 1000 a group", unit: "events/s", peerName: "C puts the same records",
    bound: .ratio, must: 0.2, aim: 0.4)
  static let appendSingles = RowKind(
    name: "append, 1 a group", unit: "events/s", peerName: "C puts the same records",
    bound: .none, must: nil, aim: nil)
  static let longestPause = RowKind(
    name: "longest group of 1000", unit: "ms", peerName: "C puts the same records",
    bound: .none, must: nil, aim: nil, isTime: true)
  static let scan = RowKind(
    name: "scan, every byte", unit: "events/s", peerName: "C cursor", bound: .ratio, must: 0.8,
    aim: 0.95)
  static let tags = RowKind(
    name: "tag query of 10", unit: "queries/s", peerName: "C gets 10 scattered records",
    bound: .none, must: nil, aim: nil)
  static let verify = RowKind(
    name: "verify, 2 threads", unit: "MB/s", peerName: "openssl speed sha256, 16 KiB",
    bound: .ratio, must: 0.4, aim: 0.8)
  static let rebuild = RowKind(
    name: "rebuild sales and tickets", unit: "events/s", peerName: "C cursor, every byte",
    bound: .ours, must: 200_000, aim: 600_000)
  static let open = RowKind(
    name: "open", unit: "ms", peerName: "C opens, reads the last record", bound: .none,
    must: nil, aim: nil, isTime: true)

  /// How little the cost of an event grows with the log.
  static func growth(of kind: RowKind) -> RowKind {
    RowKind(
      name: "growth: \(kind.name)", unit: kind.unit, peerName: "ours at the smallest size",
      bound: .ratio, must: 1 / 1.3, aim: 1 / 1.1)
  }
}
