import Commands
import EventLog
import EventModel
import ReadModels
import Schema
import Service
import Synchronization
import TestSupport
import Vault

/// A workspace on disk that files are imported into and questions asked of.
struct ImportWorkplace {
  let log: EventLog
  let importer: HistoryImporter
  let runner: ModelRunner
  let reader: ModelReader

  init(_ folder: String) throws {
    let now = Mutex<Int64>(1_790_000_000_000_000)
    let clock: @Sendable () -> Timestamp = {
      now.withLock { now in
        now += 1000
        return Timestamp(microseconds: now)
      }
    }
    let options = EventLog.Options(mapSizeBytes: 1 << 33, clock: clock)
    try EventLog.create(
      in: "\(folder)/data", origin: "local/test/00000000", simulatedClock: true,
      schema: SchemaDescriptor.bytes, options: options)
    try Vault.create(in: "\(folder)/keys", random: .system)
    log = try EventLog(writing: "\(folder)/data", options: options)
    let vault = try Vault(folder: "\(folder)/keys", random: .system)
    importer = HistoryImporter(log: log, vault: vault, clock: clock, random: .system)
    runner = try ModelRunner(
      ModelKind.standard, source: log,
      options: ModelRunner.Options(folder: "\(folder)/models", clock: clock))
    reader = try ModelReader(ModelKind.standard, folder: "\(folder)/models")
  }

  func close() { _ = log.close() }

  /// Imports `run` into the log.
  func take(_ run: ImportRun) async throws -> ImportReport {
    try await run.run { source, events async throws(CommandFailure) in
      try await importer.importHistory(events, from: source)
    }
  }

  /// The rows of `sql`, each cell as text.
  func rows(_ sql: String) throws -> [[String]] {
    try reader.query(sql, events: log).rows.map { row in
      row.map { value in
        switch value {
        case .null: ""
        case .integer(let number): String(number)
        case .real(let number): String(number)
        case .text(let text): text
        case .blob(let bytes): bytes.hex
        }
      }
    }
  }
}
