/// A row as an event left it.
struct RowChange: Hashable {
  let table: String
  /// In the order of the table's columns, without a journal's number.
  let values: [SQLValue]
  /// The event took it away.
  let isRemoved: Bool
}

/// A model in memory whose changes are looked at one event at a time; nothing is written.
protocol InspectedModel: AnyObject {
  func apply(_ event: ProjectedEvent) throws(ProjectionFailure)
  /// What changed since the last call.
  func changes() -> [RowChange]
  /// Forgets what changed since the last call, but for the rows themselves.
  func forgetChanges()
  /// How many rows the model has, and how many bytes their values take.
  func size() -> ModelSize
}

/// How much a model holds.
package struct ModelSize: Hashable, Sendable {
  package var rows: UInt64 = 0
  package var bytes: UInt64 = 0

  package init() {}
}

/// The one kind of inspected model: a projector with its tables.
final class Inspection<P: Projector>: InspectedModel {
  private var tables = P.Tables()
  private var anomalies = RowJournal<AnomalyRow>()
  /// Of rows that are written once, which are not kept.
  private var written = ModelSize()

  func apply(_ event: ProjectedEvent) throws(ProjectionFailure) {
    do throws(ProjectionFailure) {
      try P.apply(event, to: &tables)
    } catch {
      guard case .misplaced(let cause) = error else { throw error }
      anomalies.append(AnomalyRow(position: event.position, type: event.type, cause: cause))
    }
  }

  func changes() -> [RowChange] {
    var drain = ChangeDrain()
    tables.visit(&drain)
    drain.visit(&anomalies)
    return drain.changes
  }

  func forgetChanges() {
    var drain = ChangeSizer(size: written)
    tables.visit(&drain)
    drain.visit(&anomalies)
    written = drain.size
  }

  func size() -> ModelSize {
    var sizer = RowSizer(size: written)
    tables.visit(&sizer)
    return sizer.size
  }
}

/// Takes the changes of all tables.
private struct ChangeDrain: TableVisitor {
  private(set) var changes: [RowChange] = []

  mutating func visit<Row>(_ rows: inout RowCache<Row>) throws(Never) {
    let table = Row.shape.name
    rows.drain { row, isRemoved in
      changes.append(
        RowChange(table: table, values: ValueCollector.values(of: row), isRemoved: isRemoved))
    }
  }

  mutating func visit<Row>(_ rows: inout RowJournal<Row>) throws(Never) {
    let table = Row.shape.name
    rows.drain { row in
      changes.append(
        RowChange(table: table, values: ValueCollector.values(of: row), isRemoved: false))
    }
  }
}

/// Lets the changes go and adds up the rows that are not kept.
private struct ChangeSizer: TableVisitor {
  var size: ModelSize

  mutating func visit<Row>(_ rows: inout RowCache<Row>) throws(Never) {
    rows.drain { _, _ in }
  }

  mutating func visit<Row>(_ rows: inout RowJournal<Row>) throws(Never) {
    rows.drain { row in size.add(row) }
  }
}

/// Adds up the rows that are kept.
private struct RowSizer: TableVisitor {
  var size: ModelSize

  mutating func visit<Row>(_ rows: inout RowCache<Row>) throws(Never) {
    rows.forEachRow { size.add($0) }
  }

  mutating func visit<Row>(_ rows: inout RowJournal<Row>) throws(Never) {}
}

extension ModelSize {
  fileprivate mutating func add(_ row: some CodedRow) {
    rows += 1
    for value in ValueCollector.values(of: row) {
      switch value {
      case .null: bytes += 1
      case .integer, .real: bytes += 5
      case .text(let text): bytes += UInt64(text.utf8.count) + 2
      case .blob(let blob): bytes += UInt64(blob.count) + 2
      }
    }
  }
}

/// Gathers a row's values as SQLite would have them.
struct ValueCollector: RowCoder {
  private(set) var values: [SQLValue] = []

  static func values(of row: some CodedRow) -> [SQLValue] {
    var collector = ValueCollector()
    var row = row
    row.code(&collector)
    return collector.values
  }

  mutating func code(_ column: StaticString, _ value: inout Int64) {
    values.append(.integer(value))
  }

  mutating func code(_ column: StaticString, _ value: inout Int64?) {
    values.append(value.map { .integer($0) } ?? .null)
  }

  mutating func code(_ column: StaticString, _ value: inout String) { values.append(.text(value)) }

  mutating func code(_ column: StaticString, _ value: inout String?) {
    values.append(value.map { .text($0) } ?? .null)
  }
}
