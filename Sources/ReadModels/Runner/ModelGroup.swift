internal import EventModel
internal import LMDB

/// Several models that go over the log together: each event is decoded once.
///
/// Used by one thread at a time.
final class ModelGroup {
  /// How much is folded before the changes are written.
  struct BatchLimit: Hashable, Sendable {
    /// Events that some model reads.
    var eventCount = 32_768
    /// Bytes of those events' records.
    var byteCount = 32 << 20
    /// Events looked at, read by a model or not.
    var scannedCount = 1 << 20
    /// Whether what follows the batch is decoded while it is written.
    var readsAhead = true

    fileprivate var hasRoom: Bool { eventCount > 0 && byteCount > 0 && scannedCount > 0 }

    fileprivate mutating func take(_ chunk: EventChunk) {
      eventCount -= chunk.events.count
      byteCount -= chunk.byteCount
      scannedCount -= chunk.scannedCount
    }
  }

  let models: [any RunningModel]
  private let directory: TypeDirectory
  /// What is decoded ahead, where it goes on behind the last batch.
  private var ahead: (any ChunkSource)?
  /// Only events that happened until then are shown to the models.
  private let effectiveUntil: Timestamp?
  /// Positions that each model leaves out, by its index.
  private let skipped: [Set<Position>]
  /// What stopped each model in this batch.
  private var stops: [Int: Stop] = [:]

  fileprivate struct Stop {
    let position: Position
    let failure: ModelFailure?
    let error: StorageError?
  }

  init(
    _ models: [any RunningModel], effectiveUntil: Timestamp? = nil, skipped: Set<ModelSkip> = []
  ) {
    self.models = models
    self.skipped = models.map { model in
      Set(
        skipped.filter { $0.model == model.name && $0.version == model.version }
          .map(\.position))
    }
    self.effectiveUntil = effectiveUntil
    directory = TypeDirectory(messages: models.map(\.messages))
  }

  /// Models whose file failed, by index: they wait until ``retry()``.
  private(set) var waits: [Int: StorageError] = [:]

  /// The first position that a model at work still lacks; `nil` when all have failed or wait.
  var next: Position? { workingIndexes.map { models[$0].folded }.min() }

  private var workingIndexes: [Int] {
    models.indices.filter { models[$0].checkpoint.failure == nil && waits[$0] == nil }
  }

  /// Has a model wait whose file failed; nothing of it may be on its way.
  func wait(_ index: Int, for error: StorageError) {
    models[index].discard()
    waits[index] = error
  }

  /// Lets models whose file failed try again.
  func retry() { waits.removeAll() }

  /// Folds one batch from ``next`` on and begins to make it durable in every model, while the
  /// next one can be folded; ``finish()`` waits for the last.
  ///
  /// A model that can't take an event is left exactly before it, with the failure stored; a
  /// model whose file fails waits; the others go on. Positions from `size` on are not looked at.
  func runBatch(
    from source: some EventSource, size: UInt64, limit: BatchLimit
  ) throws(ModelError) {
    guard let start = next, start.rawValue < size else { return }
    let end = try fold(source, from: start, below: size, limit)
    let stopped = stops
    stops.removeAll()
    for index in workingIndexes where models[index].folded < end {
      if let stop = stopped[index] {
        finish(index)
        if waits[index] == nil { try settle(index, stop, source) }
      } else {
        awaitRoom(index)
        if waits[index] == nil { begin(index, next: end) }
      }
    }
  }

  /// Waits until all that was folded is durable.
  func finish() {
    for index in models.indices { finish(index) }
  }

  private func finish(_ index: Int) {
    keep(index) { model throws(StorageError) in try model.finishCommit() }
  }

  private func awaitRoom(_ index: Int) {
    keep(index) { model throws(StorageError) in try model.awaitRoom() }
  }

  /// Runs `body`; a model whose file fails in it goes back to what is durable, and waits.
  private func keep(_ index: Int, _ body: (any RunningModel) throws(StorageError) -> Void) {
    do throws(StorageError) { try body(models[index]) } catch { wait(index, for: error) }
  }

