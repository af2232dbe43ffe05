internal import EventModel
internal import GRDB

/// A model at work, used by one thread at a time: its rows in memory and its file.
protocol RunningModel: AnyObject {
  var name: String { get }
  var version: UInt32 { get }
  var messages: [String] { get }
  var file: ModelFile { get }
  /// What is durable.
  var checkpoint: ModelCheckpoint { get }
  /// The first position that is not in the rows in memory.
  var folded: Position { get }
  func apply(_ event: ProjectedEvent) throws(ProjectionFailure)
  /// Notes that the event was left out by decision.
  func leaveOut(_ position: Position, type: String)
  /// Forgets what stopped the model, so that it tries again.
  func clearFailure() throws(StorageError)
  /// Begins to write the changes together with `checkpoint`, on another thread; there must be room.
  func beginCommit(_ checkpoint: ModelCheckpoint)
  /// Waits until ``beginCommit(_:)`` may be called: two commits are on their way at the most.
  func awaitRoom() throws(StorageError)
  /// Waits until all that was begun is durable.
  func finishCommit() throws(StorageError)
  /// Forgets the changes that are not durable; nothing may be on its way.
  func discard()
  /// Begins to make the indexes that are missing, on another thread; nothing may be on its way.
  func beginIndexes()
}

extension RunningModel {
  /// Whether it stopped at an event that is among `skipped`.
  func stopIsDecided(by skipped: Set<ModelSkip>) -> Bool {
    checkpoint.failure.map {
      skipped.contains(ModelSkip(model: name, version: version, position: $0.position))
    } ?? false
  }
}

/// The one kind of running model: a projector with its tables.
final class Model<P: Projector>: RunningModel {
  let file: ModelFile
  private(set) var checkpoint: ModelCheckpoint
  private(set) var folded: Position
  /// Commits on their way, oldest first: while one is written, the next one is there already, so
  /// that the file's thread needn't wait for rows.
  private var pending: [PendingCommit] = []
  private var tables = P.Tables()
  private var anomalies = RowJournal<AnomalyRow>()
  private let definitions: [TableSQL]
  private let rowLimit: Int

  var name: String { P.name }
  var version: UInt32 { P.version }
  var messages: [String] { P.messages }

  /// Opens the model in `file`, making its tables; they keep about `rowLimit` rows in memory.
  init(_ projector: P.Type, file: ModelFile, origin: String, rowLimit: Int) throws(StorageError) {
    self.file = file
    self.rowLimit = rowLimit
    definitions = P.definitions
    checkpoint = try file.prepare(
      name: P.name, version: P.version, origin: origin, tables: definitions,
      views: definitions.compactMap(\.view) + P.views)
    folded = checkpoint.next
    var attacher = FileAttacher(
      file: file, isEmpty: checkpoint.next == Position(0))
    tables.visit(&attacher)
  }

  func apply(_ event: ProjectedEvent) throws(ProjectionFailure) {
    do throws(ProjectionFailure) {
      try P.apply(event, to: &tables)
    } catch {
      guard case .misplaced(let cause) = error else { throw error }
      anomalies.append(AnomalyRow(position: event.position, type: event.type, cause: cause))
    }
  }

  func leaveOut(_ position: Position, type: String) {
    anomalies.append(AnomalyRow(position: position, type: type, cause: "skipped by decision"))
  }

  func clearFailure() throws(StorageError) {
    guard checkpoint.failure != nil else { return }
    var cleared = checkpoint
    cleared.failure = nil
    try file.write { database throws(StorageError) in
      try file.store(cleared, expected: cleared.next, in: database)
    }
    checkpoint = cleared
  }

  func beginCommit(_ checkpoint: ModelCheckpoint) {
    precondition(pending.count < Self.pendingLimit, "the commits before were not finished")
    var counter = RowCounter()
    tables.visit(&counter)
    var taker = ChangeTaker(lettingGo: counter.count > rowLimit)
    tables.visit(&taker)
    taker.visit(&anomalies)
    folded = checkpoint.next
    let expected = (pending.last?.checkpoint ?? self.checkpoint).next
    pending.append(file.begin(taker.writes, checkpoint, expected: expected))
  }

  private static var pendingLimit: Int { 2 }

  func awaitRoom() throws(StorageError) {
    if pending.count == Self.pendingLimit { try finishOldest() }
  }

  func finishCommit() throws(StorageError) {
    while !pending.isEmpty { try finishOldest() }
  }

  /// When the oldest fails, so do those behind it: they don't find the checkpoint they expect.
  private func finishOldest() throws(StorageError) {
    let begun = pending.removeFirst()
    do throws(StorageError) { try begun.wait() } catch {
      for later in pending { later.waitForEnd() }
      pending = []
      throw error
    }
    checkpoint = begun.checkpoint
  }

  func discard() {
    folded = checkpoint.next
    var discarder = Discarder()
    tables.visit(&discarder)
    anomalies.discard()
  }

  func beginIndexes() {
    precondition(pending.isEmpty, "the commits before were not finished")
    var indexed = checkpoint
    indexed.isIndexed = true
    pending = [file.beginIndexes(definitions, indexed)]
  }
}

extension Projector {
  /// The tables of the model, and the one for what was out of place.
  static var definitions: [TableSQL] {
    var tables = Tables()
    var gatherer = DefinitionGatherer()
    tables.visit(&gatherer)
    return gatherer.definitions + [RowJournal<AnomalyRow>().definition]
  }
}
