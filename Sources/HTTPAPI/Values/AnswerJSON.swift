internal import Service

/// Answers as JSON: facts and tables are members by their names, as `deed --format json` has them.
extension JSON {
  init(_ answer: Answer) {
    var members = answer.facts.map { Member(name: $0.name, value: JSON($0.value)) }
    for table in answer.tables {
      let rows = table.rows.map { row in
        JSON.object(zip(table.columns, row).map { Member(name: $0.name, value: JSON($1)) })
      }
      members.append(Member(name: table.name, value: .array(rows)))
    }
    self = .object(members)
  }

  init(_ value: Service.Value) {
    self =
      switch value {
      case .none: .null
      case .text(let text), .decimal(let text): .string(text)
      case .integer(let number): .integer(number)
      case .flag(let flag): .boolean(flag)
      case .money(let minor, let currency):
        ["amountMinor": .written(String(minor)), "currency": .string(currency)]
      case .time(let microseconds): .string(TimeText.universal(microseconds))
      case .erased(let position): ["erased": position.map { JSON.integer($0) } ?? true]
      case .hidden: ["hidden": true]
      case .list(let values): .array(values.map(JSON.init))
      }
  }
}
