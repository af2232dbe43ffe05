import BenchmarkLoad
import EventLog
import EventModel
import Foundation
import LMDB
import Synchronization

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

  /// Reads all events as a follower gets them: in batches of 1000, copied out of the log.
  static func readAll(_ arguments: Arguments) throws -> Figures {
    let log = try EventLog(reading: try arguments.text("folder"))
    let size = Int(log.size)
    var watch = Stopwatch()
    let (events, sum) = try watch.time {
      try Awaited.value {
        var events = 0
        var sum: UInt8 = 0
        for try await element in log.follow(.everything, after: nil) {
          guard case .events(let batch) = element else { break }
          for event in batch { sum ^= event.record[event.record.count / 2] }
          events += batch.count
          if events >= size { break }
        }
        return (events, sum)
      }
    }
    guard events == size else {
      throw BenchError.failed(command: "read", output: "\(events) of \(size)")
    }
    return Figures([
      ("events", Double(events)), ("seconds", watch.seconds), ("sum", Double(sum)),
      ("memory_mib", try anonymousMemory()),
    ])
  }

  /// Reads `--queries` whole streams, each another one.
  static func streams(_ arguments: Arguments) throws -> Figures {
    let log = try EventLog(writing: try arguments.text("folder"), options: options)
    let queries = try arguments.count("queries")
    let events = try arguments.count("events")
    var history = GeneratedHistory(
      seed: UInt64(try arguments.count("seed")), eventsPerCommand: 1)
    let step = max(1, events / queries)
    let names = (0..<events).compactMap { index in
      history.next().flatMap { index.isMultiple(of: step) ? $0.stream : nil }
    }
    var watch = Stopwatch()
    var found = 0
    for name in names {
      var sum: UInt8 = 0
      try watch.time {
        try log.scan(EventSelection(.stream(name))) { _, record throws(LMDBError) in
          sum ^= touch(record)
          found += 1
          return .proceed
        }
      }
    }
    return Figures(
      [("queries", Double(names.count)), ("events", Double(found)), ("seconds", watch.seconds)]
        + watch.spread)
  }

  /// How long after an append's answer a follower in the same process has the event: one append
  /// at a time, `--queries` of them.
  static func follow(_ arguments: Arguments) throws -> Figures {
    let log = try EventLog(writing: try arguments.text("folder"), options: options)
    let count = try arguments.count("queries")
    let seed = UInt64(try arguments.count("seed"))
    let seen = DispatchSemaphore(value: 0)
    let start = log.size > 0 ? Position(log.size - 1) : nil
    let following = Task.detached {
      for try await element in log.follow(.everything, after: start) {
        if case .events(let events) = element { for _ in events { seen.signal() } }
      }
    }
    var history = GeneratedHistory(seed: seed, eventsPerCommand: 1)
    var salts = SaltSource(seed: seed)
    var watch = Stopwatch()
    for number in 1...count {
      guard let event = history.next() else { break }
      let request = AppendRequest(
        command: CommandID(high: seed, low: UInt64(number)),
        events: [event.finished(salt: &salts)])
      _ = try log.appendAndWait(request)
      watch.time { seen.wait() }
    }
    following.cancel()
    log.close()
    return Figures([("queries", Double(count)), ("seconds", watch.seconds)] + watch.spread)
  }

  static func touch(_ record: Span<UInt8>) -> UInt8 {
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

/// Waits on a thread for what is done asynchronously.
enum Awaited {
  private final class Box<Value: Sendable>: Sendable {
    let result = Mutex<Result<Value, any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
  }

  static func value<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
  ) throws -> Value {
    let box = Box<Value>()
    Task.detached {
      let result: Result<Value, any Error>
      do { result = .success(try await body()) } catch { result = .failure(error) }
      box.result.withLock { $0 = result }
      box.done.signal()
    }
    box.done.wait()
    guard let result = box.result.withLock({ $0 }) else {
      preconditionFailure("what is awaited has a result")
    }
    return try result.get()
  }
}
