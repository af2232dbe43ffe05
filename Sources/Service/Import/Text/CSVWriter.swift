/// Writes rows by RFC 4180 with CR LF.
package struct CSVWriter: Sendable {
  package let dialect: CSVDialect
  /// Whether text that a spreadsheet would take for a formula gets a `'` before it.
  package let defendsFormulas: Bool

  package init(dialect: CSVDialect = .comma, defendsFormulas: Bool = true) {
    self.dialect = dialect
    self.defendsFormulas = defendsFormulas
  }

  /// One field of a row.
  package enum Field: Hashable, Sendable {
    /// Text of any origin.
    case text(String)
    /// A number, date or code that this program wrote; never defended, so that `-5` stays one.
    case plain(String)
  }

  /// The row as one line, with its end.
  package func line(_ fields: [Field]) -> String {
    if fields.count == 1, case .some(let only) = fields.first, only.value.isEmpty {
      return "\"\"\r\n"
    }
    let separator = String(UnicodeScalar(dialect.delimiter))
    return fields.map(encoded).joined(separator: separator) + "\r\n"
  }

  /// The row of texts as one line, with its end.
  package func line(_ texts: [String]) -> String { line(texts.map(Field.text)) }

  private func encoded(_ field: Field) -> String {
    var value = field.value
    if defendsFormulas, case .text = field, Self.isFormula(value) { value = "'" + value }
    let needsQuotes = value.utf8.contains {
      $0 == dialect.delimiter || $0 == .quote || $0 == .carriageReturn || $0 == .lineFeed
    }
    guard needsQuotes || value.utf8.starts(with: [0xef, 0xbb, 0xbf]) else { return value }
    var scalars = String.UnicodeScalarView()
    scalars.append("\"")
    for scalar in value.unicodeScalars {
      if scalar == "\"" { scalars.append(scalar) }
      scalars.append(scalar)
    }
    scalars.append("\"")
    return String(scalars)
  }

  /// Whether `text` begins with what makes a spreadsheet calculate.
  ///
  /// Judged by bytes: a combining mark behind `=` makes another character of it, and the
  /// spreadsheet calculates all the same.
  package static func isFormula(_ text: String) -> Bool {
    let bytes = text.utf8
    guard let first = bytes.first else { return false }
    switch first {
    case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"),
      UInt8(ascii: "\t"), .carriageReturn, .lineFeed, 0:
      return true
    case 0xef:
      let fullWidth: [[UInt8]] = [
        [0xef, 0xbc, 0x9d], [0xef, 0xbc, 0x8b], [0xef, 0xbc, 0x8d], [0xef, 0xbc, 0xa0],
      ]
      return fullWidth.contains { bytes.starts(with: $0) }
    default: return false
    }
  }
}

extension CSVWriter.Field {
  var value: String {
    switch self {
    case .text(let value), .plain(let value): value
    }
  }
}
