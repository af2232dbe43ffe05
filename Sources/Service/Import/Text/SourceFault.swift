/// Why a source of rows can't be read any further; nothing behind the place is known.
package enum SourceFault: Error, Hashable, Sendable {
  case unreadable(path: String, reason: String)
  /// The file begins with a UTF-16 mark.
  case utf16
  case fieldTooLong(line: Int, byteLimit: Int)
  case rowTooLong(line: Int, byteLimit: Int)
  case tooManyColumns(line: Int, limit: Int)
  case tooManyRows(limit: Int)
  /// A quoted field that begins in `line` never ends.
  case unclosedQuote(line: Int)
  case noHeader
  case badHeader(CSVRefusal)
}

extension SourceFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unreadable(let path, let reason): "“\(path)” can't be read: \(reason)."
    case .utf16: "The file is UTF-16; save it as UTF-8 and import it again."
    case .fieldTooLong(let line, let limit):
      "A field in the row at line \(line) has more than \(limit) bytes; "
        + "look for a quote that is not closed, or raise the limit."
    case .rowTooLong(let line, let limit):
      "The row at line \(line) has more than \(limit) bytes; "
        + "look for a quote that is not closed, or raise the limit."
    case .tooManyColumns(let line, let limit):
      "The row at line \(line) has more than \(limit) columns; check the delimiter."
    case .tooManyRows(let limit): "The file has more than \(limit) rows; split it."
    case .unclosedQuote(let line):
      "The quote opened at line \(line) is never closed; close it and import again."
    case .noHeader: "The file has no header row; its first row must name the columns."
    case .badHeader(let refusal): "The header row can't be read: \(refusal)."
    }
  }
}
