internal import Console
internal import Foundation
internal import Service

/// Prints answers: cards and tables for people, stable JSON and CSV for scripts.
enum Screen {
  static func print(_ answer: Answer, as format: OutputFormat) throws {
    switch format {
    case .table: return printForPeople(answer)
    case .json: Printing.output(json(answer).pretty + "\n")
    case .csv: try printTable(answer)
    }
    // Nobody takes a part for the whole.
    if answer.isCut { answer.notes.forEach(Printing.note) }
  }

  /// One fact alone, as it is: for files that other tools read.
  static func printText(_ answer: Answer, _ name: String) {
    for fact in answer.facts where fact.name == name {
      guard case .text(let text) = fact.value else { continue }
      Printing.output(text.hasSuffix("\n") ? text : text + "\n")
    }
  }

  /// The funnel's stages as a drawing.
  static func printFunnel(_ answer: Answer) throws {
    guard let table = answer.tables.first(where: { $0.name == "stages" }),
      let label = table.columns.firstIndex(where: { $0.name == "stage" }),
      let reached = table.columns.firstIndex(where: { $0.name == "reached" })
    else { return }
    var bars: [BarChart.Bar] = []
    var first: Int64?
    for row in table.rows {
      guard case .integer(let count) = row[reached] else { continue }
      first = first ?? count
      let share = Percentage.text(count, of: first ?? 0)
      bars.append(.init(cell(row[label], zone: nil).display, count, note: share))
    }
    Printing.output("\n" + BarChart(.funnel, bars).rendered(on: .of(.standardOutput)))
  }

  private static func printForPeople(_ given: Answer) {
    let answer = named(given)
    let terminal = Terminal.of(.standardOutput)
    let zone = answer.timeZone.flatMap(TimeZone.init(identifier:))
    var parts: [String] = []
    if !answer.facts.isEmpty || answer.tables.isEmpty {
      let entries = answer.facts.map {
        Card.Entry($0.name, title: $0.label, cell($0.value, zone: zone))
      }
      parts.append(Card(answer.title, entries).rendered(as: .table, on: terminal))
    } else {
      parts.append(terminal.styled(DisplayText.escaped(answer.title), .bold) + "\n")
    }
    for table in answer.tables {
      let heading =
        table.label.isEmpty
        ? "" : terminal.styled(DisplayText.escaped(table.label), .bold) + "\n"
      parts.append(heading + shown(table, zone: zone).rendered(as: .table, on: terminal))
    }
    for note in answer.notes { parts.append(DisplayText.escaped(note) + "\n") }
    Printing.output(parts.joined(separator: "\n"))
  }

  /// The answer with names for identifiers, and a note of who is who.
  private static func named(_ given: Answer) -> Answer {
    guard !given.people.isEmpty else { return given }
    var answer = given
    answer.facts = given.facts.map { .init($0.name, $0.label, named($0.value, given.people)) }
    answer.tables = given.tables.map { table in
      var table = table
      table.rows = table.rows.map { row in row.map { named($0, given.people) } }
      return table
    }
    let people = given.people.sorted { $0.key < $1.key }.map { "\($0.value) is \($0.key)" }
    answer.notes.append(people.joined(separator: "; ") + ".")
    return answer
  }

  private static func named(_ value: Value, _ people: [String: String]) -> Value {
    switch value {
    case .text(let text): .text(UserMention.replaced(in: text, by: people))
    case .list(let values): .list(values.map { named($0, people) })
    case .none, .integer, .decimal, .flag, .money, .time, .erased, .hidden: value
    }
  }

  private static func printTable(_ answer: Answer) throws {
    let zone: TimeZone? = nil
    switch answer.tables.count {
    case 0:
      let entries = answer.facts.map { Card.Entry($0.name, cell($0.value, zone: zone)) }
      Printing.output(Card(answer.title, entries).rendered(as: .csv))
    case 1:
      Printing.output(shown(answer.tables[0], zone: zone).rendered(as: .csv))
    default:
      throw ServiceError(
        .usage, code: "VALIDATION.FORMAT",
        "This answer has \(answer.tables.count) tables and CSV holds one: use --format json.")
    }
  }

  private static func shown(_ table: Answer.Table, zone: TimeZone?) -> Table {
    let columns = table.columns.enumerated().map { index, column in
      let isNumber = table.rows.contains { cell($0[index], zone: zone).isNumeric }
      return Column(
        column.name, title: column.label, alignment: isNumber ? .trailing : .leading)
    }
    return Table(columns, rows: table.rows.map { row in row.map { cell($0, zone: zone) } })
  }
}

