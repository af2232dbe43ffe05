internal import EventModel

extension PlanReader {
  private static let optionKeys = ["map", "match", "else", "as"]

  /// A value: a tag says where it comes from; without one it is written as it stands.
  mutating func expression(_ node: MappingNode) throws(MappingFault) -> Expression {
    guard let tag = node.tag else { return try literal(node) }
    switch tag {
    case "!column":
      return try withOptions(node, "name") { reader, name throws(MappingFault) in
        .column(try reader.column(name))
      }
    case "!previous":
      return try withOptions(node, "name") { reader, name throws(MappingFault) in
        .remembered(reader.slot(of: try reader.column(name)))
      }
    case "!remembered":
      return try withOptions(node, "name") { reader, name throws(MappingFault) in
        .remembered(try reader.namedSlot(name))
      }
    case "!field":
      return try withOptions(node, "name") { _, name throws(MappingFault) in
        .field(try name.text())
      }
    case "!value":
      return try withOptions(node, "from") { reader, from throws(MappingFault) in
        try reader.expression(from)
      }
    case "!id": return try identifier(node)
    case "!actor":
      if node.isNull || node.scalar == "" { return .actor(of: nil) }
      return .actor(of: try expression(try node.fields(["from"]).required("from")))
    case "!elapsed": return .elapsed
    case "!line": return .line
    case "!time", "!date": return try time(node, isDay: tag == "!date")
    case "!money": return try money(node)
    case "!phone", "!email": return try contactPoint(node, isPhone: tag == "!phone")
    case "!lookup": return try lookup(node)
    case "!join":
      let fields = try node.fields(["with", "of"])
      var parts: [Expression] = []
      for item in try fields.required("of").items() { parts.append(try expression(item)) }
      return .joined(parts, separator: try fields.required("with").text())
    case "!each":
      let fields = try node.fields(["table", "value", "before", "after"])
      var items: [Expression] = []
      if let list = try fields["before"]?.items() {
        for item in list { items.append(try expression(item)) }
      }
      items.append(
        .each(
          table: try table(fields.required("table")),
          try expression(fields.required("value"))))
      if let list = try fields["after"]?.items() {
        for item in list { items.append(try expression(item)) }
      }
      return .list(items)
    case "!present":
      let fields = try node.fields(["of", "value"])
      return .present(
        try expression(fields.required("of")), try expression(fields.required("value")))
    default: throw node.fault(.unknownTag(tag))
    }
  }

  private mutating func literal(_ node: MappingNode) throws(MappingFault) -> Expression {
    if node.scalar != nil { return .constant(Self.constant(node)) }
    if node.isList {
      var items: [Expression] = []
      for item in try node.items() { items.append(try expression(item)) }
      return .list(items)
    }
    var members: [Expression.Member] = []
    for (name, value) in try node.pairs() {
      members.append(.init(name: name, value: try expression(value)))
    }
    return .object(members)
  }

  /// A plain `true`, `false`, `null` or integer is one; every other scalar is text.
  static func constant(_ node: MappingNode) -> JSONValue {
    guard let scalar = node.scalar else { return .null }
    guard node.isPlain else { return .string(scalar) }
    switch scalar {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "", "~", "null": return .null
    case let text:
      return NumberText.integer(text) == nil ? .string(text) : .number(text)
    }
  }

  private func namedSlot(_ node: MappingNode) throws(MappingFault) -> Int {
    let name = try node.text()
    guard let index = slotNames.firstIndex(of: name) else {
      throw node.fault(.unknownName(kind: "memory", name: name, known: slotNames))
    }
    return index
  }

  private mutating func identifier(_ node: MappingNode) throws(MappingFault) -> Expression {
    if node.scalar != nil { return .identifier(record: try record(node), of: nil) }
    let fields = try node.fields(["record", "from"])
    return .identifier(
      record: try record(fields.required("record")),
      of: try expression(fields.required("from")))
  }

