import BenchmarkLoad
import EventLog
import EventModel
import Foundation
import LMDB

extension Measures {
  /// Reads every byte of every record of the log in `--folder`.
  static func scan(_ arguments: Arguments) throws -> Figures {
    let log = try EventLog(reading: try arguments.text("folder"))
    var sum: UInt8 = 0
    var events = 0
    var watch = Stopwatch()
    try watch.time {
      try log.scan(EventSelection()) { _, record throws(LMDBError) in
        sum ^= touch(record)
        events += 1
        return .proceed
      }
    }
    return Figures([
      ("events", Double(events)), ("seconds", watch.seconds), ("sum", Double(sum)),
    ])
  }

  private static func touch(_ record: Span<UInt8>) -> UInt8 {
    var sum: UInt8 = 0
    for index in record.indices { sum ^= record[index] }
    return sum
  }

  /// Asks for the last 10 events of a tag, `--queries` times, each with another tag.
  static func tags(_ arguments: Arguments) throws -> Figures {
    let log = try EventLog(writing: try arguments.text("folder"), options: options)
    let queries = try arguments.count("queries")
    let tags = sampleTags(
      events: try arguments.count("events"), seed: UInt64(try arguments.count("seed")),
      count: queries)
    var watch = Stopwatch()
    var events = 0
    for tag in tags {
      var sum: UInt8 = 0
      try watch.time {
        let selection = EventSelection(.tags([tag]), direction: .backwards, limit: 10)
        try log.scan(selection) { _, record throws(LMDBError) in
          sum ^= touch(record)
          events += 1
          return .proceed
        }
      }
    }
    return Figures(
      [
        ("queries", Double(tags.count)), ("events", Double(events)), ("seconds", watch.seconds),
      ] + watch.spread)
  }

  /// Tags of accounts, users and teams, spread over the history.
  private static func sampleTags(events: Int, seed: UInt64, count: Int) -> [Tag] {
    var history = GeneratedHistory(seed: seed, eventsPerCommand: 1)
    let step = max(1, events / count)
    var tags: [Tag] = []
    for index in 0..<events {
      guard let event = history.next() else { break }
      guard index.isMultiple(of: step) else { continue }
      let place = 1 + (index / step) % (event.tags.count - 1)
      if let tag = Tag(event.tags[place]) { tags.append(tag) }
    }
    return tags
  }

  /// Opens the log in `--folder` for writing.
  static func open(_ arguments: Arguments) throws -> Figures {
    let folder = try arguments.text("folder")
    var watch = Stopwatch()
    let log = try watch.time { try EventLog(writing: folder, options: options) }
    return Figures([
      ("events", Double(log.size)), ("seconds", watch.seconds),
      ("memory_mib", try anonymousMemory()),
    ])
  }
}
