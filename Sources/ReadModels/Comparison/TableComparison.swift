internal import GRDB

/// Compares one table of two files, row by row in the order of its key.
struct TableComparison {
  let old: TableOnFile
  let new: TableOnFile
  private(set) var oldRows: UInt64 = 0
  private(set) var newRows: UInt64 = 0
  private var found: [ModelDifferences.Kind: ModelDifferences.Found] = [:]
  private var oldSums: [SumKey: Int128] = [:]
  private var newSums: [SumKey: Int128] = [:]

  /// The columns in both, the key's first.
  private let common: [String]
  private let keyCount: Int
  private let summed: [(index: Int, column: String)]
  private let currency: Int?

  private struct SumKey: Hashable {
    let column: String
    let currency: String
  }

  init(_ old: TableOnFile, _ new: TableOnFile) {
    self.old = old
    self.new = new
    let others = old.columns.filter { !old.key.contains($0) && new.columns.contains($0) }
    let common = old.key + others
    self.common = common
    keyCount = old.key.count
    summed = common.enumerated().filter { new.isSummed($1) && old.isSummed($1) }
      .map { ($0, $1) }
    currency = common.firstIndex(of: "currency")
  }

  /// Notes how the tables themselves differ; `false` when their rows can't be compared.
  mutating func compareShapes() -> Bool {
    guard Set(old.key) == Set(new.key) else {
      note(.rekeyed, [], nil)
      return false
    }
    for column in new.columns where !old.columns.contains(column) { note(.added, [column], nil) }
    for column in old.columns where !new.columns.contains(column) {
      note(.removed, [column], nil)
    }
    return true
  }

  /// Walks over both tables at once; neither is held in memory.
  mutating func compareRows(_ oldFile: Database, _ newFile: Database) throws {
    // Both in the old one's order of key columns.
    let sql = old.select(common)
    let oldCursor = try Row.fetchCursor(oldFile, sql: sql)
    let newCursor = try Row.fetchCursor(newFile, sql: sql)
    var left = try oldCursor.next().map(values)
    var right = try newCursor.next().map(values)
    while left != nil || right != nil {
      if let mine = left, let other = right {
        if isBefore(mine, other) {
          take(old: mine)
          left = try oldCursor.next().map(values)
        } else if isBefore(other, mine) {
          take(new: other)
          right = try newCursor.next().map(values)
        } else {
          take(mine, other)
          left = try oldCursor.next().map(values)
          right = try newCursor.next().map(values)
        }
      } else if let mine = left {
        take(old: mine)
        left = try oldCursor.next().map(values)
      } else if let other = right {
        take(new: other)
        right = try newCursor.next().map(values)
      }
    }
  }

  /// What was found, by kind.
  var differences: [ModelDifferences.Found] { found.values.sorted { $0.kind < $1.kind } }

  var sums: [ModelDifferences.Sum] {
    Set(oldSums.keys).union(newSums.keys)
      .sorted { ($0.column, $0.currency) < ($1.column, $1.currency) }
      .map { key in
        ModelDifferences.Sum(
          table: old.name, column: key.column, currency: key.currency, old: oldSums[key] ?? 0,
          new: newSums[key] ?? 0)
      }
  }

  private func values(_ row: Row) -> [SQLValue] { row.map { SQLValue($0.1) } }

  private func isBefore(_ a: [SQLValue], _ b: [SQLValue]) -> Bool {
    for index in 0..<keyCount {
      if a[index].isBefore(b[index]) { return true }
      if b[index].isBefore(a[index]) { return false }
    }
    return false
  }

  private mutating func take(old row: [SQLValue]) {
    oldRows += 1
    Self.add(row, summed, currency, to: &oldSums)
    note(.missing, [], ModelDifferences.Example(key: key(row), old: cells(row), new: []))
  }

  private mutating func take(new row: [SQLValue]) {
    newRows += 1
    Self.add(row, summed, currency, to: &newSums)
    note(.extra, [], ModelDifferences.Example(key: key(row), old: [], new: cells(row)))
  }

  private mutating func take(_ old: [SQLValue], _ new: [SQLValue]) {
    oldRows += 1
    newRows += 1
    Self.add(old, summed, currency, to: &oldSums)
    Self.add(new, summed, currency, to: &newSums)
    guard old != new else { return }
    let differing = common.indices.filter { old[$0] != new[$0] }
    let columns = differing.map { common[$0] }
    note(
      .changed, columns,
      ModelDifferences.Example(
        key: key(old), old: differing.map { .init(column: common[$0], value: old[$0]) },
        new: differing.map { .init(column: common[$0], value: new[$0]) }))
  }

  private func key(_ row: [SQLValue]) -> [ModelDifferences.Cell] {
    (0..<keyCount).map { .init(column: common[$0], value: row[$0]) }
  }

  private func cells(_ row: [SQLValue]) -> [ModelDifferences.Cell] {
    common.indices.map { .init(column: common[$0], value: row[$0]) }
  }

  private mutating func note(
    _ change: ModelDifferences.Kind.Change, _ columns: [String],
    _ example: ModelDifferences.Example?
  ) {
    let kind = ModelDifferences.Kind(table: old.name, change: change, columns: columns)
    var known = found[kind] ?? ModelDifferences.Found(kind: kind, rows: 0, examples: [])
    if let example {
      known.rows += 1
      keep(example, in: &known.examples)
    }
    found[kind] = known
  }

  /// Keeps the first rows: of a table that names positions those that were written first, else by
  /// key.
  private func keep(
    _ example: ModelDifferences.Example, in examples: inout [ModelDifferences.Example]
  ) {
    if examples.count < ModelDifferences.exampleLimit { return examples.append(example) }
    guard let position = example.namedPosition,
      let last = examples.indices.max(by: {
        (examples[$0].namedPosition ?? 0) < (examples[$1].namedPosition ?? 0)
      }), position < examples[last].namedPosition ?? 0
    else { return }
    examples[last] = example
  }

  private static func add(
    _ row: [SQLValue], _ summed: [(index: Int, column: String)], _ currency: Int?,
    to sums: inout [SumKey: Int128]
  ) {
    for (index, column) in summed {
      guard case .integer(let value) = row[index] else { continue }
      var code = ""
      if column.hasSuffix("amount_minor"), let currency, case .text(let text) = row[currency] {
        code = text
      }
      sums[SumKey(column: column, currency: code), default: 0] += Int128(value)
    }
  }
}

extension ModelDifferences.Example {
  /// The last event that the row's key names; `nil` when it names none.
  var namedPosition: UInt64? {
    key.compactMap { cell -> UInt64? in
      guard TableOnFile.isPosition(cell.column), case .integer(let number) = cell.value,
        number >= 0
      else { return nil }
      return UInt64(number)
    }.max()
  }
}
