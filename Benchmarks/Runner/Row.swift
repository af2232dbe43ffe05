import Foundation

/// One line of the table: a thing measured at one size, ours against its peer.
struct Row: Codable {
  let name: String
  /// In `unit`; the median over the rounds.
  let ours: Double
  /// `nil` where nothing else does the same.
  let peer: Double?
  /// How good ours is against the peer: 1 is even, more is better, whatever the unit; the median
  /// of the rounds' ratios.
  let ratio: Double?
  /// The least that will do, and what is aimed at, of what `bound` says.
  let must: Double?
  let aim: Double?
  let unit: String
  let events: Int
  let bound: Bound
  let peerName: String

  enum Bound: String, Codable {
    case ratio
    /// Of `ours`, in its unit.
    case oursAtLeast, oursAtMost
    case none
  }

  /// Whether the row reaches its `must`; a row without one does.
  var isReached: Bool { isReached(within: 1) }
  var reachesAim: Bool { aim.map { reaches($0, within: 1) } ?? true }

  /// Whether it reaches its `must` but for a factor: a machine that others work on is no scale.
  func isReached(within factor: Double) -> Bool {
    must.map { reaches($0, within: factor) } ?? true
  }

  private func reaches(_ limit: Double, within factor: Double) -> Bool {
    switch bound {
    case .ratio: ratio.map { $0 * factor >= limit } ?? false
    case .oursAtLeast: ours * factor >= limit
    case .oursAtMost: ours <= limit * factor
    case .none: true
    }
  }
}

/// What a row is about: fixed, while its figures change.
struct RowKind: Sendable {
  let name: String
  let unit: String
  var peerName = ""
  var bound = Row.Bound.none
  var must: Double?
  var aim: Double?
  /// Whether less of the unit is better, as with times.
  var isLessBetter = false

  /// The row of the figures of each round, ours and the peer's.
  func row(_ pairs: [(ours: Double, peer: Double?)], events: Int) -> Row {
    let peers = pairs.compactMap(\.peer)
    let ratios = pairs.compactMap { pair in
      pair.peer.map { isLessBetter ? $0 / pair.ours : pair.ours / $0 }
    }
    return Row(
      name: name, ours: pairs.map(\.ours).median, peer: peers.isEmpty ? nil : peers.median,
      ratio: ratios.isEmpty ? nil : ratios.median, must: must, aim: aim, unit: unit,
      events: events, bound: bound, peerName: peerName)
  }
}

/// Writing.
extension RowKind {
  private static let puts = "C puts the same records"

  /// One caller that waits for each group before it makes the next: design 0002 says why the
  /// threshold is on two.
  static let appendGroups = RowKind(
    name: "append, 1000 a group", unit: "events/s", peerName: puts)
  static let appendTwoCallers = RowKind(
    name: "append, 1000 a group, 2 callers", unit: "events/s", peerName: puts, bound: .ratio,
    must: 0.2, aim: 0.4)
  static let appendTwoTags = RowKind(
    name: "append, 1000 a group, 2 callers, 2 tags an event", unit: "events/s", peerName: puts)
  static let appendHundreds = RowKind(
    name: "append, 100 a group", unit: "events/s", peerName: puts)
  static let appendSingles = RowKind(
    name: "append, 1 a group", unit: "events/s", peerName: puts, bound: .ratio, must: 0.5, aim: 0.8)
  static let appendManyCallers = RowKind(
    name: "append, 1 a group, 64 callers", unit: "events/s", peerName: "C puts 64 a group")
  static let appendStreams = RowKind(
    name: "append, 1 a group, 64 callers, expected revisions", unit: "events/s",
    peerName: "C puts 64 a group")
  static let appendTags = RowKind(
    name: "append, 1 a group, 64 callers, no match of a tag", unit: "events/s",
    peerName: "C puts 64 a group")
  static let longestPause = RowKind(
    name: "longest group of 1000", unit: "ms", peerName: puts, isLessBetter: true)
  static let pauseSpread = RowKind(
    name: "p99.9 of a group by its p50", unit: "times", bound: .oursAtMost, must: 10, aim: 5,
    isLessBetter: true)
  static let sealed = RowKind(
    name: "append, two sealed sections", unit: "events/s a core", bound: .oursAtLeast,
    must: 30_000, aim: 60_000)
  static let bytesPerEvent = RowKind(
    name: "disk an event", unit: "bytes", peerName: puts, isLessBetter: true)
  static let writingMemory = RowKind(
    name: "memory after appending", unit: "MiB", bound: .oursAtMost, must: 300, isLessBetter: true)
}

