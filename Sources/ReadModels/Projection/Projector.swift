package import EventModel

/// A read model: which events it reads, what tables it keeps, and what an event changes in them.
///
/// `apply` is a pure function of the event and the rows: no clock, no random number, no order of
/// a dictionary; the same events make the same rows, whatever the batches are. What an event
/// means may be changed only together with ``version``.
package protocol Projector: Sendable {
  associatedtype Tables: ModelTables
  /// Lower-case words joined by `-`; part of the file's name.
  static var name: String { get }
  static var version: UInt32 { get }
  /// The full names of the messages whose events it reads; all events of them are shown to it.
  static var messages: [String] { get }
  /// `CREATE VIEW IF NOT EXISTS …` statements, for people's SQL.
  static var views: [String] { get }
  /// Changes the rows as `event` says.
  static func apply(
    _ event: ProjectedEvent, to tables: inout Tables
  ) throws(ProjectionFailure)
}

/// Why a projector could not take an event.
package enum ProjectionFailure: Error, Hashable, Sendable {
  /// The event can't be read, or can't be true: the model stops there.
  case poison(String)
  /// The event is about a record that the model does not know: it is noted, and changes nothing.
  /// To be thrown before anything was changed.
  case misplaced(String)
  /// The model's file failed; nothing is wrong with the event.
  case storage(StorageError)
}

/// An event that stopped its model.
package struct ModelFailure: Hashable, Sendable {
  package let position: Position
  package let event: EventID
  package let type: String
  package let cause: String

  /// What became of a model, behind its name.
  package var words: String { "stopped before position \(position), \(type): \(cause)" }
}
