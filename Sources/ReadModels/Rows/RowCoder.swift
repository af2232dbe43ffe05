package import EventModel

/// Takes a row's fields one by one, in the order of its table's columns.
///
/// A row type lists its fields once, in ``TableRow/code(_:)``; from that list come the table's
/// definition, its statements, and how rows are written and read.
package protocol RowCoder {
  mutating func code(_ column: StaticString, _ value: inout Int64)
  mutating func code(_ column: StaticString, _ value: inout Int64?)
  mutating func code(_ column: StaticString, _ value: inout String)
  mutating func code(_ column: StaticString, _ value: inout String?)
}

extension RowCoder {
  /// 0 or 1.
  package mutating func code(_ column: StaticString, _ value: inout Bool) {
    var number: Int64 = value ? 1 : 0
    code(column, &number)
    value = number != 0
  }

  package mutating func code(_ column: StaticString, _ value: inout Position) {
    var number = Int64(value.rawValue)
    code(column, &number)
    value = Position(UInt64(number))
  }

  package mutating func code(_ column: StaticString, _ value: inout Position?) {
    var number = value.map { Int64($0.rawValue) }
    code(column, &number)
    value = number.map { Position(UInt64($0)) }
  }

  /// Microseconds since 1970.
  package mutating func code(_ column: StaticString, _ value: inout Timestamp) {
    var number = value.microseconds
    code(column, &number)
    value = Timestamp(microseconds: number)
  }

  package mutating func code(_ column: StaticString, _ value: inout Timestamp?) {
    var number = value?.microseconds
    code(column, &number)
    value = number.map { Timestamp(microseconds: $0) }
  }
}
