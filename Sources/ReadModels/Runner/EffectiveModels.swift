package import EventModel

extension ModelReader {
  /// Models as of what had happened until a moment, by what people say (`occurredAt`), however
  /// late it was recorded.
  ///
  /// Intervals by position can't answer that exactly, so the models named are built anew, of
  /// those events alone, in `folder`: an empty one that the caller removes when it has asked. An
  /// event whose record had not begun by then changes nothing. Memory is bounded as in any build;
  /// the time is that of a rebuild. Gives `nil` when it was cancelled.
  ///
  /// - Throws: ``ModelError/stopped(model:why:)`` when an event stopped one that is not of `skips`.
  package static func effective(
    _ kinds: [ModelKind], of source: any EventSource, until moment: Timestamp, in folder: String,
    skips: Set<ModelSkip>, _ observer: ModelObserver = ModelObserver()
  ) throws(ModelError) -> ModelReader? {
    var options = ModelRunner.Options(folder: folder, clock: { moment })
    options.effectiveUntil = moment
    options.skips = { skips }
    let runner = try ModelRunner(kinds, source: source, options: options)
    guard try runner.catchUp(observer) else { return nil }
    try runner.requireWhole()
    try runner.close()
    do throws(QueryError) { return try ModelReader(kinds, folder: folder) } catch {
      throw .storage(model: "all models", StorageError(error))
    }
  }
}
