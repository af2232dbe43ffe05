internal import EventModel
internal import Foundation

/// Reads a mapping file for the columns of one source file.
struct PlanReader {
  let root: MappingNode
  /// Where tables lie: the folder of the source file.
  let folder: String
  var columns: [String]
  let sourceColumnCount: Int
  var derived: [Expression] = []
  var tables: [LookupTable] = []
  var records: [ImportPlan.RecordKind] = []
  var slots: [ImportPlan.Slot] = []
  var slotNames: [String] = []
  var timeReading: TimeReading?
  var source = ""
  /// The regular expressions that were read, each of them compiled once.
  var patterns: [String] = []

  static let keys = [
    "mapping", "description", "source", "delimiter", "key", "time", "actor", "records", "tables",
    "derive", "subject", "remember", "setup", "events", "profile",
  ]

  /// The delimiter that the mapping names, before the source file is opened.
  static func dialect(of root: MappingNode) throws(MappingFault) -> CSVDialect {
    guard let node = try root.fields(keys)["delimiter"] else { return .comma }
    let text = try node.text()
    guard text.utf8.count == 1, let byte = text.utf8.first,
      let dialect = CSVDialect(delimiter: byte)
    else { throw node.fault(.badValue(text, expected: "one ASCII character")) }
    return dialect
  }

  /// What the report counts the different values of: columns, and `*` for whole rows.
  static func profiledColumns(of root: MappingNode) throws(MappingFault) -> [String] {
    try profileNodes(root).map { node throws(MappingFault) in try node.text() }
  }

  private static func profileNodes(_ root: MappingNode) throws(MappingFault) -> [MappingNode] {
    guard let node = try root.fields(keys)["profile"] else { return [] }
    return node.scalar == nil ? try node.items() : [node]
  }

  init(_ root: MappingNode, columns: [String], folder: String) {
    self.root = root
    self.columns = columns
    self.folder = folder
    sourceColumnCount = columns.count
  }

  mutating func plan() throws(MappingFault) -> ImportPlan {
    let fields = try root.fields(Self.keys)
    source = try name(fields.required("source"))
    let timeNode = try fields.required("time")
    let timeFields = try timeNode.fields(["column", "formats", "zone"])
    timeReading = try reading(timeFields)
    try readTables(fields["tables"])
    try readRecordNames(fields.required("records"))
    try readDerived(fields["derive"])
    try readRecords(fields.required("records"))
    try readMemory(fields["remember"])
    guard let timeReading else { preconditionFailure("the time's reading was read before") }
    let time = ImportPlan.TimeRule(
      column: try column(timeFields.required("column")), reading: timeReading)
    let actor = try actorRule(fields["actor"])
    let subject = try record(fields.required("subject"))
    let key = try keyRule(fields.required("key"))
    let setup = try setupRules(fields["setup"])
    var events: [ImportPlan.EventRule] = []
    for item in try fields.required("events").items() { events.append(try eventRule(item)) }
    var profile: [Int?] = []
    for item in try Self.profileNodes(root) {
      profile.append(item.scalar == "*" ? nil : try column(item))
    }
    return ImportPlan(
      name: try name(fields.required("mapping")), source: source, columns: columns,
      derived: derived, tables: tables, records: records, subject: subject, slots: slots, key: key,
      time: time, actor: actor, setup: setup, events: events, profile: profile,
      patterns: patterns)
  }

  // MARK: Small parts

  func name(_ node: MappingNode) throws(MappingFault) -> String {
    let text = try node.text()
    guard !text.isEmpty, text.utf8.count <= 60, text.utf8.allSatisfy({ (0x21...0x7e) ~= $0 }) else {
      throw node.fault(.badValue(text, expected: "a name of 1 to 60 ASCII characters"))
    }
    return text
  }

  func column(_ node: MappingNode) throws(MappingFault) -> Int {
    let name = try node.text()
    guard let index = columns.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) else {
      throw node.fault(.unknownColumn(name, known: columns))
    }
    return index
  }

  func record(_ node: MappingNode) throws(MappingFault) -> Int {
    let name = try node.text()
    guard let index = records.firstIndex(where: { $0.name == name }) else {
      throw node.fault(.unknownName(kind: "record", name: name, known: records.map(\.name)))
    }
    return index
  }

  func table(_ node: MappingNode) throws(MappingFault) -> Int {
    let name = try node.text()
    guard let index = tables.firstIndex(where: { $0.name == name }) else {
      throw node.fault(.unknownName(kind: "table", name: name, known: tables.map(\.name)))
    }
    return index
  }

  func flag(_ node: MappingNode?) throws(MappingFault) -> Bool {
    guard let node else { return false }
    switch try node.text() {
    case "true", "yes": return true
    case "false", "no": return false
    case let text: throw node.fault(.badValue(text, expected: "true or false"))
    }
  }

  func actorID(_ node: MappingNode) throws(MappingFault) -> ActorID {
    let text = try node.text()
    guard let actor = ActorID(text) else {
      throw node.fault(.badValue(text, expected: "an actor such as “system:import”"))
    }
    return actor
  }

  func reading(_ fields: MappingFields) throws(MappingFault) -> TimeReading {
    guard let node = fields["formats"] else {
      guard let timeReading else { throw fields.owner.fault(.missingKey("formats")) }
      return timeReading
    }
    var formats: [TimeFormat] = []
    for text in try node.texts() {
      guard let format = TimeFormat(text) else {
        throw node.fault(.badValue(text, expected: "a format such as “yyyy-MM-dd HH:mm:ss”"))
      }
      formats.append(format)
    }
    var zone: ZoneClock?
    if let node = fields["zone"] {
      let text = try node.text()
      zone = ZoneClock(text)
      guard zone != nil else {
        throw node.fault(.badValue(text, expected: "an IANA zone such as “Europe/Rome”"))
      }
    }
    return TimeReading(formats: formats, zone: zone)
  }
}

