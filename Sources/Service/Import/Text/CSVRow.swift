/// One row of a CSV file: its fields' bytes behind each other, UTF-8 that was checked.
package struct CSVRow: Hashable, Sendable {
  /// The line of the file where the row begins, counted from 1.
  package let line: Int
  private(set) var bytes: [UInt8] = []
  private var ends: [Int] = []

  init(line: Int) { self.line = line }

  /// A row as it would be read from a file that holds `fields`.
  package init(line: Int, _ fields: [String]) {
    self.line = line
    for field in fields {
      bytes += Array(field.utf8)
      ends.append(bytes.count)
    }
  }

  package var count: Int { ends.count }
  var fieldByteCount: Int { bytes.count - (ends.last ?? 0) }

  /// The text of field `column`, counted from 0; traps beyond the last.
  package subscript(column: Int) -> String {
    String(decoding: bytes[range(of: column)], as: UTF8.self)
  }

  package var fields: [String] { ends.indices.map { self[$0] } }

  func range(of column: Int) -> Range<Int> {
    (column == 0 ? 0 : ends[column - 1])..<ends[column]
  }

  /// Whether the fields from `column` on are all empty.
  func isEmpty(from column: Int) -> Bool {
    column >= ends.count || bytes.count == (column == 0 ? 0 : ends[column - 1])
  }

  mutating func append(_ piece: ArraySlice<UInt8>) { bytes += piece }
  mutating func append(_ byte: UInt8) { bytes.append(byte) }
  mutating func endField() { ends.append(bytes.count) }
}

/// Why one row of a CSV file is no row of its table; the rows behind it can still be read.
package enum CSVRefusal: Hashable, Sendable {
  /// A quote stands in the middle of a field that did not begin with one.
  case strayQuote(column: Int)
  /// Text stands between a closing quote and the next delimiter.
  case textBehindQuote(column: Int)
  case malformedUTF8(column: Int)
  case fieldCount(found: Int, expected: Int)
}

extension CSVRefusal: CustomStringConvertible {
  package var description: String {
    switch self {
    case .strayQuote(let column):
      "column \(column) holds a quote but does not begin with one; "
        + "put the field in quotes and double the quotes in it"
    case .textBehindQuote(let column):
      "column \(column) goes on behind its closing quote; double the quotes inside a field"
    case .malformedUTF8(let column): "column \(column) is not UTF-8; save the file as UTF-8"
    case .fieldCount(let found, let expected):
      "it has \(found) fields where the header has \(expected)"
    }
  }
}
