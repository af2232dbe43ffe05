internal import Commands
internal import EventModel

/// A source file with what turns its rows into events: read from its beginning to its end.
struct ImportSource {
  private enum Rows {
    case table(CSVTableReader, RowInterpreter)
    case lines(JSONLinesReader, EventLines)
  }

  /// What one row makes.
  enum Step {
    /// Line 0 stands for what comes before the rows.
    case events(line: Int, [HistoryEvent])
    case refused(line: Int, RowRefusal)
  }

  private var rows: Rows
  /// Where keys are unique.
  let name: String
  /// Columns whose different values are counted.
  private let profile: [Int?]
  private var seen: [Set<TextKey>] = []
  private var hasBegun = false

  init(table: CSVTableReader, plan: ImportPlan, naming: SourceNaming, now: Timestamp?) {
    rows = .table(table, RowInterpreter(plan, naming, now: now))
    name = plan.source
    profile = plan.profile
    seen = plan.profile.map { _ in [] }
  }

  init(lines: JSONLinesReader, name: String, now: Timestamp?) {
    rows = .lines(lines, EventLines(now: now))
    self.name = name
    profile = []
  }

  var progress: (done: Int, total: Int) {
    switch rows {
    case .table(let reader, _): reader.progress
    case .lines(let reader, _): reader.progress
    }
  }

  /// SHA-256 of the file, once it is read to its end.
  var digest: Digest {
    switch rows {
    case .table(let reader, _): reader.digest
    case .lines(let reader, _): reader.digest
    }
  }

  /// Rows that could be read, whether or not they made events.
  private(set) var readCount = 0
  /// How many different values the profiled columns had so far.
  var distinctCounts: [Int] { seen.map(\.count) }

  /// What the next row makes, `nil` at the end.
  ///
  /// The first step comes before the rows.
  mutating func next() throws(SourceFault) -> Step? {
    switch rows {
    case .table(var reader, var interpreter):
      // The copies would otherwise share storage with what they are written back to.
      rows = .lines(JSONLinesReader(ByteFeed([])), EventLines(now: nil))
      defer { rows = .table(reader, interpreter) }
      if !hasBegun {
        hasBegun = true
        return Self.attempt(line: 0) { () throws(RowRefusal) in try interpreter.setup() }
      }
      switch try reader.next() {
      case nil: return nil
      case .refused(let line, let refusal): return .refused(line: line, .csv(refusal))
      case .row(let row):
        note(row)
        return Self.attempt(line: row.line) { () throws(RowRefusal) in
          try interpreter.events(of: row)
        }
      }
    case .lines(var reader, var events):
      rows = .lines(JSONLinesReader(ByteFeed([])), EventLines(now: nil))
      defer { rows = .lines(reader, events) }
      switch try reader.next() {
      case nil: return nil
      case .refused(let line, let refusal): return .refused(line: line, .json(refusal))
      case .object(let line, let value):
        return Self.attempt(line: line) { () throws(RowRefusal) in
          [try events.event(value, line: line)]
        }
      }
    }
  }

  private static func attempt(
    line: Int, _ body: () throws(RowRefusal) -> [HistoryEvent]
  ) -> Step {
    do throws(RowRefusal) { return .events(line: line, try body()) } catch {
      return .refused(line: line, error)
    }
  }

  private mutating func note(_ row: CSVRow) {
    readCount += 1
    for (index, column) in profile.enumerated() where seen[index].count < KeyMemory.limit {
      seen[index].insert(TextKey(column.map { [row[$0]] } ?? row.fields))
    }
  }
}
