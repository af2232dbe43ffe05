import EventLog
import EventModel
import Foundation
import ReadModels

extension Measures {
  /// Verifies the whole log in `--folder` on two threads.
  static func verify(_ arguments: Arguments) throws -> Figures {
    let log = try EventLog(reading: try arguments.text("folder"))
    var watch = Stopwatch()
    let report = try watch.time { try log.verify(VerificationOptions(threadCount: 2)) }
    guard report.isSound else {
      throw BenchError.failed(command: "verify", output: "\(report.findings)")
    }
    return Figures([
      ("events", Double(report.eventCount)), ("seconds", watch.seconds),
      ("bytes", Double(report.recordBytes)), ("memory_mib", try anonymousMemory()),
    ])
  }

  /// Builds the models of sales and tickets together, in a new folder `--output`.
  static func rebuild(_ arguments: Arguments) throws -> Figures {
    let log = try EventLog(reading: try arguments.text("folder"))
    let output = try arguments.text("output")
    try FileManager.default.createDirectory(
      at: URL(filePath: output), withIntermediateDirectories: true)
    let kinds = [
      ModelKind(PipelineBoard.self), ModelKind(FunnelCohort.self), ModelKind(StageDurations.self),
      ModelKind(TicketQueue.self),
    ]
    let options = ModelRunner.Options(folder: output, clock: clock)
    let runner = try ModelRunner(kinds, source: log, options: options)
    var watch = Stopwatch()
    try watch.time { _ = try runner.catchUp() }
    return Figures([
      ("events", Double(log.size)), ("seconds", watch.seconds),
      ("memory_mib", try anonymousMemory()),
    ])
  }
}
