package import EventModel

/// Rows with their whole past: the present ones, and those that were replaced, each with the
/// positions between which it held, `[valid_from, valid_to)`.
///
/// The present row is all that projecting looks at; a replaced row is written once. People and
/// as-of queries use the view `<table>_versions` over both, where `valid_to` of a present row is
/// null.
package struct VersionTable<Row: VersionedRow> {
  package typealias Slot = RowCache<Row>.Slot
  var current = RowCache<Row>()
  var closed = RowJournal<ClosedVersion<Row>>()

  package init() {}

  /// Stores a row that begins with `event`; what another with its key was is kept.
  @discardableResult package mutating func put(
    _ row: Row, at event: ProjectedEvent
  ) throws(ProjectionFailure) -> Slot {
    var row = row
    row.start = VersionStart(event)
    guard let slot = try current.find(row.key) else { return current.put(row) }
    Self.close(&current[slot], at: event, &closed)
    current[slot] = row
    return slot
  }

  /// The present row of `key`, to be read.
  package mutating func find(_ key: Row.Key) throws(ProjectionFailure) -> Slot? {
    try current.find(key)
  }

  /// The present row of `key`, to be changed by `event`: what it was is kept.
  package mutating func revise(
    _ key: Row.Key, at event: ProjectedEvent
  ) throws(ProjectionFailure) -> Slot? {
    guard let slot = try current.find(key) else { return nil }
    Self.close(&current[slot], at: event, &closed)
    return slot
  }

  /// Ends the row of `key`, if there is one: nothing holds in its place.
  package mutating func end(_ key: Row.Key, at event: ProjectedEvent) throws(ProjectionFailure) {
    guard let slot = try current.find(key) else { return }
    Self.close(&current[slot], at: event, &closed)
    try current.remove(key)
  }

  package subscript(slot: Slot) -> Row {
    _read { yield current[slot] }
    _modify { yield &current[slot] }
  }

  /// Keeps what `row` was, and lets it begin anew; one that began with the same event never held.
  private static func close(
    _ row: inout Row, at event: ProjectedEvent, _ closed: inout RowJournal<ClosedVersion<Row>>
  ) {
    let end = VersionStart(event)
    if row.start.position < end.position { closed.append(&row, until: end) }
    row.start = end
  }
}

/// A row that holds from one event to another.
package protocol VersionedRow: TableRow {
  var start: VersionStart { get set }
}

/// The event from which a row holds.
package struct VersionStart: Hashable, Sendable {
  package var position = Position(0)
  package var recordedAt = Timestamp(microseconds: 0)
  package var occurredAt = Timestamp(microseconds: 0)
  package var actor = ""

  package init() {}

  init(_ event: ProjectedEvent) {
    position = event.position
    recordedAt = event.recordedAt
    occurredAt = event.occurredAt
    actor = event.actor
  }
}

extension RowCoder {
  /// The columns `valid_from`, its two times and who did it.
  package mutating func code(_ start: inout VersionStart) {
    code("valid_from", &start.position)
    code("valid_from_recorded_us", &start.recordedAt)
    code("valid_from_occurred_us", &start.occurredAt)
    code("valid_from_actor", &start.actor)
  }
}

/// A replaced row with the event that ended it.
package struct ClosedVersion<Row: VersionedRow>: CodedRow {
  var row = Row()
  var end = VersionStart()

  package init() {}

  package static var shape: TableShape {
    let definition = TableSQL(Row.self)
    let keys = definition.columns.prefix(Row.shape.keyColumnCount).map(\.name)
    return TableShape("\(Row.shape.name)_closed", indexes: [keys + ["valid_from"]])
  }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    Self.code(&row, &end, &coder)
  }

  /// The columns of `row`, and those of its end.
  static func code<Coder: RowCoder>(
    _ row: inout Row, _ end: inout VersionStart, _ coder: inout Coder
  ) {
    row.code(&coder)
    coder.code("valid_to", &end.position)
    coder.code("valid_to_recorded_us", &end.recordedAt)
    coder.code("valid_to_occurred_us", &end.occurredAt)
    coder.code("valid_to_actor", &end.actor)
  }

  /// The view over present and replaced rows.
  package static var view: String? {
    let table = Row.shape.name
    let names = TableSQL(Row.self).columns.map(\.name).joined(separator: ", ")
    let ends = ["valid_to", "valid_to_recorded_us", "valid_to_occurred_us", "valid_to_actor"]
    return """
      CREATE VIEW IF NOT EXISTS \(table)_versions AS
      SELECT \(names), \(ends.map { "NULL AS \($0)" }.joined(separator: ", ")) FROM \(table)
      UNION ALL SELECT \(names), \(ends.joined(separator: ", ")) FROM \(table)_closed
      """
  }
}

extension TableVisitor {
  package mutating func visit<Row>(_ rows: inout VersionTable<Row>) throws(Failure) {
    try visit(&rows.current)
    try visit(&rows.closed)
  }
}
