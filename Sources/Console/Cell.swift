package import Service

/// One value as people and scripts are shown it.
package enum Cell: Hashable, Sendable {
  case text(String)
  case integer(Int64)
  /// An exact decimal such as `22700.00`; scripts get it as a string, for JSON readers make
  /// floating point of numbers.
  case decimal(String)
  case boolean(Bool)
  /// A value with parts of its own.
  case json(JSONValue)
  case missing

  /// An amount in minor units, by a currency with `fractionDigits` of them.
  package static func money(minor: Int64, fractionDigits: Int = 2) -> Cell {
    .decimal(DecimalText.text(minor, fractionDigits: fractionDigits))
  }

  /// The cell for a count.
  package static func count(_ value: Int) -> Cell { .integer(Int64(value)) }
}

/// Exact decimals as text.
package enum DecimalText {
  /// `units` of 10^-`fractionDigits` each, such as `-0.05` for -5 and 2.
  package static func text(_ units: some BinaryInteger, fractionDigits: Int) -> String {
    guard fractionDigits > 0 else { return String(units) }
    let digits = String(units.magnitude)
    let filled = String(repeating: "0", count: max(0, fractionDigits + 1 - digits.count)) + digits
    let sign = units < 0 ? "-" : ""
    return sign + filled.dropLast(fractionDigits) + "." + filled.suffix(fractionDigits)
  }

  /// `text` with its whole part in groups of three.
  package static func grouped(_ text: String) -> String {
    let sign = text.hasPrefix("-") ? "-" : ""
    let parts = text.dropFirst(sign.count).split(
      separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first else { return text }
    var groups = ""
    for (index, digit) in whole.enumerated() {
      if index > 0, (whole.count - index) % 3 == 0 { groups.append(",") }
      groups.append(digit)
    }
    return sign + groups + (parts.count > 1 ? "." + parts[1] : "")
  }
}

extension Cell {
  /// What a person reads, safe for a terminal.
  package var display: String {
    switch self {
    case .text(let text): DisplayText.escaped(text)
    case .integer(let value): DecimalText.grouped(String(value))
    case .decimal(let text): DecimalText.grouped(DisplayText.escaped(text))
    case .boolean(let value): value ? "yes" : "no"
    case .json(let value): DisplayText.escaped(value.compact)
    case .missing: "–"
    }
  }

  /// What a script reads.
  package var json: JSONValue {
    switch self {
    case .text(let text), .decimal(let text): .string(text)
    case .integer(let value): .integer(value)
    case .boolean(let value): .boolean(value)
    case .json(let value): value
    case .missing: .null
    }
  }

  /// What a spreadsheet reads.
  var field: CSVWriter.Field {
    switch self {
    case .text(let text): .text(text)
    case .integer(let value): .plain(String(value))
    case .decimal(let text): .plain(text)
    case .boolean(let value): .plain(value ? "true" : "false")
    case .json(let value): .text(value.compact)
    case .missing: .plain("")
    }
  }

  var isNumber: Bool {
    switch self {
    case .integer, .decimal: true
    case .text, .boolean, .json, .missing: false
    }
  }
}
