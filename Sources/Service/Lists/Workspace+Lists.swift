internal import Audit
internal import CRM
internal import EventLog
internal import EventModel
internal import Foundation
internal import ReadModels
internal import Schema

/// Records of a kind, a page at a time.
extension Workspace {
  /// The greatest number of rows of a page.
  public static let pageLimit = 500

  /// One page of the records that the principal may list.
  ///
  /// Pages of kinds with a past, and all pages of the past, are as of the position of the first one,
  /// so that nothing is skipped or repeated while others write. Leads and tickets as they are now go
  /// on behind the last row by their order.
  ///
  /// - Throws: ``ServiceError`` `VALIDATION.FILTER`, `VALIDATION.SORT`, `VALIDATION.FIELD` and
  ///   `VALIDATION.CURSOR` for what the kind doesn't have.
  public func list(_ request: ListRequest) throws(ServiceError) -> ListPage {
    try requireCRM()
    guard (1...Self.pageLimit).contains(request.limit) else {
      throw ServiceError(
        .usage, code: "VALIDATION.LIMIT", "A page has 1 to \(Self.pageLimit) rows.")
    }
    guard let table = Self.table(of: request.kind) else { return try listFromLog(request) }
    let gate = try gate()
    let plan = try ListPlan(request, table, gate)
    return try page(plan, request, table, gate)
  }

  /// The selected rows; of a table without intervals those of the past are built when asked for.
  private func rows(
    of table: ListedTable, _ selection: RowSelection, asOf moment: AsOf
  ) throws(ServiceError) -> ReadModels.Answer<[[SQLValue]]> {
    guard !table.isVersioned, case .position(let position) = moment else {
      return try asking { reader throws(QueryError) in
        try reader.list(table, selection, asOf: moment)
      }
    }
    guard position.rawValue < log.size else { throw .notThere(position.rawValue, size: log.size) }
    let skips: Set<ModelSkip>
    do throws(ModelError) { skips = try Self.skips(in: log) } catch { throw ServiceError(error) }
    let reader = try pastModels.reader(
      table.model, of: log, through: position, skips: skips, clock: clock, random: random)
    do throws(QueryError) {
      return try reader.list(table, selection, asOf: .latest)
    } catch { throw ServiceError(error) }
  }

  private static func table(of kind: String) -> ListedTable? {
    switch kind {
    case "account": .accounts
    case "contact": .contacts
    case "lead": .leads
    case "opportunity": .opportunities
    case "ticket": .tickets
    case "ownership": .ownership
    default: nil
    }
  }

  private func page(
    _ plan: ListPlan, _ request: ListRequest, _ table: ListedTable, _ gate: AccessGate
  ) throws(ServiceError) -> ListPage {
    let cursor = try request.cursor.map { text throws(ServiceError) in
      try ListCursor(text, question: plan.question, kinds: plan.selection.order.map(\.column))
    }
    var selection = plan.selection
    selection.after = cursor?.values
    selection.limit = request.limit + 1
    var moment = AsOf.latest
    if let position = cursor?.position {
      moment = .position(Position(position))
    } else if request.view != .now {
      moment = try modelMoment(try self.moment(request.view, in: try timeZone()))
    }
    let wanted = selection
    let asked = moment
    let found = try rows(of: table, wanted, asOf: asked)
    let isMore = found.value.count > request.limit
    // Without intervals and without a moment a list goes on behind its last row.
    let position = table.isVersioned || asked != .latest ? found.asOfPosition?.rawValue : nil
    let rows = try plan.rows(found.value.prefix(request.limit), gate)
    let next =
      isMore
      ? ListCursor(
        question: plan.question, position: position,
        values: plan.place(of: found.value[request.limit - 1])
      ).text : nil
    try gate.record(
      .listed(
        type: request.kind, path: "list", records: rows.records, classes: [],
        results: rows.values.count))
    return ListPage(
      answer: Answer(
        "List of \(request.kind)",
        facts: [
          .init(
            "asOfPosition", "As of position",
            found.asOfPosition.map { .integer(Int64($0.rawValue)) } ?? .none)
        ],
        tables: [
          .init(
            "items", "", columns: plan.shown.map { .init($0.name, $0.name) }, rows: rows.values)
        ]), next: next)
  }
}

/// What a request asks of its table, checked against what the principal may use.
struct ListPlan {
  let fields: [ListField]
  let shown: [ListField]
  let selection: RowSelection
  let type: ObjectType.Code?
  private let keyCount: Int

  /// What a cursor must have been made for.
  let question: String