extension PlanReader {
  private mutating func readTables(_ node: MappingNode?) throws(MappingFault) {
    guard let node else { return }
    for (name, value) in try node.pairs() {
      let fields = try value.fields(["file", "key", "cell"])
      let file = try fields.required("file").text()
      guard !file.contains("/"), !file.hasPrefix(".") else {
        throw value.fault(.badValue(file, expected: "a file beside the source file"))
      }
      let path = folder + "/" + file
      let key = try fields.required("key").text()
      if let cell = fields["cell"] {
        let inner = try cell.fields(["key", "row", "column"])
        tables.append(
          try .jsonCell(
            name: name, path: path, keyColumn: try inner.required("key").text(),
            row: try inner.required("row").text(), column: try inner.required("column").text(),
            key: key, at: value))
      } else {
        tables.append(try .csv(name: name, path: path, key: key, at: value))
      }
    }
  }

  /// Names first: derived columns and records may name each other.
  private mutating func readRecordNames(_ node: MappingNode) throws(MappingFault) {
    for (name, value) in try node.pairs() {
      let fields = try value.fields(["prefix", "from", "scope"])
      records.append(
        ImportPlan.RecordKind(
          name: name, prefix: try self.name(fields.required("prefix")),
          scope: try fields["scope"].map { node throws(MappingFault) in try self.name(node) }
            ?? source,
          value: nil))
    }
  }

  private mutating func readRecords(_ node: MappingNode) throws(MappingFault) {
    for (index, pair) in try node.pairs().enumerated() {
      guard let from = try pair.value.fields(["prefix", "from", "scope"])["from"] else { continue }
      let kind = records[index]
      records[index] = ImportPlan.RecordKind(
        name: kind.name, prefix: kind.prefix, scope: kind.scope, value: try expression(from))
    }
  }

  private mutating func readDerived(_ node: MappingNode?) throws(MappingFault) {
    guard let node else { return }
    for (name, value) in try node.pairs() {
      derived.append(try expression(value))
      columns.append(name)
    }
  }

  private mutating func readMemory(_ node: MappingNode?) throws(MappingFault) {
    guard let node else { return }
    let pairs = try node.pairs()
    // All names first: a value may be made of what another slot held before.
    let start = slots.count
    for (name, _) in pairs {
      slotNames.append(name)
      slots.append(.init(name: name, condition: nil, value: .constant(.null)))
    }
    for (index, pair) in pairs.enumerated() {
      let fields = try pair.value.fields(["when", "value"])
      let condition = try fields["when"].map { node throws(MappingFault) in try self.condition(node)
      }
      let value = try expression(fields.required("value"))
      slots[start + index] = .init(name: pair.name, condition: condition, value: value)
    }
  }

  private func keyRule(_ node: MappingNode) throws(MappingFault) -> ImportPlan.KeyRule {
    if node.scalar == "line" { return .line }
    if !node.isMapping {
      return .columns(try columnList(node), repeats: .refuse)
    }
    let fields = try node.fields(["columns", "repeats"])
    var repeats = ImportPlan.Repeats.refuse
    if let rule = fields["repeats"] {
      let text = try rule.text()
      guard let known = ImportPlan.Repeats(rawValue: text) else {
        throw rule.fault(.badValue(text, expected: "“refuse” or “number”"))
      }
      repeats = known
    }
    return .columns(try columnList(fields.required("columns")), repeats: repeats)
  }

  private func columnList(_ node: MappingNode) throws(MappingFault) -> [Int] {
    if node.scalar == "*" { return Array(0..<sourceColumnCount) }
    if node.scalar != nil { return [try column(node)] }
    var list: [Int] = []
    for item in try node.items() { list.append(try column(item)) }
    return list
  }

  private mutating func actorRule(
    _ node: MappingNode?
  ) throws(MappingFault) -> ImportPlan.ActorRule {
    let importer = ActorID(system: "import")
    guard let node else {
      return .init(scope: source, value: nil, known: [:], provisions: false, fallback: importer)
    }
    let fields = try node.fields(["from", "scope", "known", "provision", "fallback"])
    var known: [ExactText: ActorID] = [:]
    if let pairs = try fields["known"]?.pairs() {
      for (name, value) in pairs { known[ExactText(name)] = try actorID(value) }
    }
    return .init(
      scope: try fields["scope"].map { node throws(MappingFault) in try self.name(node) } ?? source,
      value: try fields["from"].map { node throws(MappingFault) in try self.expression(node) },
      known: known, provisions: try flag(fields["provision"]),
      fallback: try fields["fallback"].map { node throws(MappingFault) in try self.actorID(node) }
        ?? importer)
  }
}
