internal import Commands
internal import EventModel

/// Makes the events of rows, one row after the other, by a mapping.
struct RowInterpreter {
  let plan: ImportPlan
  let naming: SourceNaming
  /// Nothing has happened later; not looked at when `nil`.
  private let now: Timestamp?
  var memory: RecordMemory
  let identifiers = IdentifierCache()
  private var keys = KeyMemory()
  private var made = KeyMemory()
  let regexes: [String: Regex<AnyRegexOutput>]

  init(_ plan: ImportPlan, _ naming: SourceNaming, now: Timestamp?) {
    self.plan = plan
    self.naming = naming
    self.now = now
    memory = RecordMemory(slotCount: plan.slots.count)
    regexes = PatternCollector.regexes(of: plan)
  }

  /// What is known of the row that is being read.
  struct Row {
    let source: CSVRow?
    let line: Int
    var derived: [String] = []
    var tableRow: [String] = []
    var table: Int?
    var place: Int?
    var isFirst = true
    var record = ""
    var time = Timestamp(microseconds: 0)
    var actor: ActorID
    var actorName: String?
  }

  /// What a row will leave behind when it is taken.
  private struct Traces {
    var made: [TextKey] = []
    var events: [HistoryEvent] = []
    var typeCounts: [String: Int] = [:]
  }

  /// The events before the first row.
  mutating func setup() throws(RowRefusal) -> [HistoryEvent] {
    var traces = Traces()
    for rule in plan.setup {
      let rows = rule.table.map { plan.tables[$0].rows } ?? [[]]
      for tableRow in rows {
        var row = Row(source: nil, line: 0, actor: plan.actor.fallback)
        row.tableRow = tableRow
        row.table = rule.table
        let value = try requiredText(rule.key, in: row, "the id of an event before the rows")
        let id = identifier(rule.rule.record, value)
        try make(rule.rule, id: id, key: "setup", in: row, &traces)
      }
    }
    try keep(traces, line: 0)
    return traces.events
  }

  /// The events of `source`; a row that is refused leaves nothing behind.
  mutating func events(of source: CSVRow) throws(RowRefusal) -> [HistoryEvent] {
    var row = Row(source: source, line: source.line, actor: plan.actor.fallback)
    for expression in plan.derived {
      row.derived.append(try text(expression, in: row) ?? "")
    }
    let (key, rowKey) = try key(of: row)
    // A number is the row's own, refused or not: mending it must not move those behind it.
    let isNumbered = plan.key.isNumbered
    if isNumbered, let rowKey { try keys.keep(rowKey, line: row.line) }
    row.record = try recordValue(plan.subject, in: row)
    let record = TextKey(["record", row.record])
    row.place = memory.place(of: record)
    row.isFirst = row.place == nil
    row.time = try moment(.column(plan.time.column), plan.time.reading, in: row)
    var traces = Traces()
    try readActor(&row, &traces)
    for rule in plan.events where try holds(rule.condition, in: row) {
      let id = identifier(rule.record, try recordValue(rule.record, in: row))
      try make(rule, id: id, key: key, in: row, &traces)
    }
    let values = try newMemory(of: row)
    try memory.keep(values, of: record, time: row.time)
    if !isNumbered, let rowKey { try keys.keep(rowKey, line: row.line) }
    try keep(traces, line: row.line)
    return traces.events
  }

  private mutating func keep(_ traces: Traces, line: Int) throws(RowRefusal) {
    for key in traces.made { try made.keep(key, line: line) }
  }

  /// The row's name in its source, and what tells a repeat of it.
  private func key(of row: Row) throws(RowRefusal) -> (String, TextKey?) {
    switch plan.key {
    case .line: return ("line/\(row.line)", nil)
    case .columns(let columns, let repeats):
      let values = columns.map { value(of: $0, in: row) }
      let key = TextKey(values)
      let name = naming.rowKey(values)
      guard let entry = keys.entry(key) else { return (name, key) }
      switch repeats {
      case .refuse: throw .repeatedKey(firstLine: Int(entry.firstLine))
      case .number: return (name + "/\(entry.count + 1)", key)
      }
    }
  }

  private func recordValue(_ record: Int, in row: Row) throws(RowRefusal) -> String {
    let kind = plan.records[record]
    guard let expression = kind.value else {
      throw .missing(place: "the identifier of the \(kind.name)")
    }
    return try requiredText(expression, in: row, place(expression))
  }

