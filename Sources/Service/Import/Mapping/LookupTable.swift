/// A small table beside the source file: codes and what they stand for.
struct LookupTable: Sendable {
  static let rowLimit = 100_000
  static let byteLimit = 64 << 20

  let name: String
  let columns: [String]
  /// In the order of the file.
  let rows: [[String]]
  private let byKey: [ExactText: Int]

  init(name: String, columns: [String], rows: [[String]], keyColumn: Int) {
    self.name = name
    self.columns = columns
    self.rows = rows
    var byKey: [ExactText: Int] = [:]
    for (index, row) in rows.enumerated() where byKey[ExactText(row[keyColumn])] == nil {
      byKey[ExactText(row[keyColumn])] = index
    }
    self.byKey = byKey
  }

  func row(_ key: String) -> [String]? { byKey[ExactText(key)].map { rows[$0] } }

  func field(_ name: String, of row: [String]) -> String? {
    columns.firstIndex(of: name).map { row[$0] }
  }
}

extension LookupTable {
  /// Reads the CSV file at `path`.
  static func csv(
    name: String, path: String, key: String, at node: MappingNode
  ) throws(MappingFault) -> LookupTable {
    let (header, rows) = try csvRows(path: path, at: node)
    guard let column = header.column(key) else {
      throw node.fault(.unknownColumn(key, known: header.names))
    }
    return LookupTable(name: name, columns: header.names, rows: rows, keyColumn: column)
  }

  private static func csvRows(
    path: String, at node: MappingNode
  ) throws(MappingFault) -> (CSVHeader, [[String]]) {
    do throws(SourceFault) {
      var reader = try CSVTableReader(try ByteFeed(path: path))
      guard reader.progress.total <= byteLimit else {
        throw SourceFault.unreadable(path: path, reason: "it has more than \(byteLimit) bytes")
      }
      var rows: [[String]] = []
      while let step = try reader.next() {
        switch step {
        case .row(let row): rows.append(Array(row.fields.prefix(reader.header.names.count)))
        case .refused(let line, let refusal):
          throw SourceFault.unreadable(path: path, reason: "line \(line): \(refusal)")
        }
        guard rows.count <= rowLimit else { throw SourceFault.tooManyRows(limit: rowLimit) }
      }
      return (reader.header, rows)
    } catch {
      throw node.fault(.badFile(path: path, reason: String(describing: error)))
    }
  }

  /// Reads a list of JSON objects out of one cell of the CSV file at `path`.
  ///
  /// The cell stands in `column` of the row whose `keyColumn` holds `row`; the table's columns
  /// are the members of the first object.
  static func jsonCell(
    name: String, path: String, keyColumn: String, row: String, column: String, key: String,
    at node: MappingNode
  ) throws(MappingFault) -> LookupTable {
    let outer = try csv(name: name, path: path, key: keyColumn, at: node)
    guard let found = outer.row(row), let cell = outer.field(column, of: found) else {
      throw node.fault(.badFile(path: path, reason: "it has no such cell."))
    }
    let value: JSONValue
    do throws(JSONRefusal) { value = try JSONParser.value(of: cell) } catch {
      throw node.fault(.badFile(path: path, reason: "its cell is no JSON: \(error)."))
    }
    guard case .array(let items) = value, case .object(let members)? = items.first else {
      throw node.fault(.badFile(path: path, reason: "its cell holds no list of objects."))
    }
    let columns = members.map(\.name)
    let rows = items.map { item in columns.map { item[$0]?.text ?? "" } }
    guard let index = columns.firstIndex(of: key) else {
      throw node.fault(.unknownColumn(key, known: columns))
    }
    return LookupTable(name: name, columns: columns, rows: rows, keyColumn: index)
  }
}