  private mutating func time(_ node: MappingNode, isDay: Bool) throws(MappingFault) -> Expression {
    if !node.isMapping, node.isNull || node.scalar == "" { return .rowTime }
    let fields = try node.fields(["from", "formats", "zone"])
    let from = try expression(fields.required("from"))
    let reading = try reading(fields)
    return isDay ? .day(from, reading) : .time(from, reading)
  }

  private mutating func money(_ node: MappingNode) throws(MappingFault) -> Expression {
    let fields = try node.fields(["from", "currency", "digits"])
    let currency = try fields.required("currency").text()
    guard currency.utf8.count == 3, currency.utf8.allSatisfy({ (0x41...0x5a) ~= $0 }) else {
      throw node.fault(.badValue(currency, expected: "a currency of ISO 4217 such as “EUR”"))
    }
    var digits = 2
    if let node = fields["digits"] {
      let text = try node.text()
      guard let value = NumberText.integer(text), (0...4).contains(value) else {
        throw node.fault(.badValue(text, expected: "0 to 4"))
      }
      digits = Int(value)
    }
    return .money(
      try expression(fields.required("from")), currency: currency, fractionDigits: digits)
  }

  private mutating func contactPoint(
    _ node: MappingNode, isPhone: Bool
  ) throws(MappingFault) -> Expression {
    let fields = try node.fields(isPhone ? ["from", "region"] : ["from"])
    let from = try expression(fields.required("from"))
    guard isPhone else { return .email(from) }
    guard let node = fields["region"] else { return .phone(from, region: nil) }
    let region = try node.text()
    guard region.utf8.count == 2, region.utf8.allSatisfy({ (0x41...0x5a) ~= $0 }) else {
      throw node.fault(.badValue(region, expected: "a country of ISO 3166 such as “US”"))
    }
    return .phone(from, region: region)
  }

  private mutating func lookup(_ node: MappingNode) throws(MappingFault) -> Expression {
    let fields = try node.fields(["table", "key", "field", "else"])
    let table = try table(fields.required("table"))
    let fieldNode = try fields.required("field")
    let field = try fieldNode.text()
    guard tables[table].columns.contains(field) else {
      throw fieldNode.fault(.unknownColumn(field, known: tables[table].columns))
    }
    return .lookup(
      table: table, key: try expression(fields.required("key")), field: field,
      otherwise: try fields["else"].map { node throws(MappingFault) in try self.expression(node) })
  }

  /// The short form holds only the `main` key's value, the long one options beside it.
  private mutating func withOptions(
    _ node: MappingNode, _ main: String,
    _ make: (inout PlanReader, MappingNode) throws(MappingFault) -> Expression
  ) throws(MappingFault) -> Expression {
    if node.scalar != nil { return try make(&self, node) }
    let fields = try node.fields([main] + Self.optionKeys)
    var result = try make(&self, try fields.required(main))
    if fields["map"] != nil || fields["match"] != nil || fields["else"] != nil {
      result = .mapped(result, try valueMap(fields))
    }
    if let node = fields["as"] {
      let text = try node.text()
      guard let conversion = Conversion(rawValue: text) else {
        let known = Conversion.allCases.map(\.rawValue)
        throw node.fault(.unknownName(kind: "conversion", name: text, known: known))
      }
      result = .converted(result, conversion)
    }
    return result
  }

  private mutating func valueMap(_ fields: MappingFields) throws(MappingFault) -> ValueMap {
    var exact: [ExactText: JSONValue] = [:]
    if let pairs = try fields["map"]?.pairs() {
      for (name, value) in pairs { exact[ExactText(name)] = Self.constant(value) }
    }
    var patterns: [TextPattern] = []
    if let entries = try fields["match"]?.entries() {
      for (key, value) in entries {
        patterns.append(TextPattern(pattern: try regex(key), value: Self.constant(value)))
      }
    }
    return ValueMap(
      exact: exact, patterns: patterns, otherwise: fields["else"].map(Self.constant),
      line: fields.owner.line)
  }
}
