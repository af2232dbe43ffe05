package import EventModel

extension ModelReader {
  /// Models as they were when `last` was the log's last event.
  ///
  /// For those that keep no intervals: they are built anew, of the events up to then, in `folder`,
  /// an empty one that the caller removes when it has asked. Memory is bounded as in any build; the
  /// time is that of a rebuild. Gives `nil` when it was cancelled.
  package static func past(
    _ kinds: [ModelKind], of source: any EventSource, through last: Position, in folder: String,
    clock: @escaping @Sendable () -> Timestamp, _ observer: ModelObserver = ModelObserver()
  ) throws(ModelError) -> ModelReader? {
    let options = ModelRunner.Options(folder: folder, clock: clock)
    let runner = try ModelRunner(
      kinds, source: EventPrefix(source, through: last), options: options)
    guard try runner.catchUp(observer) else { return nil }
    try runner.close()
    do throws(QueryError) { return try ModelReader(kinds, folder: folder) } catch {
      throw .storage(model: "all models", StorageError(error))
    }
  }
}
