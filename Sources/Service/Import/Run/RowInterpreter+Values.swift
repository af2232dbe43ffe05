internal import CRM
internal import EventModel

extension RowInterpreter {
  /// The text of column `index`; "" where the row has none.
  func value(of index: Int, in row: Row) -> String {
    let sourceCount = plan.columns.count - plan.derived.count
    if index >= sourceCount {
      let derived = index - sourceCount
      return derived < row.derived.count ? row.derived[derived] : ""
    }
    return row.source?[index] ?? ""
  }

  /// Where a value comes from, for a sentence.
  func place(_ expression: Expression) -> String {
    switch expression {
    case .column(let index): "the column “\(plan.columns[index])”"
    case .mapped(let inner, _), .converted(let inner, _), .time(let inner, _),
      .day(let inner, _):
      place(inner)
    case .money(let inner, _, _), .phone(let inner, _), .email(let inner): place(inner)
    case .remembered(let slot): "the remembered “\(plan.slots[slot].name)”"
    case .field(let name): "the field “\(name)” of the table"
    case .constant, .identifier, .actor, .rowTime, .lookup, .joined, .object, .list, .each,
      .present, .elapsed, .line:
      "a value"
    }
  }

  func text(_ expression: Expression, in row: Row) throws(RowRefusal) -> String? {
    switch try value(expression, in: row) {
    case nil, .null: nil
    case .string(let text), .number(let text): text
    case .boolean(let flag): flag ? "true" : "false"
    case .array, .object: throw .badName(value: "a list or object", kind: "text")
    }
  }

  func requiredText(
    _ expression: Expression, in row: Row, _ place: String
  ) throws(RowRefusal) -> String {
    guard let text = try text(expression, in: row) else { throw .missing(place: place) }
    return text
  }

  /// The value, `nil` when it is absent: an empty column, nothing remembered, an empty object.
  func value(_ expression: Expression, in row: Row) throws(RowRefusal) -> JSONValue? {
    switch expression {
    case .constant(let value): return value == .null ? nil : value
    case .column(let index): return present(value(of: index, in: row))
    case .remembered(let slot): return memory.text(in: slot, at: row.place).flatMap(present)
    case .field(let name):
      guard let table = row.table else { return nil }
      return plan.tables[table].field(name, of: row.tableRow).flatMap(present)
    case .identifier(let record, let inner):
      guard let source = inner ?? plan.records[record].value,
        let text = try text(source, in: row)
      else { return nil }
      return .string(identifier(record, text))
    case .actor(let inner):
      guard let inner else { return .string(row.actor.text) }
      guard let name = try text(inner, in: row) else { return nil }
      return .string(try actor(name).text)
    case .rowTime: return .string(row.time.description)
    case .time(let inner, let reading):
      guard try text(inner, in: row) != nil else { return nil }
      return .string(try moment(inner, reading, in: row).description)
    case .day(let inner, let reading):
      guard let text = try text(inner, in: row) else { return nil }
      do throws(TimeReading.Fault) { return .string(try reading.day(text).description) } catch {
        throw .badTime(place: place(inner), value: text)
      }
    case .money(let inner, let currency, let digits):
      return try money(inner, currency, digits, in: row)
    case .phone(let inner, let region):
      return try text(inner, in: row).map { Self.phone($0, region) }
    case .email(let inner): return try text(inner, in: row).map(Self.email)
    case .converted(let inner, let conversion): return try converted(inner, conversion, in: row)
    case .mapped(let inner, let map): return try mapped(inner, map, in: row)
    case .lookup(let table, let key, let field, let otherwise):
      return try lookup(table, key, field, otherwise, in: row)
    case .joined(let parts, let separator):
      var texts: [String] = []
      for part in parts { texts.append(try text(part, in: row) ?? "") }
      return present(texts.joined(separator: separator))
    case .object(let members): return try object(members, in: row)
    case .list(let items):
      let values = try list(items, in: row)
      return values.isEmpty ? nil : .array(values)
    case .each: return .array(try list([expression], in: row))
    case .present(let condition, let inner):
      return try value(condition, in: row) == nil ? nil : try value(inner, in: row)
    case .elapsed:
      guard let place = row.place else { return .number("0") }
      let start = memory.firstTime(at: place).microseconds
      return .integer(max(0, (row.time.microseconds - start) / 1_000_000))
    case .line: return .number(String(row.line))
    }
  }

  func identifier(_ record: Int, _ value: String) -> String {
    let kind = plan.records[record]
    return identifiers.identifier(record, value) {
      naming.record(prefix: kind.prefix, scope: kind.scope, kind: kind.name, name: value)
    }
  }

  private func present(_ text: String) -> JSONValue? { text.isEmpty ? nil : .string(text) }

  func moment(
    _ expression: Expression, _ reading: TimeReading, in row: Row
  ) throws(RowRefusal) -> Timestamp {
    let text = try requiredText(expression, in: row, place(expression))
    do throws(TimeReading.Fault) { return try reading.moment(text) } catch {
      switch error {
      case .unknownFormat: throw .badTime(place: place(expression), value: text)
      case .noZone: throw .noZone(place: place(expression), value: text)
      }
    }
  }

