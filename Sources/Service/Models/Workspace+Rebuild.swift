internal import EventLog
internal import EventModel
internal import ReadModels

/// How models are to be made anew.
public struct ModelRebuild: Sendable, Hashable {
  /// The models' names; all of them when empty.
  public var models: [String] = []
  /// Leave the new builds beside those that serve, until they are compared and switched.
  public var isHeld = false
  /// Begin from nothing, even where an unfinished build could be gone on with.
  public var isFresh = false
  /// At most so many events a second; as fast as it goes when `nil`.
  public var maximumRate: Int?

  /// Rebuilds all models at full speed.
  public init(models: [String] = []) { self.models = models }
}

/// Making the read models anew.
extension Workspace {
  /// What a rebuild reads and takes: events, bytes, time, room.
  ///
  /// Nothing is written.
  public func rebuildEstimate(_ names: [String]) throws(ServiceError) -> Answer {
    try requireUnrestricted()
    let estimates: [RebuildEstimate]
    do throws(ModelError) { estimates = try runner.estimate(names) } catch {
      throw ServiceError(error)
    }
    let needed = estimates.reduce(UInt64(0)) { $0 + ($1.bytes ?? 0) }
    let free = runner.freeBytes
    var notes = ["Nothing was written."]
    if estimates.contains(where: { $0.bytes == nil }) {
      notes.append("A model that was never built has no size to reckon with.")
    }
    return Answer(
      "What a rebuild takes",
      facts: [
        .init("events", "Events", .integer(Int64(log.size))),
        .init("bytesNeeded", "Bytes needed", .integer(Int64(clamping: needed))),
        .init("bytesFree", "Bytes free", free.map { .integer(Int64(clamping: $0)) } ?? .none),
        .init("fits", "Fits", .flag(free.map { needed <= $0 } ?? true)),
      ],
      tables: [
        .init(
          "models", "",
          columns: [
            .init("model", "Model"), .init("version", "Version"), .init("serving", "Serving"),
            .init("events", "Events"), .init("bytes", "Bytes"),
            .init("eventsPerSecond", "Events a second, last time"), .init("seconds", "Seconds"),
          ],
          rows: estimates.map { estimate in
            [
              .text(estimate.model), .integer(Int64(estimate.version)), .build(estimate.serving),
              .integer(Int64(estimate.events)),
              estimate.bytes.map { .integer(Int64(clamping: $0)) } ?? .none,
              estimate.eventsPerSecond.map { .integer(Int64($0)) } ?? .none,
              estimate.seconds.map { .integer(Int64(clamping: $0)) } ?? .none,
            ]
          })
      ], notes: notes)
  }

  /// Makes models anew from the first event, beside those that serve.
  ///
  /// A process beside the writer may do so too; its builds wait for their switch.
  /// - Parameters:
  ///   - rebuild: which models, and how.
  ///   - isCancelled: asked between batches; what was committed stays, and the next call goes on
  ///     from there.
  ///   - progress: told after each batch.
  /// - Returns: how the models stand; refused when it was cancelled.
  /// - Throws: ``ServiceError`` with `MODEL.NO_ROOM` before anything is written, `MODEL.BUSY` when
  ///   another rebuild is at one of the models.
  public func rebuild(
    _ rebuild: ModelRebuild, isCancelled: @escaping @Sendable () -> Bool = { false },
    progress: @escaping (Progress) -> Void
  ) throws(ServiceError) -> Outcome {
    try requireConfigurer("models rebuild")
    if let rate = rebuild.maximumRate, !(1...1_000_000_000).contains(rate) {
      throw ServiceError(
        .usage, code: "VALIDATION.RATE", "A rate of \(rate) can't be: give 1 to 1000000000.")
    }
    if !rebuild.isHeld { try requireWriter() }
    // Catching up would let a newer version take over by itself.
    if !rebuild.isHeld || !runner.hasOlderVersionServing { try catchUp() }
    var options = RebuildOptions()
    options.isHeld = rebuild.isHeld
    options.isFresh = rebuild.isFresh
    options.maximumRate = rebuild.maximumRate.map { UInt64($0) }
    let observer = ProgressRelay(progress).observer("Rebuilding", isCancelled)
    let started = clock()
    let isDone: Bool
    do throws(ModelError) {
      isDone = try runner.rebuild(rebuild.models, with: options, observer)
    } catch { throw ServiceError(error) }
    let elapsed = max(1, clock().microseconds - started.microseconds)
    var answer = try rebuilt(rebuild)
    answer.title = isDone ? "Rebuilt" : "Stopped; the next rebuild goes on from here"
    answer.facts = [
      .init("done", "Done", .flag(isDone)),
      .init("events", "Events", .integer(Int64(log.size))),
      .init("milliseconds", "Milliseconds", .integer(elapsed / 1000)),
      .init("eventsPerSecond", "Events a second", .integer(Int64(log.size) * 1_000_000 / elapsed)),
    ]
    return Outcome(answer, isRefused: !isDone)
  }

  private func rebuilt(_ rebuild: ModelRebuild) throws(ServiceError) -> Answer {
    guard rebuild.isHeld else { return try models(withTables: false, withDigests: true) }
    var rows: [[Value]] = []
    do throws(ModelError) {
      for kind in ModelKind.standard
      where rebuild.models.isEmpty || rebuild.models.contains(kind.name) {
        let builds = try runner.builds(of: kind.name)
        rows.append([
          .text(kind.name), .integer(Int64(kind.version)), .build(builds.serving),
          .build(builds.next),
        ])
      }
    } catch { throw ServiceError(error) }
    return Answer(
      "",
      tables: [
        .init(
          "models", "",
          columns: [
            .init("model", "Model"), .init("version", "Version"), .init("serving", "Serving"),
            .init("next", "Waiting"),
          ], rows: rows)
      ],
      notes: ["Look at `deed models diff`, then run `deed models switch`."])
  }
}
