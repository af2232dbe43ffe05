internal import Dispatch
package import EventLog
internal import EventModel
internal import GRDB
internal import Synchronization

extension ModelReader {
  /// How many databases SQLite attaches to a connection at most.
  private static let attachLimit = 10

  /// Runs people's own SQL over the models and the events; nothing can be written.
  ///
  /// The models whose tables or views the statement names are attached, under their name with
  /// `_` for `-`; `events` is the log itself, read as the statement asks for it. Each model is
  /// seen at one commit.
  package func query(
    _ sql: String, events log: EventLog?, rowLimit: Int = 10_000, secondsLimit: Int = 60
  ) throws(QueryError) -> SQLAnswer {
    let words = SQLWords(sql)
    guard words.startsReading else {
      throw .refused("only SELECT, WITH, VALUES and EXPLAIN can be asked; nothing can be changed")
    }
    let named = kinds.filter { kind in
      // Every model has this one: whose is meant, the model's name before it says.
      words.contain(kind.schemaName)
        || kind.relations.contains { $0 != AnomalyRow.shape.name && words.contain($0) }
    }
    guard named.count <= Self.attachLimit else {
      throw .refused(
        "the statement names \(named.count) models, and SQLite attaches \(Self.attachLimit) at "
          + "most; ask in parts")
    }
    let connection = try connect(named, words.contain("events") ? log : nil)
    return try run(sql, named, connection, rowLimit, secondsLimit)
  }

  /// A connection that holds nothing itself, with the named models attached.
  private func connect(
    _ named: [ModelKind], _ log: EventLog?
  ) throws(QueryError) -> DatabaseQueue {
    var attached: [(kind: ModelKind, path: String)] = []
    for kind in named {
      attached.append((kind, try servingPath(kind.name, kind.version)))
    }
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    do {
      let queue = try DatabaseQueue(configuration: configuration)
      try queue.writeWithoutTransaction { database in
        for (kind, path) in attached {
          try database.execute(
            sql: "ATTACH DATABASE ? AS \(kind.schemaName)", arguments: [path])
        }
        if let log { try EventTableModule.register(EventTable(log), in: database) }
        try database.execute(sql: "PRAGMA query_only = ON")
      }
      return queue
    } catch {
      throw .storage(model: "the attached models", StorageError(error))
    }
  }

  private func run(
    _ sql: String, _ named: [ModelKind], _ connection: DatabaseQueue, _ rowLimit: Int,
    _ secondsLimit: Int
  ) throws(QueryError) -> SQLAnswer {
    let isOverTime = Mutex(false)
    // It goes on ringing: an interrupt that comes between two statements stops neither.
    let alarm = DispatchSource.makeTimerSource()
    alarm.schedule(deadline: .now() + .seconds(secondsLimit), repeating: .milliseconds(20))
    alarm.setEventHandler {
      isOverTime.withLock { $0 = true }
      connection.interrupt()
    }
    alarm.resume()
    defer { alarm.cancel() }
    do {
      return try connection.writeWithoutTransaction { database in
        var answer: SQLAnswer?
        try database.inTransaction(.deferred) {
          let models = try named.map { try Self.model($0, in: database) }
          let statement = try database.makeStatement(sql: sql)
          guard statement.isReadonly else {
            throw QueryError.refused("the statement would change something; only reading is done")
          }
          let cursor = try Row.fetchCursor(statement)
          var rows: [[SQLValue]] = []
          var isCut = false
          while let row = try cursor.next() {
            if rows.count == max(0, rowLimit) {
              isCut = true
              break
            }
            rows.append(row.map { SQLValue($0.1) })
          }
          answer = SQLAnswer(
            columns: statement.columnNames, rows: rows, isCut: isCut, models: models)
          return .commit
        }
        guard let answer else { throw QueryError.refused("the statement gave nothing") }
        return answer
      }
    } catch let error as QueryError {
      throw error
    } catch {
      if isOverTime.withLock({ $0 }) { throw .overTime(seconds: secondsLimit) }
      let why = StorageError(error)
      throw .refused("SQLite refuses the statement: \(why.message)")
    }
  }

  private static func model(_ kind: ModelKind, in database: Database) throws -> SQLAnswer.Model {
    let next = try Int64.fetchOne(
      database, sql: "SELECT next_position FROM \(kind.schemaName).model_checkpoint")
    let last = next.flatMap { $0 > 0 ? Position(UInt64($0 - 1)) : nil }
    return SQLAnswer.Model(name: kind.name, version: kind.version, asOfPosition: last)
  }
}

extension SQLValue {
  init(_ value: DatabaseValue) {
    switch value.storage {
    case .null: self = .null
    case .int64(let number): self = .integer(number)
    case .double(let number): self = .real(number)
    case .string(let text): self = .text(text)
    case .blob(let data): self = .blob([UInt8](data))
    }
  }
}

/// The words of a statement: names, keywords, and what stands in quotes, in lower case.
struct SQLWords {
  private let words: Set<Substring>
  private let first: Substring?

  init(_ sql: String) {
    let all = sql.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "_") }
    words = Set(all)
    first = all.first
  }

  /// Whether the statement can be one that only reads.
  var startsReading: Bool {
    ["select", "with", "values", "explain"].contains(first ?? "")
  }

  func contain(_ word: String) -> Bool { words.contains(Substring(word)) }
}
