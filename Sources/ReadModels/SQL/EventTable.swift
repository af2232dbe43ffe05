internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema
internal import SwiftProtobuf

/// The log as a table, for people's SQL: a row an event, sealed sections unopened.
///
/// Nothing is copied beforehand: a page of events is read when the statement comes to it, and
/// what a statement says of position, stream, type, category, actor and tag is asked of the
/// log's indexes.
final class EventTable: Sendable {
  private let log: EventLog

  init(_ log: EventLog) { self.log = log }

  enum Column: Int32, CaseIterable {
    case position, recordedMicroseconds, occurredMicroseconds, recordedAt, occurredAt, stream
    case category, recordID, revision, type, eventID, actor, onBehalfOf, correlationID
    case causationID, tags, metadata, payload
    /// Only to be compared with: `WHERE tag = 'account:acc_1'`.
    case tag

    var definition: String {
      switch self {
      case .position: "position INTEGER"
      case .recordedMicroseconds: "recorded_us INTEGER"
      case .occurredMicroseconds: "occurred_us INTEGER"
      case .recordedAt: "recorded_at TEXT"
      case .occurredAt: "occurred_at TEXT"
      case .stream: "stream TEXT"
      case .category: "category TEXT"
      case .recordID: "record_id TEXT"
      case .revision: "revision INTEGER"
      case .type: "type TEXT"
      case .eventID: "event_id TEXT"
      case .actor: "actor TEXT"
      case .onBehalfOf: "on_behalf_of TEXT"
      case .correlationID: "correlation_id TEXT"
      case .causationID: "causation_id TEXT"
      case .tags: "tags TEXT"
      case .metadata: "metadata TEXT"
      case .payload: "payload TEXT"
      case .tag: "tag TEXT HIDDEN"
      }
    }
  }

  static let declaration =
    "CREATE TABLE events (\(Column.allCases.map(\.definition).joined(separator: ", ")))"

  func events(_ selection: EventSelection) throws(LMDBError) -> [RecordedEvent] {
    try log.events(selection)
  }
}

/// What a statement's conditions leave to be read, in the order in which their values come.
enum EventCondition: Int32, CaseIterable {
  case positionIs, positionFrom, positionAbove, positionThrough, positionBelow
  case type, stream, category, actor, tag

  var column: EventTable.Column {
    switch self {
    case .positionIs, .positionFrom, .positionAbove, .positionThrough, .positionBelow: .position
    case .type: .type
    case .stream: .stream
    case .category: .category
    case .actor: .actor
    case .tag: .tag
    }
  }

  /// The mark of the condition in a plan.
  var mark: Int32 { 1 << rawValue }

  /// About how many events are looked at.
  var cost: Double {
    switch self {
    case .positionIs: 1
    case .stream, .tag: 100
    case .actor: 10_000
    case .type, .category, .positionFrom, .positionAbove, .positionThrough, .positionBelow: 100_000
    }
  }

  /// The mark of a plan that goes from the last event to the first.
  static let backwards: Int32 = 1 << 30
  static let wholeLogCost: Double = 10_000_000
}

/// A reader of the table: a page of events at a time.
final class EventTableCursor {
  private static let pageSize = 256
  private let table: EventTable
  private var selection = EventSelection()
  private var page: [RecordedEvent] = []
  private var index = 0
  private var isLastPage = true
  private var tag: String?

  init(_ table: EventTable) { self.table = table }

  var event: RecordedEvent? { index < page.count ? page[index] : nil }

  /// Begins a scan by `plan`, whose conditions have `values` in the order of their marks.
  func start(plan: Int32, _ values: [SQLValue]) throws(LMDBError) {
    selection = EventSelection(
      direction: plan & EventCondition.backwards == 0 ? .forwards : .backwards,
      limit: Self.pageSize)
    tag = nil
    page = []
    index = 0
    isLastPage = false
    var range = PositionRange()
    var item = EventQuery.Item()
    var rest = values[...]
    for condition in EventCondition.allCases where plan & condition.mark != 0 {
      let value = rest.popFirst() ?? .null
      if !apply(condition, value, &range, &item) { isLastPage = true }
    }
    guard !isLastPage, let low = range.low, range.high.map({ low <= $0 }) ?? true else {
      isLastPage = true
      return
    }
    let isForwards = selection.direction == .forwards
    selection.query = item == EventQuery.Item() ? .everything : EventQuery([item])
    selection.from = isForwards ? Position(low) : range.high.map { Position($0) }
    selection.through = isForwards ? range.high.map { Position($0) } : Position(low)
    try readPage()
  }

  func advance() throws(LMDBError) {
    index += 1
    if index == page.count, !isLastPage { try readPage() }
  }

  private func readPage() throws(LMDBError) {
    page = try table.events(selection)
    index = 0
    isLastPage = page.count < Self.pageSize
    guard let last = page.last?.position else { return }
    if selection.direction == .forwards {
      selection.from = last.next
    } else if last.rawValue == 0 {
      isLastPage = true
    } else {
      selection.from = Position(last.rawValue - 1)
    }
  }

  /// Narrows what is read; `false` when nothing can match.
  private func apply(
    _ condition: EventCondition, _ value: SQLValue, _ range: inout PositionRange,
    _ item: inout EventQuery.Item
  ) -> Bool {
    switch (condition, value) {
    case (.positionIs, .integer(let number)):
      range.raise(to: number)
      return range.lower(to: number)
    case (.positionFrom, .integer(let number)): return range.raise(to: number)
    case (.positionAbove, .integer(let number)):
      return number < .max && range.raise(to: number + 1)
    case (.positionThrough, .integer(let number)): return range.lower(to: number)
    case (.positionBelow, .integer(let number)):
      return number > .min && range.lower(to: number - 1)
    case (.type, .text(let text)):
      item.types = EventType(text).map { [$0] } ?? []
      return !item.types.isEmpty
    case (.stream, .text(let text)):
      item.streams = StreamName(text).map { [$0] } ?? []
      return !item.streams.isEmpty
    case (.category, .text(let text)):
      item.categories = [text]
      return true
    case (.actor, .text(let text)):
      item.actors = ActorID(text).map { [$0] } ?? []
      return !item.actors.isEmpty
    case (.tag, .text(let text)):
      item.tags = Tag(text).map { [$0] } ?? []
      tag = text
      return !item.tags.isEmpty
    default:
      // Another kind of value equals no name; of positions SQLite compares such itself.
      return condition.column == .position
    }
  }

  func value(of column: EventTable.Column) -> SQLValue {
    guard let event else { return .null }
    if column == .tag { return tag.map { .text($0) } ?? .null }
    return event.value(of: column)
  }
}

/// Positions from `low` to `high`, both included.
private struct PositionRange {
  var low: UInt64? = 0
  var high: UInt64?

  @discardableResult mutating func raise(to number: Int64) -> Bool {
    low = low.map { max($0, UInt64(max(0, number))) }
    return true
  }

  mutating func lower(to number: Int64) -> Bool {
    guard number >= 0 else { return false }
    high = min(high ?? .max, UInt64(number))
    return true
  }
}
