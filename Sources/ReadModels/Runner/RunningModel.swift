internal import EventModel
internal import GRDB

/// A model at work, used by one thread at a time: its rows in memory and its file.
protocol RunningModel: AnyObject {
  var name: String { get }
  var version: UInt32 { get }
  var messages: [String] { get }
  var file: ModelFile { get }
  var checkpoint: ModelCheckpoint { get }
  func apply(_ event: ProjectedEvent) throws(ProjectionFailure)
  /// Makes the changes durable together with `checkpoint`.
  func commit(_ checkpoint: ModelCheckpoint) throws(StorageError)
  /// Forgets the changes that are not durable.
  func discard()
  func finishIndexes() throws(StorageError)
}

/// The one kind of running model: a projector with its tables.
final class Model<P: Projector>: RunningModel {
  let file: ModelFile
  private(set) var checkpoint: ModelCheckpoint
  private var tables = P.Tables()
  private var anomalies = RowJournal<AnomalyRow>()
  private let definitions: [TableSQL]

  var name: String { P.name }
  var version: UInt32 { P.version }
  var messages: [String] { P.messages }

  /// Opens the model in `file`, making its tables; each keeps up to `rowLimit` rows in memory.
  init(_ projector: P.Type, file: ModelFile, origin: String, rowLimit: Int) throws(StorageError) {
    self.file = file
    definitions = P.definitions
    checkpoint = try file.prepare(
      name: P.name, version: P.version, origin: origin, tables: definitions,
      views: definitions.compactMap(\.view) + P.views)
    var attacher = FileAttacher(file: file, rowLimit: rowLimit)
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

  func commit(_ checkpoint: ModelCheckpoint) throws(StorageError) {
    try file.write { database throws(StorageError) in
      var flusher = Flusher(database: database)
      try tables.visit(&flusher)
      try flusher.visit(&anomalies)
      try file.store(checkpoint, expected: self.checkpoint.next, in: database)
    }
    var settler = Settler()
    tables.visit(&settler)
    anomalies.settle()
    self.checkpoint = checkpoint
  }

  func discard() {
    var discarder = Discarder()
    tables.visit(&discarder)
    anomalies.discard()
  }

  func finishIndexes() throws(StorageError) {
    guard !checkpoint.isIndexed else { return }
    var indexed = checkpoint
    indexed.isIndexed = true
    try file.createIndexes(definitions, indexed)
    checkpoint = indexed
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