  private func money(
    _ inner: Expression, _ currency: String, _ digits: Int, in row: Row
  ) throws(RowRefusal) -> JSONValue? {
    guard let text = try text(inner, in: row) else { return nil }
    guard let minor = NumberText.minorUnits(text, fractionDigits: digits) else {
      throw .badNumber(place: place(inner), value: text, kind: "amount of money")
    }
    return .object([
      JSONMember("amountMinor", .string(String(minor))),
      JSONMember("currency", .string(currency)),
    ])
  }

  /// What history says of a number is kept whatever it is.
  private static func phone(_ text: String, _ region: String?) -> JSONValue {
    var members = [JSONMember("raw", .string(text))]
    if let e164 = PhoneNumber(text, region: region)?.e164 {
      members.append(JSONMember("e164", .string(e164)))
    }
    return .object(members + [JSONMember("isPrimary", .boolean(true))])
  }

  private static func email(_ text: String) -> JSONValue {
    var members = [JSONMember("address", .string(text))]
    if let normalized = EmailAddress(text)?.normalized {
      members.append(JSONMember("normalized", .string(normalized)))
    }
    return .object(members + [JSONMember("isPrimary", .boolean(true))])
  }

  private func converted(
    _ inner: Expression, _ conversion: Conversion, in row: Row
  ) throws(RowRefusal) -> JSONValue? {
    guard let text = try text(inner, in: row) else { return nil }
    switch conversion {
    case .text: return .string(text)
    case .integer:
      guard let value = NumberText.integer(text) else {
        throw .badNumber(place: place(inner), value: text, kind: "whole number")
      }
      return .integer(value)
    case .decimal:
      guard let value = NumberText.decimal(text) else {
        throw .badNumber(place: place(inner), value: text, kind: "decimal")
      }
      return .string(value)
    case .boolean:
      switch text.lowercased() {
      case "true", "yes", "1", "y": return .boolean(true)
      case "false", "no", "0", "n": return .boolean(false)
      default: throw .badNumber(place: place(inner), value: text, kind: "yes or no")
      }
    }
  }

  private func mapped(
    _ inner: Expression, _ map: ValueMap, in row: Row
  ) throws(RowRefusal) -> JSONValue? {
    guard let text = try text(inner, in: row) else {
      return map.exact[ExactText("")].flatMap { $0 == .null ? nil : $0 }
    }
    if let value = map.exact[ExactText(text)] { return value == .null ? nil : value }
    for pattern in map.patterns {
      if let regex = regexes[pattern.pattern], text.firstMatch(of: regex) != nil {
        return pattern.value == .null ? nil : pattern.value
      }
    }
    guard let otherwise = map.otherwise else {
      throw .notInMap(place: place(inner), value: text, mappingLine: map.line)
    }
    return otherwise == .null ? nil : otherwise
  }

  private func lookup(
    _ table: Int, _ key: Expression, _ field: String, _ otherwise: Expression?, in row: Row
  ) throws(RowRefusal) -> JSONValue? {
    guard let key = try text(key, in: row) else { return nil }
    let table = plan.tables[table]
    if let found = table.row(key), let value = table.field(field, of: found) {
      return present(value)
    }
    guard let otherwise else { throw .notInTable(value: key, table: table.name) }
    return try value(otherwise, in: row)
  }

  private func object(
    _ members: [Expression.Member], in row: Row
  ) throws(RowRefusal) -> JSONValue? {
    var values: [JSONMember] = []
    for member in members {
      if let value = try value(member.value, in: row) {
        values.append(JSONMember(member.name, value))
      }
    }
    return values.isEmpty ? nil : .object(values)
  }

  private func list(_ items: [Expression], in row: Row) throws(RowRefusal) -> [JSONValue] {
    var values: [JSONValue] = []
    for item in items {
      if case .each(let table, let inner) = item {
        for tableRow in plan.tables[table].rows {
          var visited = row
          visited.table = table
          visited.tableRow = tableRow
          if let value = try value(inner, in: visited) { values.append(value) }
        }
      } else if let value = try value(item, in: row) {
        values.append(value)
      }
    }
    return values
  }
}

extension RowInterpreter {
  func holds(_ condition: Condition, in row: Row) throws(RowRefusal) -> Bool {
    switch condition {
    case .all(let list):
      for inner in list where !(try holds(inner, in: row)) { return false }
      return true
    case .any(let list):
      for inner in list where try holds(inner, in: row) { return true }
      return false
    case .not(let inner): return !(try holds(inner, in: row))
    case .first: return row.isFirst
    case .empty(let inner): return try value(inner, in: row) == nil
    case .equal(let a, let b):
      return Self.areEqual(try text(a, in: row), try text(b, in: row))
    case .among(let inner, let values):
      return values.contains(ExactText(try text(inner, in: row) ?? ""))
    case .matches(let inner, let pattern):
      guard let regex = regexes[pattern], let text = try text(inner, in: row) else { return false }
      return text.firstMatch(of: regex) != nil
    case .changed(let inner, let slot):
      return !Self.areEqual(try text(inner, in: row), memory.text(in: slot, at: row.place))
    case .rises(let inner, let slot):
      guard let now = try text(inner, in: row).flatMap(NumberText.integer),
        let before = memory.text(in: slot, at: row.place).flatMap(NumberText.integer)
      else { return false }
      return now > before
    }
  }

  /// Byte for byte; absent equals absent.
  private static func areEqual(_ a: String?, _ b: String?) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return a.utf8.elementsEqual(b.utf8)
  }
}