  private func readActor(_ row: inout Row, _ traces: inout Traces) throws(RowRefusal) {
    guard let expression = plan.actor.value, let name = try text(expression, in: row) else {
      return
    }
    row.actorName = name
    row.actor = try actor(name)
    try provision(name, row.actor, in: row, &traces)
  }

  func actor(_ name: String) throws(RowRefusal) -> ActorID {
    if let known = plan.actor.known[ExactText(name)] { return known }
    let text = identifiers.identifier(-1, name) {
      naming.actorText(scope: plan.actor.scope, name: name)
    }
    guard let actor = ActorID(text) else { throw .badName(value: name, kind: "actor") }
    return actor
  }

  private func make(
    _ rule: ImportPlan.EventRule, id: String, key: String, in row: Row, _ traces: inout Traces
  ) throws(RowRefusal) {
    let type = rule.type.text
    let name: [String]
    if rule.isOnce || row.source == nil {
      name = ["once", type, id]
      let trace = TextKey(name)
      guard made.entry(trace) == nil, !traces.made.contains(trace) else { return }
      traces.made.append(trace)
    } else {
      let number = traces.typeCounts[type, default: 0] + 1
      traces.typeCounts[type] = number
      name = ["row", plan.name, key, type, String(number)]
    }
    let stream = try streamName(rule.category, id)
    var personal: SourceEvent.Personal?
    if let part = rule.personal, let data = try value(part.data, in: row) {
      var subject: StreamName?
      if let record = part.record {
        let value = try recordValue(record, in: row)
        subject = try streamName(part.category ?? "", identifier(record, value))
      }
      personal = .init(subject: subject, data: data)
    }
    let event = SourceEvent(
      key: name.joined(separator: "/"), type: rule.type, stream: stream,
      actor: try actor(of: rule, in: row), occurredAt: try time(of: rule, in: row),
      data: try value(rule.data, in: row) ?? .object([]), personal: personal,
      reasonCode: try rule.reasonCode.flatMap { e throws(RowRefusal) in try text(e, in: row) }
        ?? "")
    traces.events.append(try event.recorded(at: now))
  }

  private func actor(
    of rule: ImportPlan.EventRule, in row: Row
  ) throws(RowRefusal) -> ActorID {
    guard let expression = rule.actor else { return row.actor }
    let text = try requiredText(expression, in: row, "the event's actor")
    guard let actor = ActorID(text) else { throw .badName(value: text, kind: "actor") }
    return actor
  }

  private func time(
    of rule: ImportPlan.EventRule, in row: Row
  ) throws(RowRefusal) -> Timestamp {
    guard let expression = rule.time else { return row.time }
    let text = try requiredText(expression, in: row, "the event's time")
    guard let time = Timestamp(text) else { throw .badTime(place: "the event's time", value: text) }
    return time
  }

  /// The user record of an actor, with the name sealed, at the actor's first row.
  private func provision(
    _ name: String, _ actor: ActorID, in row: Row, _ traces: inout Traces
  ) throws(RowRefusal) {
    guard plan.actor.provisions, plan.actor.known[ExactText(name)] == nil else { return }
    let path = ["actor", plan.actor.scope, actor.text]
    let trace = TextKey(path)
    guard made.entry(trace) == nil, !traces.made.contains(trace),
      let type = EventType("UserProvisioned")
    else { return }
    traces.made.append(trace)
    let stream = try streamName("user", actor.text)
    let person = JSONValue.object([
      JSONMember("name", .object([JSONMember("full", .string(name))]))
    ])
    let event = SourceEvent(
      key: path.joined(separator: "/"), type: type, stream: stream, actor: plan.actor.fallback,
      occurredAt: row.time,
      data: .object([
        JSONMember("userId", .string(actor.text)), JSONMember("active", .boolean(true)),
      ]), personal: .init(subject: nil, data: person))
    traces.events.append(try event.recorded(at: now))
  }

  private func streamName(_ category: String, _ id: String) throws(RowRefusal) -> StreamName {
    guard let stream = StreamName("\(category)-\(id)") else {
      throw .badName(value: "\(category)-\(id)", kind: "stream")
    }
    return stream
  }

  private func newMemory(of row: Row) throws(RowRefusal) -> [(slot: Int, text: String?)] {
    var values: [(slot: Int, text: String?)] = []
    for (index, slot) in plan.slots.enumerated() {
      if let condition = slot.condition, !(try holds(condition, in: row)) { continue }
      values.append((index, try text(slot.value, in: row)))
    }
    return values
  }
}
