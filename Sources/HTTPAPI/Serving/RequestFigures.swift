internal import Synchronization

/// How many requests there were of each operation and status, and how long they took.
final class RequestFigures: Sendable {
  struct Key: Hashable, Sendable {
    let operation: String
    let status: Int
  }

  struct Row: Sendable {
    let key: Key
    let count: Int
    let seconds: Double
    /// How many took at most the bound of the same place in ``bounds``.
    let buckets: [Int]
  }

  /// Upper bounds in seconds.
  static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  private struct Tally {
    var count = 0
    var seconds = 0.0
    /// How many took more than the bound before, and at most the one of the same place.
    var buckets = [Int](repeating: 0, count: RequestFigures.bounds.count)

    mutating func add(_ time: Double) {
      count += 1
      seconds += time
      if let index = RequestFigures.bounds.firstIndex(where: { time <= $0 }) { buckets[index] += 1 }
    }

    /// How many took at most the bound of the same place.
    var sums: [Int] { buckets.indices.map { buckets[...$0].reduce(0, +) } }
  }

  // As many keys as operations have statuses: bounded by the code, not by callers.
  private let tallies = Mutex<[Key: Tally]>([:])

  func add(_ key: Key, took duration: Duration) {
    let (seconds, attoseconds) = duration.components
    let time = Double(seconds) + Double(attoseconds) / 1e18
    tallies.withLock { tallies in
      tallies[key, default: Tally()].add(time)
    }
  }

  var rows: [Row] {
    tallies.withLock { tallies in
      tallies.map { key, tally in
        Row(key: key, count: tally.count, seconds: tally.seconds, buckets: tally.sums)
      }
    }.sorted { ($0.key.operation, $0.key.status) < ($1.key.operation, $1.key.status) }
  }
}