  private func fold(
    _ source: some EventSource, from start: Position, below size: UInt64, _ limit: BatchLimit,
    only: Int? = nil
  ) throws(ModelError) -> Position {
    var end = start
    var left = limit
    var readers = Readers(self, only: only)
    do throws(LMDBError) {
      let chunks = chunks(source, from: start, below: size, limit, isBatch: only == nil)
      while left.hasRoom, let chunk = try chunks.take() {
        // By index: a loop over the events would copy each.
        let events = chunk.events.span
        for index in events.indices { apply(events[index], chunk.types, to: &readers) }
        end = chunk.end
        left.take(chunk)
      }
    } catch {
      ahead = nil
      finish()
      for model in models { model.discard() }
      throw .log(error)
    }
    return end
  }

  /// How many events a chunk has.
  private static let chunkCount = 512

  /// What is decoded from `start` on: while a batch is written the next one is decoded.
  private func chunks<Source: EventSource>(
    _ source: Source, from start: Position, below size: UInt64, _ limit: BatchLimit, isBatch: Bool
  ) -> any ChunkSource {
    if isBatch, let ahead, ahead.next == start, start.rawValue < ahead.size, ahead.size <= size {
      return ahead
    }
    let decoder = EventDecoder(
      source, directory, from: start, below: size,
      eventLimit: min(Self.chunkCount, limit.eventCount), scannedLimit: limit.scannedCount)
    if isBatch { ahead = nil }
    // What follows a log's end is too little for another thread.
    guard isBatch, limit.readsAhead, size - start.rawValue > UInt64(2 * Self.chunkCount) else {
      return ChunkReader(decoder)
    }
    let begun = ChunkReadAhead(decoder)
    ahead = begun
    return begun
  }

  /// The models that take part in a fold.
  private struct Readers {
    /// The first position that each model takes; none when it does not take part.
    var starts: [Position?]

    init(_ group: ModelGroup, only: Int?) {
      starts = Array(repeating: nil, count: group.models.count)
      for index in group.workingIndexes where only == nil || only == index {
        starts[index] = group.models[index].folded
      }
    }
  }

  private func apply(_ event: DecodedEvent, _ types: [KnownType], to readers: inout Readers) {
    for index in types[event.type].readers {
      guard let start = readers.starts[index], start <= event.position else { continue }
      if !skipped[index].isEmpty, skipped[index].contains(event.position) {
        models[index].leaveOut(event.position, type: types[event.type].type)
        continue
      }
      do throws(ProjectionFailure) {
        try apply(event.outcome, to: models[index])
      } catch {
        readers.starts[index] = nil
        stops[index] = Stop(error, event, types[event.type].type)
      }
    }
  }

  private func apply(
    _ outcome: Result<ProjectedEvent, ProjectionFailure>, to model: any RunningModel
  ) throws(ProjectionFailure) {
    switch outcome {
    case .success(let event):
      if let effectiveUntil, event.occurredAt > effectiveUntil { return }
      try model.apply(event)
    case .failure(let failure): throw failure
    }
  }

  /// Brings a model that stopped inside the batch exactly before the event that stopped it.
  private func settle(
    _ index: Int, _ stop: Stop, _ source: some EventSource
  ) throws(ModelError) {
    let model = models[index]
    model.discard()
    let from = model.checkpoint.next
    if from < stop.position {
      _ = try fold(
        source, from: from, below: stop.position.rawValue,
        BatchLimit(eventCount: .max, byteCount: .max, scannedCount: .max), only: index)
      if let again = stops.removeValue(forKey: index) {
        precondition(again.error != nil, "\(model.name) is not a pure function of the events")
        model.discard()
        waits[index] = again.error
        return
      }
    }
    begin(index, next: stop.position, failure: stop.failure)
    finish(index)
    if let error = stop.error { waits[index] = error }
  }

  private func begin(_ index: Int, next: Position, failure: ModelFailure? = nil) {
    var checkpoint = models[index].checkpoint
    checkpoint.next = next
    checkpoint.failure = failure
    models[index].beginCommit(checkpoint)
  }
}

extension ModelGroup.Stop {
  fileprivate init(_ error: ProjectionFailure, _ event: DecodedEvent, _ type: String) {
    position = event.position
    switch error {
    case .poison(let cause), .misplaced(let cause):
      failure = ModelFailure(
        position: event.position, event: event.eventID, type: type, cause: cause)
      self.error = nil
    case .storage(let storage):
      failure = nil
      self.error = storage
    }
  }
}
