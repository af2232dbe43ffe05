package import EventModel

/// What a statement gave, and which models it was asked of.
package struct SQLAnswer: Hashable, Sendable {
  package struct Model: Hashable, Sendable {
    package let name: String
    package let version: UInt32
    /// The last event in it; `nil` for none.
    package let asOfPosition: Position?
  }

  package let columns: [String]
  package let rows: [[SQLValue]]
  /// Whether there were more rows than were asked for.
  package let isCut: Bool
  package let models: [Model]
}