  init(_ request: ListRequest, _ table: ListedTable, _ gate: AccessGate) throws(ServiceError) {
    let type = ObjectType.Code.allCases.first { $0.streamCategory == request.kind }
    self.type = type
    let all = table.columns.map(ListField.init)
    let usable = all.filter { field in
      guard let type else { return gate.isUnrestricted }
      return gate.evaluator.mayUse(gate.user, field.ruledAs, of: type)
    }
    func field(_ name: Substring, _ code: String) throws(ServiceError) -> ListField {
      guard let found = all.first(where: { $0.name == name }) else {
        throw ServiceError(
          .usage, code: code,
          "A list of \(request.kind) has no field “\(name.prefix(40))”: it has "
            + "\(all.map(\.name).joined(separator: ", ")).")
      }
      guard usable.contains(where: { $0.name == name }) else {
        throw try gate.denied("list", nil, "the field \(found.name) is hidden from them")
      }
      return found
    }
    keyCount = table.keys.count
    shown =
      request.fields.isEmpty
      ? usable
      : try request.fields.map { name throws(ServiceError) in
        try field(name[...], "VALIDATION.FIELD")
      }
    var order: [RowSelection.Order] = []
    for entry in request.sort.prefix(3) {
      let isDescending = entry.hasPrefix("-")
      let found = try field(entry.dropFirst(isDescending ? 1 : 0), "VALIDATION.SORT")
      order.append(.init(found.column, isDescending: isDescending))
    }
    let keys = table.keys.compactMap { key in table.columns.first { $0.name == key } }
    for key in keys where !order.contains(where: { $0.column == key }) {
      order.append(.init(key, isDescending: false))
    }
    var selected = keys
    for column in shown.map(\.column) + order.map(\.column) where !selected.contains(column) {
      selected.append(column)
    }
    fields = selected.map(ListField.init)
    var selection = RowSelection(columns: selected, order: order, limit: request.limit)
    for filter in request.filters {
      let parts = filter.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, let comparison = Self.comparisons[String(parts[1])] else {
        throw ServiceError(
          .usage, code: "VALIDATION.FILTER",
          "A filter is field:comparison:value with eq, ne, lt, le, gt or ge, such as "
            + "status:eq:active.")
      }
      let found = try field(parts[0], "VALIDATION.FILTER")
      selection.conditions.append(
        .init(found.column, comparison, try found.comparand(String(parts[2]))))
    }
    if let type, table.columns.contains(where: { $0.name == "owner_id" }) {
      selection.owners = try gate.listableOwners(of: type, path: "list")
    }
    self.selection = selection
    let asked = [request.kind] + request.filters + ["/"] + request.sort + ["\(request.view)"]
    question = String(
      Digest.sha256(Array(asked.joined(separator: "\n").utf8)).hex.prefix(16))
  }

  private static let comparisons: [String: RowSelection.Comparison] = [
    "eq": .equal, "ne": .notEqual, "lt": .less, "le": .lessOrEqual, "gt": .greater,
    "ge": .greaterOrEqual,
  ]

  /// The order's values of a row.
  func place(of row: [SQLValue]) -> [SQLValue] {
    selection.order.map { entry in
      guard let index = selection.columns.firstIndex(of: entry.column) else {
        preconditionFailure("the order's columns are selected")
      }
      return row[index] == .null ? entry.column.lowest : row[index]
    }
  }

  /// Rows as the principal may see them: those of records that it may list, and of each the fields
  /// that it may have.
  func rows(
    _ rows: ArraySlice<[SQLValue]>, _ gate: AccessGate
  ) throws(ServiceError) -> (values: [[Value]], records: [String]) {
    var values: [[Value]] = []
    var records: [String] = []
    for row in rows {
      guard let key = key(of: row) else { continue }
      guard let facts = try gate.knownFacts(key), gate.evaluator.may(gate.user, .list, on: facts)
      else { continue }
      records.append("\(key)")
      values.append(
        shown.map { field in
          guard let index = selection.columns.firstIndex(of: field.column),
            gate.evaluator.delivery(gate.user, of: field.ruledAs, facts, on: .show) == .value
          else { return .hidden }
          return field.value(row[index])
        })
    }
    return (values, records)
  }

  /// The record that a row is of: by its one key, or by type and identifier.
  private func key(of row: [SQLValue]) -> RecordKey? {
    let keys = row.prefix(keyCount).map { value -> String in
      if case .text(let text) = value { text } else { "" }
    }
    if let type, keys.count == 1 { return RecordKey(type, keys[0]) }
    return keys.count == 2 ? RecordKey(text: "\(keys[0]):\(keys[1])") : nil
  }
}
