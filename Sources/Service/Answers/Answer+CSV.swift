extension Answer {
  /// The rows of the first table as CSV by RFC 4180, defended against spreadsheets that calculate.
  package var csv: String {
    guard let table = tables.first else { return "" }
    let writer = CSVWriter()
    var text = writer.line(table.columns.map(\.name))
    for row in table.rows { text += writer.line(row.map(\.field)) }
    return text
  }
}

extension Value {
  /// As one field of a row of CSV.
  fileprivate var field: CSVWriter.Field {
    switch self {
    case .none: .plain("")
    case .text(let text): .text(text)
    case .integer(let number): .plain(String(number))
    case .decimal(let number): .plain(number)
    case .flag(let flag): .plain(flag ? "true" : "false")
    case .money(let minor, let currency): .plain("\(minor) \(currency)")
    case .time(let microseconds): .plain(TimeText.universal(microseconds))
    case .erased: .plain("(erased)")
    case .hidden: .plain("(hidden)")
    case .list(let values):
      .text(
        values.map { value in
          switch value.field {
          case .text(let text), .plain(let text): text
          }
        }.joined(separator: "; "))
    }
  }
}