/// Answers as JSON: facts and tables are members by their names.
extension Screen {
  private static func json(_ answer: Answer) -> JSONValue {
    var members = answer.facts.map { JSONMember($0.name, json($0.value)) }
    for table in answer.tables {
      let rows = table.rows.map { row in
        JSONValue.object(zip(table.columns, row).map { JSONMember($0.name, json($1)) })
      }
      members.append(JSONMember(table.name, .array(rows)))
    }
    if answer.isCut { members.append(JSONMember("more", .boolean(true))) }
    return .object(members)
  }

  private static func json(_ value: Value) -> JSONValue {
    switch value {
    case .none: .null
    case .text(let text), .decimal(let text): .string(text)
    case .integer(let number): .integer(number)
    case .flag(let flag): .boolean(flag)
    case .money(let minor, let currency):
      .object([
        JSONMember("amountMinor", .number(String(minor))),
        JSONMember("currency", .string(currency)),
      ])
    case .time(let microseconds): .string(TimeText.universal(microseconds))
    case .erased(let position):
      .object([JSONMember("erased", position.map { .integer($0) } ?? .boolean(true))])
    case .hidden: .object([JSONMember("hidden", .boolean(true))])
    case .list(let values): .array(values.map(json))
    }
  }

  private static func cell(_ value: Value, zone: TimeZone?) -> Cell {
    switch value {
    case .none: .missing
    case .text(let text): .text(text)
    case .integer(let number): .integer(number)
    case .decimal(let text): .decimal(text)
    case .flag(let flag): .boolean(flag)
    case .money(let minor, let currency):
      .text(
        DecimalText.grouped(
          DecimalText.text(minor, fractionDigits: CurrencyDigits.count(of: currency))) + " "
          + currency)
    case .time(let microseconds):
      .text(zone.map { TimeText.local(microseconds, in: $0) } ?? TimeText.universal(microseconds))
    case .erased: .text("(erased)")
    case .hidden: .text("(hidden)")
    case .list([]): .missing
    case .list(let values):
      .text(values.map { cell($0, zone: zone).display }.joined(separator: ", "))
    }
  }
}

extension Cell {
  fileprivate var isNumeric: Bool {
    switch self {
    case .integer, .decimal: true
    case .text, .boolean, .json, .missing: false
    }
  }
}

/// A progress line on the terminal, silent elsewhere; for scripts that ask for JSON, a line of JSON
/// a second on standard error.
final class ProgressReport {
  private var line = ProgressLine()
  private var pace = ProgressPace()
  private let quiet: Bool
  private let isJSON: Bool
  private var shown: ContinuousClock.Instant?

  init(quiet: Bool, format: OutputFormat = .table) {
    self.quiet = quiet
    isJSON = format == .json
  }

  func report(_ progress: Service.Progress) {
    guard !quiet else { return }
    let now = ContinuousClock.now
    pace.note(progress.label, done: progress.done, at: now)
    if isJSON { return reportJSON(progress, at: now) }
    line.update(
      ProgressText(progress.label, unit: progress.unit), done: progress.done,
      total: progress.total, pace: pace, at: now)
  }

  func finish() { line.finish() }

  private func reportJSON(_ progress: Service.Progress, at now: ContinuousClock.Instant) {
    let isDone = progress.done == progress.total
    if let shown, !isDone, shown.duration(to: now) < .seconds(1) { return }
    shown = now
    let milliseconds = Int64(pace.milliseconds(at: now))
    let rate = milliseconds > 0 ? Int64(progress.done - pace.before) * 1000 / milliseconds : 0
    let left = progress.total.map { Int64(max(0, $0 - progress.done)) }
    let object = JSONValue.object([
      JSONMember("work", .string(progress.label)), JSONMember("unit", .string(progress.unit)),
      JSONMember("done", .integer(Int64(progress.done))),
      JSONMember("total", progress.total.map { .integer(Int64($0)) } ?? .null),
      JSONMember("perSecond", rate > 0 ? .integer(rate) : .null),
      JSONMember(
        "secondsLeft", left.map { rate > 0 ? .integer(($0 + rate - 1) / rate) : .null } ?? .null),
    ])
    Printing.note(object.compact)
  }
}
