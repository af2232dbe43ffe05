package import EventModel

/// The names of a CSV file's columns.
///
/// A name that stands again is addressed as `Name#2`, a column without a name as `#5` by its
/// number.
package struct CSVHeader: Hashable, Sendable {
  package let names: [String]
  private let columns: [ExactText: Int]

  package init(_ row: CSVRow) {
    var names: [String] = []
    var columns: [ExactText: Int] = [:]
    for column in 0..<row.count {
      let name = row[column]
      var unique = name.isEmpty ? "#\(column + 1)" : name
      var number = 2
      while columns[ExactText(unique)] != nil {
        unique = "\(name)#\(number)"
        number += 1
      }
      columns[ExactText(unique)] = column
      names.append(unique)
    }
    self.names = names
    self.columns = columns
  }

  /// Where the column `name` stands, counted from 0; `nil` when there is none.
  package func column(_ name: String) -> Int? { columns[ExactText(name)] }
}

/// A CSV file whose first row names its columns; rows have as many fields as it.
package struct CSVTableReader {
  package let header: CSVHeader
  private var reader: CSVReader

  package init(
    _ feed: ByteFeed, dialect: CSVDialect = .comma, limits: CSVLimits = CSVLimits()
  )
    throws(SourceFault)
  {
    reader = CSVReader(feed, dialect: dialect, limits: limits)
    switch try reader.next() {
    case .row(let row): header = CSVHeader(row)
    case .refused(_, let refusal): throw .badHeader(refusal)
    case nil: throw .noHeader
    }
  }

  package var progress: (done: Int, total: Int) { reader.progress }
  package var digest: Digest { reader.digest }

  /// The next row behind the header; a row with another number of fields is refused.
  ///
  /// Fields beyond the header are let go when they are all empty: spreadsheets write them.
  package mutating func next() throws(SourceFault) -> CSVStep? {
    guard let step = try reader.next() else { return nil }
    guard case .row(let row) = step else { return step }
    let expected = header.names.count
    guard row.count == expected || (row.count > expected && row.isEmpty(from: expected)) else {
      return .refused(line: row.line, .fieldCount(found: row.count, expected: expected))
    }
    return step
  }
}

/// Text that equals only text of the same bytes: `String` takes canonical equivalents as equal.
struct ExactText: Hashable, Sendable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (a: Self, b: Self) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }
  // Equal bytes are canonically equal, so the hash of the text serves.
  func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
