internal import EventModel

extension PlanReader {
  private static let eventKeys = [
    "type", "of", "stream", "once", "when", "actor", "time", "data", "personal", "reason",
  ]

  mutating func eventRule(
    _ node: MappingNode, also extra: [String] = []
  ) throws(MappingFault) -> ImportPlan.EventRule {
    let fields = try node.fields(Self.eventKeys + extra)
    let typeNode = try fields.required("type")
    let typeText = try typeNode.text()
    guard let type = EventType(typeText) else {
      throw typeNode.fault(.badValue(typeText, expected: "an event's type"))
    }
    let record = try record(fields.required("of"))
    let isOnce = try flag(fields["once"])
    return ImportPlan.EventRule(
      line: node.line, type: type, record: record,
      category: try fields["stream"].map { node throws(MappingFault) in try self.name(node) }
        ?? records[record].name,
      condition: try fields["when"].map { node throws(MappingFault) in try self.condition(node) }
        ?? .all([]),
      isOnce: isOnce,
      actor: try fields["actor"].map { node throws(MappingFault) in try self.expression(node) },
      time: try fields["time"].map { node throws(MappingFault) in try self.expression(node) },
      data: try expression(fields.required("data")),
      personal: try personalRule(fields["personal"]),
      reasonCode: try fields["reason"].map { node throws(MappingFault) in try self.expression(node)
      })
  }

  private mutating func personalRule(
    _ node: MappingNode?
  ) throws(MappingFault) -> ImportPlan.PersonalRule? {
    guard let node else { return nil }
    let fields = try node.fields(["subject", "data"])
    let data = try expression(fields.required("data"))
    guard let subject = fields["subject"] else {
      return .init(record: nil, category: nil, data: data)
    }
    let record = try record(subject)
    return .init(record: record, category: records[record].name, data: data)
  }

  mutating func setupRules(_ node: MappingNode?) throws(MappingFault) -> [ImportPlan.SetupRule] {
    guard let node else { return [] }
    var rules: [ImportPlan.SetupRule] = []
    for item in try node.items() {
      let rule = try eventRule(item, also: ["each", "id"])
      let fields = try item.fields(Self.eventKeys + ["each", "id"])
      guard rule.time != nil else { throw item.fault(.missingKey("time")) }
      rules.append(
        .init(
          table: try fields["each"].map { node throws(MappingFault) in try self.table(node) },
          key: try expression(fields.required("id")), rule: rule))
    }
    return rules
  }
}

extension PlanReader {
  /// A list means all of it; a mapping is one condition.
  mutating func condition(_ node: MappingNode) throws(MappingFault) -> Condition {
    if node.isList { return .all(try conditions(node)) }
    let fields = try node.fields([
      "all", "any", "not", "first", "column", "value", "equals", "in", "matches", "empty",
      "changed", "rises",
    ])
    if let list = fields["all"] { return .all(try conditions(list)) }
    if let list = fields["any"] { return .any(try conditions(list)) }
    if let inner = fields["not"] { return .not(try condition(inner)) }
    if let first = fields["first"] {
      return try flag(first) ? .first : .not(.first)
    }
    let subject: Expression
    if let column = fields["column"] {
      subject = .column(try self.column(column))
    } else {
      subject = try expression(fields.required("value"))
    }
    if let other = fields["equals"] { return .equal(subject, try expression(other)) }
    if let list = fields["in"] {
      return .among(subject, Set(try list.texts().map(ExactText.init)))
    }
    if let pattern = fields["matches"] { return .matches(subject, pattern: try regex(pattern)) }
    if let empty = fields["empty"] {
      return try flag(empty) ? .empty(subject) : .not(.empty(subject))
    }
    if let changed = fields["changed"] {
      let slot = slot(of: try columnOf(fields))
      return try flag(changed)
        ? .changed(subject, slot: slot) : .not(.changed(subject, slot: slot))
    }
    if let rises = fields["rises"] {
      let slot = slot(of: try columnOf(fields))
      return try flag(rises) ? .rises(subject, slot: slot) : .not(.rises(subject, slot: slot))
    }
    throw node.fault(.missingKey("equals"))
  }

  private mutating func conditions(_ node: MappingNode) throws(MappingFault) -> [Condition] {
    var list: [Condition] = []
    for item in try node.items() { list.append(try condition(item)) }
    return list
  }

  private func columnOf(_ fields: MappingFields) throws(MappingFault) -> Int {
    try column(fields.required("column"))
  }

  /// The slot that holds what `column` was in the record's row before.
  mutating func slot(of column: Int) -> Int {
    let name = "previous \(column)"
    if let index = slotNames.firstIndex(of: name) { return index }
    slotNames.append(name)
    slots.append(.init(name: name, condition: nil, value: .column(column)))
    return slots.count - 1
  }

  mutating func regex(_ node: MappingNode) throws(MappingFault) -> String {
    let pattern = try node.text()
    do { _ = try Regex(pattern) } catch {
      throw node.fault(.badValue(pattern, expected: "a regular expression"))
    }
    patterns.append(pattern)
    return pattern
  }
}
