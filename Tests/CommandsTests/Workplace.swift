import CRM
import Commands
import EventLog
import EventModel
import Foundation
import Schema
import SwiftProtobuf
import Synchronization
import TestSupport
import Vault

/// A clock that steps a millisecond at each look, so that a run says the same times again.
final class SteppingClock: Sendable {
  private let now: Mutex<Int64>

  init(startingAt microseconds: Int64 = 1_790_000_000_000_000) { now = Mutex(microseconds) }

  func read() -> Timestamp {
    now.withLock { now in
      now += 1000
      return Timestamp(microseconds: now)
    }
  }
}

/// A workspace on disk, as commands and imports use it.
struct Workplace: Sendable {
  let folder: String
  let clock: SteppingClock
  let log: EventLog
  let vault: Vault
  let executor: CommandExecutor
  let importer: HistoryImporter

  /// Opens the workspace in `folder`, and makes it first when it isn't there.
  init(_ folder: String, clock: SteppingClock = SteppingClock(), cacheLimit: Int = 4096) throws {
    self.folder = folder
    self.clock = clock
    let options = EventLog.Options(mapSizeBytes: 1 << 33, clock: { clock.read() })
    let keys = "\(folder)/keys"
    if !FileManager.default.fileExists(atPath: "\(folder)/data") {
      try EventLog.create(
        in: "\(folder)/data", origin: "local/test/00000000", simulatedClock: true,
        schema: SchemaDescriptor.bytes, options: options)
      try Vault.create(in: keys, random: .system)
    }
    log = try EventLog(writing: "\(folder)/data", options: options)
    vault = try Vault(folder: keys, random: .system)
    executor = CommandExecutor(
      log: log, vault: vault, clock: { clock.read() }, random: .system, cacheLimit: cacheLimit)
    importer = HistoryImporter(log: log, vault: vault, clock: { clock.read() }, random: .system)
  }

  /// Runs `body` in a new workspace with the users admin, boss, ann and bob.
  static func run(_ body: (Workplace) async throws -> Void) async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let workplace = try Workplace(folder.path)
    try await workplace.staff()
    try await body(workplace)
    workplace.close()
  }

  func close() { _ = log.close() }

  func staff() async throws {
    for (id, manager, roles) in [
      ("usr_admin", "", [BuiltInRole.administrator]), ("usr_boss", "", []),
      ("usr_ann", "usr_boss", []), ("usr_bob", "usr_boss", []),
    ] {
      let provision = ProvisionUser.with {
        ($0.userID, $0.managerID, $0.roleIds, $0.active) = (id, manager, roles, true)
        $0.name.full = "Person \(id)"
      }
      let context = CommandContext(
        actor: ActorID(system: "setup"), actorKind: .system, channel: .console,
        idempotencyKey: "staff-\(id)")
      _ = try await executor.execute(.user(.provisionUser(provision)), context)
    }
  }

  /// Carries out `command` for `actor` under a key of its own unless one is given.
  @discardableResult
  func run(
    _ command: CommandPayload, by actor: String = "usr_ann", key: String = UUID().uuidString,
    reason: Reason? = nil, change: (inout CommandContext) -> Void = { _ in }
  ) async throws -> CommandResult {
    guard let actor = ActorID(actor) else { throw WorkplaceError.noActor(actor) }
    var context = CommandContext(actor: actor, channel: .web, idempotencyKey: key, reason: reason)
    change(&context)
    return try await executor.execute(command, context)
  }

  /// The code with which `body` is refused; `nil` when it isn't.
  func refusal(_ body: () async throws -> CommandResult) async throws -> RefusalCode? {
    do {
      _ = try await body()
      return nil
    } catch CommandFailure.refused(let refusal) {
      return refusal.code
    }
  }

  func events(_ query: EventQuery = .everything, from: Position? = nil) throws -> [RecordedEvent] {
    try log.events(EventSelection(query, from: from))
  }

  func state<A: Aggregate>(_ type: A.Type, _ id: String) throws -> A {
    guard let state = try executor.record(RecordKey(A.objectType, id))?.state as? A else {
      throw WorkplaceError.noRecord(id)
    }
    return state
  }
}

enum WorkplaceError: Error {
  case noActor(String)
  case noRecord(String)
}
