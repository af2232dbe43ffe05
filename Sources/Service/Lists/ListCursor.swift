internal import EventModel
internal import Foundation
internal import ReadModels

/// Where a page ended, as its caller carries it: as of which position, and behind which row.
///
/// It is nothing secret and proves nothing: what it says is checked like anything a caller says,
/// and every page is checked against the caller's rights anew.
struct ListCursor: Hashable {
  /// Of what was asked, so that a cursor isn't used for something else.
  let question: String
  /// As of which position the first page was; `nil` for kinds without a past.
  let position: UInt64?
  let values: [SQLValue]

  init(question: String, position: UInt64?, values: [SQLValue]) {
    self.question = question
    self.position = position
    self.values = values
  }

  var text: String {
    let json = JSONValue.array(
      [.string(question), position.map { .string(String($0)) } ?? .null]
        + values.map { value in
          switch value {
          case .integer(let number): .number(String(number))
          case .text(let text): .string(text)
          case .null, .real, .blob: .null
          }
        })
    return Data(json.compact.utf8).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// Reads what ``text`` wrote for the same question.
  init(
    _ text: String, question: String, kinds: [ListedTable.Column]
  ) throws(ServiceError) {
    let refusal = ServiceError(
      .usage, code: "VALIDATION.CURSOR",
      "The cursor is none of this list: give `next` of the page before, and ask the same.")
    guard text.utf8.count <= 4_096,
      let data = Data(
        base64Encoded: text.replacing("-", with: "+").replacing("_", with: "/")
          + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)),
      let json = String(validating: data, as: UTF8.self)
    else { throw refusal }
    let value: JSONValue
    do throws(JSONRefusal) { value = try JSONParser.value(of: json) } catch { throw refusal }
    guard case .array(let members) = value, members.count == kinds.count + 2,
      members[0] == .string(question)
    else { throw refusal }
    self.question = question
    switch members[1] {
    case .null: position = nil
    case .string(let digits):
      guard let number = UInt64(digits), String(number) == digits, number < 1 << 62 else {
        throw refusal
      }
      position = number
    case .boolean, .number, .array, .object: throw refusal
    }
    var values: [SQLValue] = []
    for (member, column) in zip(members.dropFirst(2), kinds) {
      switch (member, column.isInteger) {
      case (.number(let digits), true):
        guard let number = Int64(digits) else { throw refusal }
        values.append(.integer(number))
      case (.string(let text), false): values.append(.text(text))
      case (.null, _), (.boolean, _), (.number, _), (.string, _), (.array, _), (.object, _):
        throw refusal
      }
    }
    self.values = values
  }
}
