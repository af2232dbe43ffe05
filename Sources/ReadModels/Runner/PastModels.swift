package import EventModel

extension ModelReader {
  /// Models as they were when `last` was the log's last event.
  ///
  /// For those that keep no intervals: they are built anew, of the events up to then, in `folder`,
  /// an empty one that the caller removes when it has asked. Memory is bounded as in any build; the
  /// time is that of a rebuild. Gives `nil` when it was cancelled.
  ///
  /// - Throws: ``ModelError/stopped(model:why:)`` when an event stopped one that is not of `skips`.
  package static func past(
    _ kinds: [ModelKind], of source: any EventSource, through last: Position, in folder: String,
    skips: Set<ModelSkip>, clock: @escaping @Sendable () -> Timestamp,
    _ observer: ModelObserver = ModelObserver()
  ) throws(ModelError) -> ModelReader? {
    var options = ModelRunner.Options(folder: folder, clock: clock)
    options.skips = { skips }
    let runner = try ModelRunner(
      kinds, source: EventPrefix(source, through: last), options: options)
    guard try runner.catchUp(observer) else { return nil }
    try runner.requireWhole()
    try runner.close()
    do throws(QueryError) { return try ModelReader(kinds, folder: folder) } catch {
      throw .storage(model: "all models", StorageError(error))
    }
  }
}

extension ModelRunner {
  /// Refuses models that stopped at an event: what they would answer has only what came before it.
  func requireWhole() throws(ModelError) {
    for status in try statuses() {
      guard case .failed(let failure) = status.state else { continue }
      throw .stopped(
        model: status.name,
        why:
          "a view of \(status.name) as of another moment \(failure.words): mend the projector, or "
          + "leave the event out with `deed models skip \(status.name) \(failure.position)`")
    }
  }
}
