internal import EventModel

/// Where a value of an event comes from; a value may be absent.
indirect enum Expression: Sendable {
  case constant(JSONValue)
  case column(Int)
  /// What the record's memory holds in a slot from its rows before this one.
  case remembered(Int)
  /// A column of the table row that is visited.
  case field(String)
  case identifier(record: Int, of: Expression?)
  case actor(of: Expression?)
  case rowTime
  case time(Expression, TimeReading)
  case day(Expression, TimeReading)
  case money(Expression, currency: String, fractionDigits: Int)
  /// A telephone number as given, and by E.164 where that can be told, in `region` if need be.
  case phone(Expression, region: String?)
  /// An e-mail address as given, and in the form that is compared.
  case email(Expression)
  case converted(Expression, Conversion)
  case mapped(Expression, ValueMap)
  case lookup(table: Int, key: Expression, field: String, otherwise: Expression?)
  case joined([Expression], separator: String)
  case object([Member])
  case list([Expression])
  case each(table: Int, Expression)
  /// The second when the first is present.
  case present(Expression, Expression)
  /// Whole seconds since the record's first row.
  case elapsed
  case line

  struct Member: Sendable {
    let name: String
    let value: Expression
  }
}

/// How a text becomes another kind of value.
enum Conversion: String, CaseIterable, Sendable {
  case text
  case integer
  case decimal
  case boolean
}

/// Codes for codes, in the order that the file gives them.
struct ValueMap: Sendable {
  let exact: [ExactText: JSONValue]
  /// Tried in order when no exact one fits.
  let patterns: [TextPattern]
  /// `nil`: a value that nothing fits is refused; absent when it is a null.
  let otherwise: JSONValue?
  /// Where the map stands in the mapping file.
  let line: Int
}

/// A regular expression and what it stands for.
struct TextPattern: Sendable {
  let pattern: String
  let value: JSONValue
}

/// When a rule holds for a row.
indirect enum Condition: Sendable {
  case all([Condition])
  case any([Condition])
  case not(Condition)
  case equal(Expression, Expression)
  case among(Expression, Set<ExactText>)
  case matches(Expression, pattern: String)
  case empty(Expression)
  /// The first row of its record in this file.
  case first
  /// The value differs from the one in the record's memory; the first is a change.
  case changed(Expression, slot: Int)
  /// The number is more than the one in the record's memory, which is there.
  case rises(Expression, slot: Int)
}
