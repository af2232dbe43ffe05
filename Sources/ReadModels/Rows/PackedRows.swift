internal import EventModel

/// Rows as the values of their columns, one behind the other, ready to be written.
///
/// A row's texts are counted references: handing rows to the thread that writes them would count
/// each text up and down several times, which costs more than copying its bytes once. SQLite reads
/// the packed bytes where they lie.
struct PackedRows: Sendable {
  /// Of each column in turn.
  ///
  /// An integer has its value and a text its length in bytes; before either stands, for a
  /// column that may be null, 0 for null and 1 else. Null has no value behind it.
  private(set) var numbers: [Int64] = []
  /// The texts in UTF-8.
  private(set) var texts: [UInt8] = []
  private(set) var starts: [Start] = []

  /// Where a row begins.
  struct Start: Sendable {
    let number: Int
    let text: Int
  }

  var count: Int { starts.count }
  var isEmpty: Bool { starts.isEmpty }

  mutating func reserve(_ rowCount: Int, _ columns: [Column]) {
    starts.reserveCapacity(rowCount)
    numbers.reserveCapacity(rowCount * columns.count)
    texts.reserveCapacity(rowCount * columns.count * 8)
  }

  mutating func append<Row: CodedRow>(_ row: inout Row) {
    begin()
    row.code(&self)
  }

  /// Begins the next row; its columns follow.
  mutating func begin() { starts.append(Start(number: numbers.count, text: texts.count)) }

  mutating func removeAll() {
    numbers.removeAll(keepingCapacity: true)
    texts.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
  }

  /// The row of a number, as it was.
  func row<Row: CodedRow>(_ row: Row.Type, at index: Int) -> Row {
    var unpacked = Row()
    var reader = Unpacker(rows: self, start: starts[index])
    unpacked.code(&reader)
    return unpacked
  }
}

extension PackedRows: RowCoder {
  mutating func code(_ column: StaticString, _ value: inout Int64) { numbers.append(value) }

  mutating func code(_ column: StaticString, _ value: inout Int64?) {
    numbers.append(value == nil ? 0 : 1)
    if let value { numbers.append(value) }
  }

  mutating func code(_ column: StaticString, _ value: inout String) {
    numbers.append(Int64(texts.append(utf8Of: &value)))
  }

  mutating func code(_ column: StaticString, _ value: inout String?) {
    numbers.append(value == nil ? 0 : 1)
    if var text = value { code(column, &text) }
  }
}

extension PackedRows {
  /// Reads the columns of one row back.
  private struct Unpacker: RowCoder {
    let rows: PackedRows
    private var number: Int
    private var text: Int

    init(rows: PackedRows, start: Start) {
      self.rows = rows
      number = start.number
      text = start.text
    }

    private mutating func next() -> Int64 {
      defer { number += 1 }
      return rows.numbers[number]
    }

    private mutating func nextText() -> String {
      let end = text + Int(next())
      defer { text = end }
      return String(decoding: rows.texts[text..<end], as: UTF8.self)
    }

    mutating func code(_ column: StaticString, _ value: inout Int64) { value = next() }

    mutating func code(_ column: StaticString, _ value: inout Int64?) {
      value = next() == 0 ? nil : next()
    }

    mutating func code(_ column: StaticString, _ value: inout String) { value = nextText() }

    mutating func code(_ column: StaticString, _ value: inout String?) {
      value = next() == 0 ? nil : nextText()
    }
  }
}
