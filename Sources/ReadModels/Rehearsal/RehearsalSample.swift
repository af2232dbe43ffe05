internal import EventModel
internal import LMDB

/// Which streams stand for the log: enough that every event type has its share.
///
/// Whole streams are taken, for a projector that is shown a part of a record's history says of
/// it what is not true. The choice is by the hash of the stream's name, so that it is the same
/// each time.
struct RehearsalSample {
  private(set) var streams: Set<String> = []
  /// Events of each type in the log.
  private(set) var counts: [String: UInt64] = [:]

  /// Chooses streams until every type has `perType` events, or all it has.
  init(
    of source: any EventSource, perType: Int, _ observer: ModelObserver
  ) throws(LMDBError) {
    var candidates: [String: [(hash: UInt64, stream: String)]] = [:]
    var counts: [String: UInt64] = [:]
    try source.scan(from: Position(0)) { layout, record throws(LMDBError) in
      let leaf = record.extracting(layout.leafRange)
      let type = leaf.text(layout.leaf.type)
      counts[type, default: 0] += 1
      let stream = leaf.text(layout.leaf.stream)
      let hash = Self.hash(stream)
      // The streams with the lowest hashes are kept: at most one a wanted event.
      var kept = candidates[type] ?? []
      if kept.count < perType || hash < (kept.last?.hash ?? .max) {
        if !kept.contains(where: { $0.hash == hash }) {
          let place = kept.firstIndex { $0.hash > hash } ?? kept.count
          kept.insert((hash, stream), at: place)
          if kept.count > perType { kept.removeLast() }
          candidates[type] = kept
        }
      }
      return observer.isCancelled() ? .stop : .proceed
    }
    self.counts = counts
    streams = Set(candidates.values.joined().map(\.stream))
  }

  /// FNV-1a.
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0100_0000_01b3 }
  }
}
