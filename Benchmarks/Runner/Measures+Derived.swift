import Audit
import BenchmarkLoad
import CRM
import EventLog
import EventModel
import Foundation
import ReadModels
import Schema
import Vault

extension Measures {
  /// Verifies the whole log in `--folder` on two threads.
  static func verify(_ arguments: Arguments) throws -> Figures {
    let log = try EventLog(reading: try arguments.text("folder"))
    var watch = Stopwatch()
    var options = VerificationOptions()
    options.threadCount = 2
    let report = try watch.time { try log.verify(options) }
    guard report.isSound else {
      throw BenchError.failed(command: "verify", output: "\(report.findings)")
    }
    return Figures([
      ("events", Double(report.eventCount)), ("seconds", watch.seconds),
      ("bytes", Double(report.recordBytes)), ("memory_mib", try anonymousMemory()),
    ])
  }

  private static let salesAndTickets = [
    ModelKind(PipelineBoard.self), ModelKind(FunnelCohort.self), ModelKind(StageDurations.self),
    ModelKind(TicketQueue.self),
  ]

  /// Builds read models together, in a new folder `--output`: the one named by `--model`, or those
  /// of sales and tickets, or all of them; `--batch` events at a time and with `--rows` rows of a
  /// table in memory, when they are there.
  static func rebuild(_ arguments: Arguments) throws -> Figures {
    let log = try EventLog(reading: try arguments.text("folder"))
    let output = try arguments.text("output")
    let name = try arguments.text("model")
    try FileManager.default.createDirectory(
      at: URL(filePath: output), withIntermediateDirectories: true)
    let kinds =
      switch name {
      case "all": ModelKind.standard
      case "sales-and-tickets": salesAndTickets
      default: ModelKind.standard.filter { $0.name == name }
      }
    guard !kinds.isEmpty else { throw BenchError.missing("model") }
    var options = ModelRunner.Options(folder: output, clock: clock)
    if let batch = arguments.optionalCount("batch") { options.batchEventLimit = batch }
    if let rows = arguments.optionalCount("rows") { options.rowLimit = rows }
    let runner = try ModelRunner(kinds, source: log, options: options)
    var watch = Stopwatch()
    try watch.time { _ = try runner.catchUp() }
    for status in try runner.statuses() where status.state != .current {
      throw BenchError.failed(command: "rebuild", output: "\(status)")
    }
    return Figures([
      ("events", Double(log.size)), ("seconds", watch.seconds),
      ("memory_mib", try anonymousMemory()),
    ])
  }

  /// Shows `--queries` opportunities as they were in the middle of the log, from their own streams.
  static func asOf(_ arguments: Arguments) throws -> Figures {
    let log = try EventLog(writing: try arguments.text("folder"), options: options)
    let queries = try arguments.count("queries")
    let events = try arguments.count("events")
    var history = GeneratedHistory(
      seed: UInt64(try arguments.count("seed")), eventsPerCommand: 1)
    let step = max(1, events / queries)
    var keys: [RecordKey] = []
    for index in 0..<events {
      guard let event = history.next() else { break }
      if index.isMultiple(of: step), event.stream.category == "opportunity" {
        keys.append(RecordKey(.opportunity, event.stream.id))
      }
    }
    let auditor = Auditor(log: log, vault: .absent())
    let moment = Moment.position(Position(log.size / 2))
    var watch = Stopwatch()
    var found = 0
    for key in keys {
      let record = try watch.time { try auditor.record(key, asOf: moment) }
      found += record.eventCount
    }
    return Figures(
      [("queries", Double(keys.count)), ("events", Double(found)), ("seconds", watch.seconds)]
        + watch.spread)
  }

  /// Asks the pipeline's board as of the middle of the log, `--queries` times, of the models
  /// built in `--output`.
  static func boardAsOf(_ arguments: Arguments) throws -> Figures {
    let log = try EventLog(reading: try arguments.text("folder"))
    let reader = try ModelReader(ModelKind.standard, folder: try arguments.text("output"))
    var watch = Stopwatch()
    var rows = 0
    for _ in 0..<(try arguments.count("queries")) {
      rows += try watch.time {
        try reader.opportunities(
          pipeline: "pip_standard", asOf: .position(Position(log.size / 2)), limit: 100
        ).value.count
      }
    }
    return Figures([("rows", Double(rows)), ("seconds", watch.seconds)] + watch.spread)
  }
}
