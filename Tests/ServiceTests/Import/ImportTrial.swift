import Commands
import EventModel
import Foundation
import Schema
import Service
import TestSupport
import Vault

/// An import into an array: what a log would have been given.
struct ImportTrial {
  var report = ImportReport()
  var events: [HistoryEvent] = []
  var batchSizes: [Int] = []

  enum Refusal: Error, Equatable { case full }

  static let naming = SourceNaming(hash: KeyedHash(key: Array(repeating: 7, count: 32)))

  /// Imports `csv` by `mapping`, both as text, with `files` beside the file.
  static func table(
    _ csv: String, by mapping: String, files: [String: String] = [:],
    options: ImportOptions = ImportOptions()
  ) async throws -> ImportTrial {
    try await table(Array(csv.utf8), by: mapping, files: files, options: options)
  }

  static func table(
    _ csv: [UInt8], by mapping: String, files: [String: String] = [:],
    options: ImportOptions = ImportOptions()
  ) async throws -> ImportTrial {
    try await inTemporaryFolder { folder in
      try Data(csv).write(to: URL(filePath: "\(folder)/rows.csv"))
      try Data(mapping.utf8).write(to: URL(filePath: "\(folder)/mapping.yaml"))
      for (name, text) in files {
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
      }
      let run = try ImportRun.table(
        path: "\(folder)/rows.csv", mapping: "\(folder)/mapping.yaml", naming: naming,
        options: options)
      return try await done(run)
    }
  }

  /// Imports `lines` as an event file.
  static func events(
    _ lines: [UInt8], options: ImportOptions = ImportOptions()
  ) async throws -> ImportTrial {
    try await inTemporaryFolder { folder in
      try Data(lines).write(to: URL(filePath: "\(folder)/events.jsonl"))
      return try await done(.events(path: "\(folder)/events.jsonl", options: options))
    }
  }

  /// Imports a file of the shared data by a committed mapping.
  static func shared(
    _ file: String, by mapping: String, options: ImportOptions = ImportOptions()
  ) async throws -> ImportTrial {
    try await done(
      .table(
        path: SharedData.path(file), mapping: mappingPath(mapping), naming: naming,
        options: options))
  }

  /// Whether tests that take minutes in a debug build are to run.
  static var takesLongTests: Bool {
    ProcessInfo.processInfo.environment["DEED_LONG_TESTS"] != nil
  }

  static func mappingPath(_ name: String) -> String {
    "\(PackageRoot.path)/Fixtures/mappings/\(name).yaml"
  }

  static func done(_ run: ImportRun) async throws -> ImportTrial {
    var trial = ImportTrial()
    var keys: Set<EventID> = []
    trial.report = try await run.run { source, batch async throws(Refusal) in
      trial.events += batch
      trial.batchSizes.append(batch.count)
      return batch.map { event in
        keys.insert(source.eventID(of: event.key)).inserted ? .added(Position(0)) : .repeated
      }
    }
    return trial
  }

  /// The data of event `index` as JSON.
  func json(_ index: Int) throws -> JSONValue {
    try JSONParser.value(of: try events[index].payload.json())
  }

  var types: [String] { events.map(\.payload.typeName) }

  func count(of type: String) -> Int { report.eventCounts[type] ?? 0 }
}
