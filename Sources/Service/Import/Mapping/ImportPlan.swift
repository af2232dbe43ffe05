internal import EventModel

/// A mapping file made ready for the columns of one source file.
package struct ImportPlan: Sendable {
  /// A kind of record that the source names: how its identifier is made.
  struct RecordKind: Sendable {
    let name: String
    let prefix: String
    /// The namespace of identifiers, so that two mappings of one source mean the same record.
    let scope: String
    let value: Expression?
  }

  /// What a record's rows leave in memory for the rows behind them.
  struct Slot: Sendable {
    let name: String
    let condition: Condition?
    let value: Expression
  }

  enum KeyRule: Sendable {
    /// The line number: rows have no name of their own, and the file only grows at its end.
    case line
    case columns([Int], repeats: Repeats)

    /// Whether rows of equal columns are told apart by their number.
    var isNumbered: Bool {
      switch self {
      case .line, .columns(_, .refuse): false
      case .columns(_, .number): true
      }
    }
  }

  enum Repeats: String, CaseIterable, Sendable {
    case refuse
    /// A row whose key stood before is another row: its number among them is part of its key.
    case number
  }

  struct ActorRule: Sendable {
    let scope: String
    let value: Expression?
    let known: [ExactText: ActorID]
    /// Whether a user record is made at an actor's first row, with the name sealed in it.
    let provisions: Bool
    /// Who acts where the rows name nobody, and makes the user records.
    let fallback: ActorID
  }

  struct EventRule: Sendable {
    let line: Int
    let type: EventType
    /// A kind of record, and the category of its streams.
    let record: Int
    let category: String
    let condition: Condition
    /// The event is made once for its record in the whole import, and in others of the source.
    let isOnce: Bool
    let actor: Expression?
    let time: Expression?
    let data: Expression
    let personal: PersonalRule?
    let reasonCode: Expression?
  }

  /// Fields that are sealed under a data subject.
  struct PersonalRule: Sendable {
    /// The subject's record; the event's own when `nil`.
    let record: Int?
    let category: String?
    let data: Expression
  }

  /// Events that are made before the first row.
  struct SetupRule: Sendable {
    /// Once for each row of the table; once at all when `nil`.
    let table: Int?
    let key: Expression
    let rule: EventRule
  }

  let name: String
  let source: String
  let columns: [String]
  let derived: [Expression]
  let tables: [LookupTable]
  let records: [RecordKind]
  let subject: Int
  let slots: [Slot]
  let key: KeyRule
  let time: TimeRule
  let actor: ActorRule
  let setup: [SetupRule]
  let events: [EventRule]
  /// Columns whose different values the report counts; `nil` stands for whole rows.
  let profile: [Int?]
  /// The regular expressions of conditions and maps.
  let patterns: [String]

  struct TimeRule: Sendable {
    let column: Int
    let reading: TimeReading
  }
}
