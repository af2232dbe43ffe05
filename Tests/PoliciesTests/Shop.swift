import CRM
import Commands
import EventLog
import EventModel
import Foundation
import LMDB
import Policies
import Schema
import SwiftProtobuf
import Synchronization
import TestSupport
import Vault

/// A clock that stands where a test puts it, also backwards.
final class SetClock: Sendable {
  private let now: Mutex<Timestamp>

  init(_ time: Timestamp) { now = Mutex(time) }

  func read() -> Timestamp { now.withLock { $0 } }
  func set(_ time: Timestamp) { now.withLock { $0 = time } }
  func advance(days: Int64 = 0, seconds: Int64 = 0) {
    now.withLock { $0 = $0.advanced(byMicroseconds: (days * 86_400 + seconds) * 1_000_000) }
  }
}

/// A workspace on disk whose timers a test carries out.
final class Shop: Sendable {
  let folder: String
  let clock: SetClock
  let log: EventLog
  let vault: Vault
  let executor: CommandExecutor
  let store: TimerStore
  let reactor: TimerReactor

  /// 2 March 2026, 09:00 in Shanghai.
  static let start = Timestamp("2026-03-02T09:00:00+08:00") ?? Timestamp(microseconds: 0)

  init(_ folder: String, clock: SetClock = SetClock(Shop.start)) throws {
    self.folder = folder
    self.clock = clock
    let options = EventLog.Options(mapSizeBytes: 1 << 33, clock: { clock.read() })
    if !FileManager.default.fileExists(atPath: "\(folder)/data") {
      try EventLog.create(
        in: "\(folder)/data", origin: "local/test/00000000", simulatedClock: true,
        schema: SchemaDescriptor.bytes, options: options)
      try Vault.create(in: "\(folder)/keys", random: .system)
    }
    log = try EventLog(writing: "\(folder)/data", options: options)
    vault = try Vault(folder: "\(folder)/keys", random: .system)
    executor = CommandExecutor(
      log: log, vault: vault, clock: { clock.read() }, random: .system, cacheLimit: 4096)
    store = try TimerStore(
      folder: "\(folder)/timers", origin: log.origin, mapSizeBytes: 1 << 33)
    reactor = TimerReactor(log: log, executor: executor, store: store, clock: { clock.read() })
  }

  /// Runs `body` in a new workspace of Shanghai with the users admin, boss, ann, bob and cy; the
  /// boss stands above the last three.
  static func run(_ body: (Shop) async throws -> Void) async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let shop = try Shop(folder.path)
    try await shop.found()
    try await body(shop)
    shop.close()
  }

  func close() { _ = log.close() }

  func found() async throws {
    try await system(
      .organization(
        .configureOrganization(
          .with {
            ($0.name, $0.timeZone, $0.baseCurrency) = ("Star", "Asia/Shanghai", "CNY")
            $0.policySwitches = [.with { ($0.name, $0.value) = ("duplicateSweep", "off") }]
          })))
    for (id, manager, roles) in [
      ("usr_admin", "", [BuiltInRole.administrator]), ("usr_boss", "", []),
      ("usr_ann", "usr_boss", []), ("usr_bob", "usr_boss", []), ("usr_cy", "usr_boss", []),
    ] {
      let provision = ProvisionUser.with {
        ($0.userID, $0.managerID, $0.roleIds, $0.active) = (id, manager, roles, true)
        $0.name.full = "Person \(id)"
      }
      try await system(.user(.provisionUser(provision)))
    }
  }

  @discardableResult
  func system(
    _ command: CommandPayload, key: String = UUID().uuidString
  ) async throws -> CommandResult {
    let context = CommandContext(
      actor: ActorID(system: "setup"), actorKind: .system, channel: .console, idempotencyKey: key)
    return try await executor.execute(command, context)
  }

  @discardableResult
  func run(
    _ command: CommandPayload, by actor: String = "usr_ann", reason: String? = nil,
    key: String = UUID().uuidString
  ) async throws -> CommandResult {
    guard let actor = ActorID(actor) else { throw ShopError.noActor(actor) }
    return try await executor.execute(
      command,
      CommandContext(
        actor: actor, channel: .web, idempotencyKey: key, reason: reason.map { Reason(code: $0) }))
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

  func state<A: Aggregate>(_ type: A.Type, _ id: String) throws -> A {
    guard let state = try executor.record(RecordKey(A.objectType, id))?.state as? A else {
      throw ShopError.noRecord(id)
    }
    return state
  }

  func events(_ type: String) throws -> [RecordedEvent] {
    guard let type = EventType(type) else { throw ShopError.noType(type) }
    return try log.events(EventSelection(.types([type])))
  }

  @discardableResult
  func account(
    _ id: String, owner: String = "usr_ann", _ change: (inout CreateAccount) -> Void = { _ in }
  ) async throws -> String {
    var command = CreateAccount.with {
      // No two names resemble each other.
      let name = Digest.sha256(Array(id.utf8)).hex.prefix(24)
      ($0.accountID, $0.accountType, $0.name) = (id, .organization, String(name))
      $0.source.channel = .website
      $0.owner = .user(owner)
    }
    change(&command)
    return try await run(.account(.createAccount(command)), by: owner).targetID
  }

  func armedProtections() throws -> Int {
    try store.timers(policy: ProtectionExpiry.name, limit: 1000).count
  }

  @discardableResult
  func protect(
    _ record: RecordKey, id: String, days: Int64, by actor: String = "usr_boss"
  ) async throws -> CommandResult {
    let until = clock.read().advanced(byMicroseconds: days * 86_400_000_000).message
    return try await run(
      .ownership(
        .grantProtection(
          .with {
            $0.record = record.reference
            ($0.protectionID, $0.until, $0.basis) = (id, until, .manual)
          })), by: actor, reason: "deposit")
  }
}

enum ShopError: Error {
  case noActor(String)
  case noRecord(String)
  case noType(String)
}