/// Reading.
extension RowKind {
  static let scan = RowKind(
    name: "scan, every byte", unit: "events/s", peerName: "C cursor", bound: .ratio, must: 0.8,
    aim: 0.95)
  static let read = RowKind(
    name: "read all, copied out by 1000", unit: "events/s", peerName: "C cursor")
  static let streams = RowKind(
    name: "stream of 8", unit: "queries/s", peerName: "C gets 8 scattered records")
  static let tags = RowKind(
    name: "tag query of 10", unit: "queries/s", peerName: "C gets 10 scattered records")
  static let follow = RowKind(
    name: "follower sees an append, p50", unit: "µs", isLessBetter: true)
  static let followLate = RowKind(
    name: "follower sees an append, p99", unit: "µs", bound: .oursAtMost, must: 10_000, aim: 2000,
    isLessBetter: true)
  static let verify = RowKind(
    name: "verify, 2 threads", unit: "MB/s", peerName: "openssl speed sha256, 16 KiB",
    bound: .ratio, must: 0.4, aim: 0.8)
  static let open = RowKind(
    name: "open", unit: "ms", peerName: "C opens, reads the last record", bound: .oursAtMost,
    must: 1000, aim: 100, isLessBetter: true)
  static let asOf = RowKind(
    name: "a record as of an earlier position, p99", unit: "µs", bound: .oursAtMost, must: 5000,
    aim: 1000, isLessBetter: true)
}

/// Proof.
extension RowKind {
  static let tree = RowKind(
    name: "digests, leaf and tree of an event", unit: "µs", bound: .oursAtMost, must: 3,
    isLessBetter: true)
  static let proof = RowKind(
    name: "proof that an event is in the log, p99", unit: "µs", bound: .oursAtMost, must: 1000,
    isLessBetter: true)
  static let evidence = RowKind(
    name: "evidence on 1000 events", unit: "ms", bound: .oursAtMost, must: 1000,
    isLessBetter: true)
  static let erasure = RowKind(
    name: "last approval to a key that is gone, p99", unit: "ms", bound: .oursAtMost, must: 50,
    isLessBetter: true)
}

/// Read models.
extension RowKind {
  static let rebuild = RowKind(
    name: "rebuild sales and tickets", unit: "events/s", peerName: "C cursor, every byte",
    bound: .oursAtLeast, must: 200_000, aim: 600_000)
  static let rebuildAll = RowKind(
    name: "rebuild all models", unit: "events/s", peerName: "C cursor, every byte")
  static let rebuildMemory = RowKind(
    name: "memory after rebuilding", unit: "MiB", bound: .oursAtMost, must: 512,
    isLessBetter: true)
  static let board = RowKind(
    name: "100 rows as of an earlier position, p50", unit: "µs", isLessBetter: true)

  static func rebuild(_ model: String) -> RowKind {
    RowKind(name: "rebuild \(model)", unit: "events/s", peerName: "C cursor, every byte")
  }

  /// How little the cost of an event grows with the log.
  static func growth(of kind: RowKind) -> RowKind {
    RowKind(
      name: "growth: \(kind.name)", unit: kind.unit, peerName: "ours at the smallest size",
      bound: .ratio, must: 1 / 1.3, aim: 1 / 1.1)
  }
}
