/// What a query answers: facts and tables, and the position in the log that they hold for.
///
/// The same question at the same position gives the same answer, whoever asks and whenever.
public struct Answer: Sendable, Hashable {
  /// One named value of an answer.
  public struct Fact: Sendable, Hashable {
    /// Stable, camelCase: a member's name in JSON.
    public let name: String
    /// For people.
    public let label: String
    /// The value itself.
    public let value: Value

    /// Names `value`.
    public init(_ name: String, _ label: String, _ value: Value) {
      self.name = name
      self.label = label
      self.value = value
    }
  }

  /// Rows of values under named columns.
  public struct Table: Sendable, Hashable {
    /// A column's stable name and its heading.
    public struct Column: Sendable, Hashable {
      /// Stable, camelCase: a member's name in JSON, a header in CSV.
      public let name: String
      /// For people.
      public let label: String

      /// Names a column.
      public init(_ name: String, _ label: String) {
        self.name = name
        self.label = label
      }
    }

    /// Stable, camelCase: a member's name in JSON.
    public let name: String
    /// For people.
    public let label: String
    /// In the order shown.
    public let columns: [Column]
    /// Each has a value a column.
    public var rows: [[Value]]

    /// Makes a table; every row must have a value a column.
    public init(_ name: String, _ label: String, columns: [Column], rows: [[Value]] = []) {
      self.name = name
      self.label = label
      self.columns = columns
      self.rows = rows
    }
  }

  /// For people; nothing a script needs.
  public var title: String
  /// Shown before the tables.
  public var facts: [Fact]
  /// Shown in this order.
  public var tables: [Table]
  /// Sentences for people: what is hidden, what a figure leaves out.
  public var notes: [String]
  /// Whether there is more than a limit let through; a note says which.
  public var isCut = false
  /// The IANA zone that people read times in; scripts get UTC.
  public var timeZone: String?
  /// Names of users mentioned by their identifiers, for people; scripts get the identifiers.
  public var people: [String: String] = [:]

  /// Puts an answer together.
  public init(
    _ title: String, facts: [Fact] = [], tables: [Table] = [], notes: [String] = [],
    timeZone: String? = nil
  ) {
    self.timeZone = timeZone
    self.title = title
    self.facts = facts
    self.tables = tables
    self.notes = notes
  }
}

/// A value of an answer: exact, never a binary fraction.
public enum Value: Sendable, Hashable {
  /// There is none.
  case none
  /// Any text.
  case text(String)
  /// A count, a position, a revision.
  case integer(Int64)
  /// A decimal number as text, such as `33.33`.
  case decimal(String)
  /// True or false.
  case flag(Bool)
  /// Minor units of an ISO 4217 currency.
  case money(minor: Int128, currency: String)
  /// Microseconds since 1970, UTC.
  case time(microseconds: Int64)
  /// A personal value whose key was destroyed; the position of the event that did it, if known.
  case erased(position: Int64?)
  /// A personal value that can't be opened here.
  case hidden
  /// Several values.
  case list([Value])
}
