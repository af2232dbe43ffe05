package import EventModel

/// How a CSV file is written: RFC 4180, but for the delimiter.
package struct CSVDialect: Hashable, Sendable {
  package let delimiter: UInt8

  /// - Parameter delimiter: one ASCII character; neither a quote nor a line's end.
  package init?(delimiter: UInt8) {
    guard delimiter < 0x80, delimiter != .quote, delimiter != .carriageReturn,
      delimiter != .lineFeed
    else { return nil }
    self.delimiter = delimiter
  }

  private init(unchecked delimiter: UInt8) { self.delimiter = delimiter }
  package static let comma = CSVDialect(unchecked: UInt8(ascii: ","))
}

/// What a reader holds in memory at the most, and how much it reads at all.
package struct CSVLimits: Hashable, Sendable {
  package var fieldByteCount = 1 << 20
  package var rowByteCount = 4 << 20
  package var columnCount = 4096
  package var rowCount = 50_000_000

  package init() {}
}

/// What stands next in a CSV file.
package enum CSVStep: Hashable, Sendable {
  case row(CSVRow)
  case refused(line: Int, CSVRefusal)
}

/// Reads CSV by RFC 4180 from pieces of any size, one row in memory.
///
/// A row ends with CR LF, LF, CR or the file; empty lines are no rows; a UTF-8 mark at the
/// beginning is dropped. A row that can't be read is a step of its own, so that a report can name
/// all of them; what makes the rest unreadable is thrown.
package struct CSVReader {
  enum State { case fieldStart, plain, quoted, quoteInQuoted, skipping }

  private var feed: ByteFeed
  let dialect: CSVDialect
  let limits: CSVLimits
  var chunk: [UInt8] = []
  var index = 0
  private var isAtStart = true
  private var wasCarriageReturn = false
  private(set) var line = 1
  private(set) var rowCount = 0
  private var quoteLine = 0

  package init(_ feed: ByteFeed, dialect: CSVDialect = .comma, limits: CSVLimits = CSVLimits()) {
    self.feed = feed
    self.dialect = dialect
    self.limits = limits
  }

  /// Bytes of the file taken so far, and in all.
  package var progress: (done: Int, total: Int) { (feed.offset, feed.byteCount) }

  /// SHA-256 of the file, once it is read to its end.
  package var digest: Digest { feed.digest }

  /// The next row; `nil` at the end.
  package mutating func next() throws(SourceFault) -> CSVStep? {
    var row = CSVRow(line: line)
    var state = State.fieldStart
    var refusal: CSVRefusal?
    while try hasByte() {
      let byte = chunk[index]
      if wasCarriageReturn {
        wasCarriageReturn = false
        if byte == .lineFeed {
          if state == .quoted { row.append(byte) }
          index += 1
          continue
        }
      }
      if state == .quoted {
        try takeQuoted(byte, &row, &state)
        continue
      }
      if byte == .carriageReturn || byte == .lineFeed {
        takeLineEnd(byte)
        if state == .fieldStart, row.count == 0 {
          row = CSVRow(line: line)
          continue
        }
        row.endField()
        return try step(row, refusal)
      }
      try takeUnquoted(byte, &row, &state, &refusal)
    }
    if state == .quoted { throw .unclosedQuote(line: quoteLine) }
    if state == .fieldStart, row.count == 0 { return nil }
    row.endField()
    return try step(row, refusal)
  }

  private mutating func takeQuoted(
    _ byte: UInt8, _ row: inout CSVRow, _ state: inout State
  ) throws(SourceFault) {
    switch byte {
    case .quote:
      state = .quoteInQuoted
      index += 1
    case .carriageReturn, .lineFeed:
      row.append(byte)
      takeLineEnd(byte)
      try check(row)
    default: try takeRun(&row, endingAtDelimiter: false)
    }
  }

  private mutating func takeUnquoted(
    _ byte: UInt8, _ row: inout CSVRow, _ state: inout State, _ refusal: inout CSVRefusal?
  ) throws(SourceFault) {
    if state == .skipping {
      index += 1
    } else if byte == dialect.delimiter {
      row.endField()
      state = .fieldStart
      index += 1
      guard row.count < limits.columnCount else {
        throw .tooManyColumns(line: row.line, limit: limits.columnCount)
      }
    } else if byte == .quote {
      index += 1
      switch state {
      case .fieldStart:
        quoteLine = line
        state = .quoted
      case .quoteInQuoted:
        row.append(byte)
        state = .quoted
      case .plain, .quoted, .skipping:
        refusal = .strayQuote(column: row.count + 1)
        state = .skipping
      }
    } else if state == .quoteInQuoted {
      refusal = .textBehindQuote(column: row.count + 1)
      state = .skipping
    } else {
      state = .plain
      try takeRun(&row, endingAtDelimiter: true)
    }
  }

  /// Takes bytes up to the next one that means something.
  private mutating func takeRun(
    _ row: inout CSVRow, endingAtDelimiter: Bool
  ) throws(SourceFault) {
    var end = index
    while end < chunk.count {
      let byte = chunk[end]
      if byte == .quote || byte == .carriageReturn || byte == .lineFeed { break }
      if endingAtDelimiter, byte == dialect.delimiter { break }
      end += 1
    }
    row.append(chunk[index..<end])
    index = end
    try check(row)
  }

  private func check(_ row: CSVRow) throws(SourceFault) {
    guard row.fieldByteCount <= limits.fieldByteCount else {
      throw .fieldTooLong(line: row.line, byteLimit: limits.fieldByteCount)
    }
    guard row.bytes.count <= limits.rowByteCount else {
      throw .rowTooLong(line: row.line, byteLimit: limits.rowByteCount)
    }
  }

  private mutating func takeLineEnd(_ byte: UInt8) {
    wasCarriageReturn = byte == .carriageReturn
    line += 1
    index += 1
  }

  private mutating func step(
    _ row: CSVRow, _ refusal: CSVRefusal?
  ) throws(SourceFault) -> CSVStep {
    rowCount += 1
    guard rowCount <= limits.rowCount else { throw .tooManyRows(limit: limits.rowCount) }
    if let refusal { return .refused(line: row.line, refusal) }
    for column in 0..<row.count {
      guard UTF8Check.firstFault(in: row.bytes, row.range(of: column)) == nil else {
        return .refused(line: row.line, .malformedUTF8(column: column + 1))
      }
    }
    return .row(row)
  }

  private mutating func hasByte() throws(SourceFault) -> Bool {
    while index >= chunk.count {
      guard let next = try feed.next() else { return false }
      chunk = next
      index = 0
      if isAtStart { try skipMark() }
    }
    return true
  }

  /// Drops a UTF-8 mark, gathering as many bytes as are needed to tell.
  private mutating func skipMark() throws(SourceFault) {
    isAtStart = false
    while chunk.count < 3, let more = try feed.next() { chunk += more }
    if chunk.starts(with: [0xff, 0xfe]) || chunk.starts(with: [0xfe, 0xff]) { throw .utf16 }
    if chunk.starts(with: [0xef, 0xbb, 0xbf]) { index = 3 }
  }
}

extension UInt8 {
  static let quote = UInt8(ascii: "\"")
  static let carriageReturn = UInt8(ascii: "\r")
  static let lineFeed = UInt8(ascii: "\n")
}
