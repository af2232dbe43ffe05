internal import EventLog
internal import EventModel
internal import ReadModels

/// Trying a release on the log before it is one.
extension Workspace {
  /// Runs this program's catalogue, upcasters and projectors over the log, or over a sample with
  /// whole streams; nothing is written.
  ///
  /// The outcome is refused when an event can't be read or a projector can't take one.
  /// - Parameters:
  ///   - sample: at least so many events of each type and version, if there are so many; the
  ///     whole log when `nil`.
  ///   - isCancelled: asked every 16 384 positions.
  ///   - progress: told as often.
  /// - Returns: failures with their positions, unmapped fields, unread types, sizes to come.
  /// - Throws: ``ServiceError`` when the log can't be read.
  public func rehearseModels(
    sample: Int?, isCancelled: @escaping @Sendable () -> Bool = { false },
    progress: @escaping (Progress) -> Void
  ) throws(ServiceError) -> Outcome {
    try requireUnrestricted()
    if let sample, !(1...1_000_000).contains(sample) {
      throw ServiceError(
        .usage, code: "VALIDATION.SAMPLE",
        "A sample of \(sample) a type can't be: give 1 to 1000000.")
    }
    let observer = ProgressRelay(progress).observer("Rehearsing", isCancelled)
    let report: RehearsalReport
    do throws(ModelError) {
      let rehearsal = ModelRehearsal(
        ModelKind.standard, of: log, skips: try Self.skips(in: log), clock: clock)
      report = try rehearsal.run(perType: sample, observer)
    } catch { throw ServiceError(error) }
    let isSound = report.failureCount == 0 && !report.isCancelled
    return Outcome(Self.answer(report, log.size), isRefused: !isSound)
  }

  private static func answer(_ report: RehearsalReport, _ size: UInt64) -> Answer {
    let elapsed = max(1, report.elapsedMicroseconds)
    let rate = Int64(report.events) * 1_000_000 / elapsed
    var notes = ["Nothing was written."]
    if report.isCancelled { notes.append("It was stopped before the log's end.") }
    if report.isSample {
      notes.append("A sample of whole streams was run; sizes are reckoned for the whole log.")
    }
    return Answer(
      report.failureCount == 0 ? "Nothing would fail" : "\(report.failureCount) failures",
      facts: [
        .init("failures", "Failures", .integer(Int64(report.failureCount))),
        .init("unmappedFields", "Unmapped fields", .integer(Int64(report.unmapped.count))),
        .init("events", "Events run", .integer(Int64(report.events))),
        .init("logEvents", "Events in the log", .integer(Int64(size))),
        .init("bytes", "Bytes read", .integer(Int64(clamping: report.bytes))),
        .init("milliseconds", "Milliseconds", .integer(elapsed / 1000)),
        .init("eventsPerSecond", "Events a second", .integer(rate)),
      ],
      tables: [
        failures(report), failureCounts(report), unmapped(report), models(report), types(report),
      ].filter { !$0.rows.isEmpty }, notes: notes)
  }

  private static func failures(_ report: RehearsalReport) -> Answer.Table {
    .init(
      "firstFailures", "First failures",
      columns: [
        .init("position", "Position"), .init("type", "Type"), .init("model", "Model"),
        .init("cause", "Cause"),
      ],
      rows: report.failures.map { failure in
        [
          .integer(Int64(failure.position.rawValue)), .text(failure.type),
          failure.model.isEmpty ? .text("(can't be read)") : .text(failure.model),
          .text(failure.cause),
        ]
      })
  }

  private static func failureCounts(_ report: RehearsalReport) -> Answer.Table {
    .init(
      "failuresByType", "Failures by model and type",
      columns: [.init("model", "Model"), .init("type", "Type"), .init("count", "Failures")],
      rows: report.failureCounts.map {
        [Value.named($0.model), .text($0.type), .integer(Int64($0.count))]
      }
    )
  }

  private static func unmapped(_ report: RehearsalReport) -> Answer.Table {
    .init(
      "unmapped", "Fields that this program does not know",
      columns: [
        .init("message", "Message"), .init("field", "Field"), .init("count", "Events"),
        .init("position", "First position"),
      ],
      rows: report.unmapped.map { field in
        [
          .text(field.message), .integer(Int64(clamping: field.number)),
          .integer(Int64(field.count)), .integer(Int64(field.first.rawValue)),
        ]
      })
  }

  private static func models(_ report: RehearsalReport) -> Answer.Table {
    .init(
      "models", "Models",
      columns: [
        .init("model", "Model"), .init("version", "Version"), .init("events", "Events"),
        .init("failures", "Failures"), .init("rows", "Rows"), .init("bytes", "Bytes to come"),
      ],
      rows: report.models.map { model in
        [
          .text(model.model), .integer(Int64(model.version)), .integer(Int64(model.events)),
          .integer(Int64(model.failures)), .integer(Int64(model.rows)),
          .integer(Int64(clamping: model.bytesToCome)),
        ]
      })
  }

  private static func types(_ report: RehearsalReport) -> Answer.Table {
    .init(
      "types", "Types",
      columns: [
        .init("type", "Type"), .init("logEvents", "In the log"), .init("events", "Run"),
        .init("readAs", "Read as"), .init("readers", "Read by"),
      ],
      rows: report.types.map { type in
        [
          .text(type.type), .integer(Int64(type.inLog)), .integer(Int64(type.run)),
          .named(type.upcastTo),
          type.readers.isEmpty ? .text("(no model)") : .list(type.readers.map { .text($0) }),
        ]
      })
  }
}
