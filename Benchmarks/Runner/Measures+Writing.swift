import BenchmarkLoad
import EventLog
import EventModel
import Foundation
import LMDB

/// The measurements, each for a process of its own.
enum Measures {
  static func clock() -> Timestamp {
    Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
  }

  static var options: EventLog.Options {
    var options = EventLog.Options(mapSizeBytes: 1 << 36, clock: clock)
    options.signer = nil
    return options
  }

  /// Appends `--events` events, `--group` a request, one request at a time, to the log in
  /// `--folder`, which is made when it is not there.
  ///
  /// Each request waits for its sync. Making and serialising the messages is not timed; salting
  /// and hashing sections is.
  static func append(_ arguments: Arguments) throws -> Figures {
    let folder = try arguments.text("folder")
    let count = try arguments.count("events")
    let group = try arguments.count("group")
    let seed = UInt64(try arguments.count("seed"))
    let log = try opened(folder)
    var history = GeneratedHistory(seed: seed, eventsPerCommand: group)
    var salts = SaltSource(seed: seed)
    var watch = Stopwatch()
    var done = 0
    var payloadBytes = 0
    while done + group <= count {
      var generated: [GeneratedEvent] = []
      generated.reserveCapacity(group)
      while generated.count < group, let event = history.next() { generated.append(event) }
      payloadBytes += generated.reduce(0) { $0 + $1.payload.count }
      let command = CommandID(high: seed, low: UInt64(done) + 1)
      _ = try watch.time {
        let events = generated.map { $0.finished(salt: &salts) }
        return try log.appendAndWait(AppendRequest(command: command, events: events))
      }
      done += group
    }
    let memory = try anonymousMemory()
    let statistics = try log.statistics()
    let closing = ContinuousClock().measure { _ = log.close() }
    return Figures(
      [("events", Double(done)), ("seconds", watch.seconds)] + watch.spread
        + [
          ("memory_mib", memory), ("waits", Double(statistics.index?.waitCount ?? 0)),
          ("record_bytes", Double(statistics.recordBytes) / Double(statistics.eventCount)),
          ("payload_bytes", Double(payloadBytes) / Double(max(1, done))),
          ("close_seconds", closing.seconds),
        ])
  }

  /// Opens the log in `folder` for writing, made when it is not there.
  static func opened(_ folder: String) throws -> EventLog {
    if !FileManager.default.fileExists(atPath: folder) {
      try EventLog.create(
        in: folder, origin: "bench/log/00000001", simulatedClock: false, schema: [],
        options: options)
    }
    return try EventLog(writing: folder, options: options)
  }

  /// Writes the sizes of the last `--events` records, as little-endian u32, to `--file`.
  static func sizes(_ arguments: Arguments) throws -> Figures {
    let log = try EventLog(reading: try arguments.text("folder"))
    let count = UInt64(try arguments.count("events"))
    var data = Data()
    let from = Position(log.size - min(count, log.size))
    try log.scan(EventSelection(from: from)) { _, record throws(LMDBError) in
      for shift in 0..<4 { data.append(UInt8(truncatingIfNeeded: record.count >> (8 * shift))) }
      return .proceed
    }
    try data.write(to: URL(filePath: try arguments.text("file")))
    return Figures([("events", Double(data.count / 4))])
  }
}
