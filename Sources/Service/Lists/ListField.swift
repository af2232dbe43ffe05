internal import EventModel
internal import Foundation
internal import ReadModels

/// A column of a table as programs know it.
struct ListField: Sendable {
  enum Kind: Sendable { case text, integer, flag, time }

  let column: ListedTable.Column
  /// camelCase, as records have it.
  let name: String
  let kind: Kind
  /// The record's field whose rules hold for it.
  let ruledAs: String

  init(_ column: ListedTable.Column) {
    self.column = column
    var words = column.name.split(separator: "_").map(String.init)
    if words.last == "us" {
      words[words.count - 1] = "at"
      // `protected_until_us` is a time already by its name.
      if words.dropLast().last == "until" { words.removeLast() }
      kind = .time
    } else if words.first == "is" {
      kind = .flag
    } else {
      kind = column.isInteger ? .integer : .text
    }
    name = words.enumerated().map { $0.offset == 0 ? $0.element : $0.element.capitalized }
      .joined()
    ruledAs = ["amountMinor", "currency"].contains(name) ? "amount" : name
  }

  func value(_ stored: SQLValue) -> Value {
    switch (stored, kind) {
    case (.null, _): .none
    case (.integer(let number), .time): .time(microseconds: number)
    case (.integer(let number), .flag): .flag(number != 0)
    case (.integer(let number), .integer), (.integer(let number), .text): .integer(number)
    case (.text(let text), _): text.isEmpty ? .none : .text(text)
    case (.real(let number), _): .decimal("\(number)")
    case (.blob(let bytes), _): .text(bytes.hex)
    }
  }

  /// What a filter compares with.
  func comparand(_ text: String) throws(ServiceError) -> SQLValue {
    switch kind {
    case .text: return .text(text)
    case .integer:
      guard let number = Int64(text), String(number) == text else {
        throw refusal(text, "a whole number, such as 3")
      }
      return .integer(number)
    case .flag:
      guard text == "true" || text == "false" else { throw refusal(text, "true or false") }
      return .integer(text == "true" ? 1 : 0)
    case .time:
      guard let time = Timestamp(text) else {
        throw refusal(text, "a time, such as 2026-03-31T09:00:00Z")
      }
      return .integer(time.microseconds)
    }
  }

  private func refusal(_ text: String, _ wanted: String) -> ServiceError {
    ServiceError(
      .usage, code: "VALIDATION.FILTER",
      "The filter compares \(name) with “\(text.prefix(40))”: give \(wanted).")
  }
}
