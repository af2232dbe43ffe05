internal import EventModel

/// A row that differs, followed through the log.
final class RowTrace {
  let kind: ModelDifferences.Kind
  let example: ModelDifferences.Example
  /// The places of the columns that differ, and what the old build has there; all of a row that
  /// is in one build only.
  private let expected: [(index: Int, value: SQLValue)]
  /// What the old build says in text, which an event may say too.
  private let oldTexts: [String]
  /// The first text of the key: most often the record's identifier.
  let record: String

  /// What the rows are now.
  private var newRow: [SQLValue]?
  private var oldRow: [SQLValue]?
  private var left: EventMark?
  private var apart: EventMark?
  private var said: EventMark?
  private var lastWrite: EventMark?
  private var first: EventMark?
  private var steps: [(mark: EventMark, values: [ModelDifferences.Cell])] = []

  /// An event, as much of it as is told.
  struct EventMark: Hashable {
    let position: Position
    let event: EventID
    let type: String
    let stream: String

    init(_ event: ProjectedEvent) {
      position = event.position
      self.event = event.eventID
      type = event.type
      stream = "\(event.category)-\(event.recordID)"
    }
  }

  init(
    _ kind: ModelDifferences.Kind, _ example: ModelDifferences.Example, columns: [String]
  ) {
    self.kind = kind
    self.example = example
    let side = kind.change == .changed ? example.old : []
    expected = side.compactMap { cell in
      columns.firstIndex(of: cell.column).map { ($0, cell.value) }
    }
    oldTexts = example.old.compactMap { cell in
      guard case .text(let text) = cell.value, text.utf8.count > 1 else { return nil }
      return text
    }
    record =
      example.key.lazy.compactMap { cell -> String? in
        guard case .text(let text) = cell.value else { return nil }
        return text
      }.first ?? ""
  }

  /// Notes an event of the row's record, whether or not it changed the row.
  func see(_ event: ProjectedEvent, says: (String) -> Bool) {
    if first == nil { first = EventMark(event) }
    if said == nil, kind.change == .changed, oldTexts.contains(where: says) {
      said = EventMark(event)
    }
  }

  /// The new projector made this of the row; `nil` when it took the row away.
  func write(_ values: [SQLValue]?, by event: ProjectedEvent, _ columns: [String]) {
    let before = newRow
    newRow = values
    let changed = columns.indices.filter { before?[$0] != values?[$0] }
    let mark = EventMark(event)
    steps.append(
      (
        mark,
        changed.map { .init(column: columns[$0], value: values?[$0] ?? .null) }
      ))
    if steps.count > 4 * DifferenceCause.stepLimit { steps.removeFirst() }
    let had = holdsExpected(before)
    if holdsExpected(values) { left = nil } else if had { left = mark }
    if values == nil || expected.isEmpty || expected.contains(where: { changed.contains($0.index) })
    {
      lastWrite = mark
    }
  }

  /// Both projectors' rows after `event`, where they have the same columns; `nil` for no row.
  func compare(old: [SQLValue]??, new: [SQLValue]??, after event: ProjectedEvent) {
    if let old { oldRow = old }
    if let new { newRowBeside = new }
    let isApart = oldRow != newRowBeside
    if !isApart { apart = nil } else if apart == nil { apart = EventMark(event) }
  }
  private var newRowBeside: [SQLValue]?

  private func holdsExpected(_ row: [SQLValue]?) -> Bool {
    guard let row, !expected.isEmpty else { return false }
    return expected.allSatisfy { row[$0.index] == $0.value }
  }

  /// Where the row itself says which event wrote it.
  var namedPosition: Position? { example.namedPosition.map { Position($0) } }

  /// The event, by the best that is known; `nil` when the log has none.
  func cause(named: EventMark?) -> DifferenceCause? {
    let candidates: [(EventMark?, DifferenceCause.Basis)] = [
      (apart, .bothProjectors), (named, .namedByRow), (left, .oldValueLeft),
      (said, .saysOldValue), (lastWrite, .lastWrite), (first, .recordBegins),
    ]
    guard
      let (mark, basis) = candidates.lazy.compactMap({ mark, basis in mark.map { ($0, basis) } })
        .first
    else { return nil }
    let way = steps.filter { $0.mark.position >= mark.position }
      .prefix(DifferenceCause.stepLimit)
      .map {
        DifferenceCause.Step(position: $0.mark.position, type: $0.mark.type, values: $0.values)
      }
    return DifferenceCause(
      kind: kind, position: mark.position, event: mark.event, type: mark.type,
      stream: mark.stream, basis: basis, key: example.key, way: way)
  }
}
