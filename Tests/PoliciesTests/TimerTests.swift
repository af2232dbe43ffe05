import CRM
import Commands
import EventLog
import EventModel
import Foundation
import LMDB
import Policies
import Schema
import SwiftProtobuf
import TestSupport
import Testing

@Suite struct TimerTests {
  @Test func `a timer fires once, at its instant and not before`() async throws {
    try await Shop.run { shop in
      try await shop.account("acc_1")
      try await shop.protect(.account("acc_1"), id: "prt_1", days: 7)
      shop.clock.advance(days: 7, seconds: -1)
      #expect(try await shop.reactor.run().fired.isEmpty)
      shop.clock.advance(seconds: 1)
      let run = try await shop.reactor.run()
      #expect(run.fired.map(\.timer.key.reference) == ["prt_1"])
      #expect(try shop.state(Account.self, "acc_1").ownership.protections.isEmpty)
      let ended = try #require(try shop.events("ProtectionEnded").first)
      let granted = try #require(try shop.events("ProtectionGranted").first)
      #expect(ended.causation == granted.eventID)
      #expect(ended.actor == "system:timer")
      #expect(try ended.metadata()?.channel == .automation)
      shop.clock.advance(days: 20)
      #expect(try await shop.reactor.run().fired.isEmpty)
      #expect(try shop.events("ProtectionEnded").count == 1)
    }
  }

  @Test func `a timer that an event moved or disarmed does not fire`() async throws {
    try await Shop.run { shop in
      try await shop.account("acc_1")
      try await shop.protect(.account("acc_1"), id: "prt_1", days: 7)
      try await shop.protect(.account("acc_1"), id: "prt_2", days: 7)
      let later = shop.clock.read().advanced(byMicroseconds: 9 * 86_400_000_000).message
      try await shop.run(
        .ownership(
          .extendProtection(
            .with {
              $0.record = RecordKey.account("acc_1").reference
              ($0.protectionID, $0.until) = ("prt_1", later)
            })), by: "usr_boss", reason: "progress")
      try await shop.run(
        .ownership(
          .endProtection(
            .with {
              $0.record = RecordKey.account("acc_1").reference
              $0.protectionID = "prt_2"
            })), by: "usr_boss", reason: "mistake")
      let armed = try shop.store.timers(policy: ProtectionExpiry.name, limit: 9)
      #expect(armed.isEmpty)
      #expect(try await shop.reactor.nextDue() != nil)
      let moved = try shop.store.timers(policy: ProtectionExpiry.name, limit: 9)
      #expect(moved.map(\.dueAt) == [Timestamp(later)])
      shop.clock.advance(days: 8)
      #expect(try await shop.reactor.run().fired.isEmpty)
      shop.clock.advance(days: 1)
      #expect(try await shop.reactor.run().fired.map(\.timer.key.reference) == ["prt_1"])
    }
  }

  @Test func `forgotten timers are armed again, and what was done is not done twice`()
    async throws
  {
    try await Shop.run { shop in
      try await shop.account("acc_1")
      try await shop.protect(.account("acc_1"), id: "prt_1", days: 1)
      try await shop.protect(.account("acc_1"), id: "prt_2", days: 9)
      shop.clock.advance(days: 1)
      #expect(try await shop.reactor.run().fired.count == 1)
      let size = shop.log.size
      try shop.store.reset()
      #expect(try await shop.reactor.run().fired.isEmpty)
      #expect(shop.log.size == size)
      #expect(try shop.armedProtections() == 1)
    }
  }

  @Test func `reading the log arms timers and carries none out`() async throws {
    try await Shop.run { shop in
      try await shop.account("acc_1")
      try await shop.protect(.account("acc_1"), id: "prt_1", days: 1)
      shop.clock.advance(days: 9)
      let size = shop.log.size
      try TimerFold(log: shop.log, store: shop.store).catchUp()
      try shop.store.reset()
      try TimerFold(log: shop.log, store: shop.store).catchUp()
      #expect(shop.log.size == size)
      #expect(
        try shop.store.timers(policy: ProtectionExpiry.name, limit: 10).map(\.key.reference)
          == ["prt_1"])
    }
  }

  @Test func `a process that stopped between the event and its bookkeeping fires nothing twice`()
    async throws
  {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let clock = SetClock(Shop.start)
    do {
      let shop = try Shop(folder.path, clock: clock)
      try await shop.found()
      try await shop.account("acc_1")
      try await shop.protect(.account("acc_1"), id: "prt_1", days: 1)
      try TimerFold(log: shop.log, store: shop.store).catchUp()
      clock.advance(days: 1)
      // What the reactor does first of two steps: the timers don't hear of it.
      let timer = try #require(
        try shop.store.timers(policy: ProtectionExpiry.name, limit: 1).first)
      try await shop.system(ProtectionExpiry.command(of: timer.key))
      shop.close()
    }
    let shop = try Shop(folder.path, clock: clock)
    #expect(try shop.armedProtections() == 1)
    #expect(try await shop.reactor.run().fired.isEmpty)
    #expect(try shop.events("ProtectionEnded").count == 1)
    shop.close()
  }

  @Test func `a clock that jumps far ahead fires nothing until a time is named`() async throws {
    try await Shop.run { shop in
      try await shop.account("acc_1")
      try await shop.protect(.account("acc_1"), id: "prt_1", days: 40)
      let now = shop.clock.read()
      shop.clock.advance(days: TimerReactor.gapLimitDays, seconds: 1)
      await #expect(throws: TimerError.self) { try await shop.reactor.run() }
      shop.clock.set(now)
      #expect(try await shop.reactor.run().fired.isEmpty)
      shop.clock.advance(days: TimerReactor.gapLimitDays)
      #expect(try await shop.reactor.run().fired.isEmpty)
      shop.clock.advance(days: 10)
      await #expect(throws: TimerError.self) {
        try await shop.reactor.run(
          until: shop.clock.read().advanced(byMicroseconds: 1))
      }
      #expect(try await shop.reactor.run(until: shop.clock.read()).fired.count == 1)
    }
  }

  @Test func `a clock that runs backwards delays and does no harm`() async throws {
    try await Shop.run { shop in
      try await shop.account("acc_1")
      try await shop.protect(.account("acc_1"), id: "prt_1", days: 2)
      shop.clock.advance(days: -1)
      #expect(try await shop.reactor.run().fired.isEmpty)
      shop.clock.advance(days: 2)
      #expect(try await shop.reactor.run().fired.isEmpty)
      shop.clock.advance(days: 1)
      #expect(try await shop.reactor.run().fired.count == 1)
      shop.clock.advance(days: -3)
      #expect(try await shop.reactor.run().fired.isEmpty)
      #expect(try shop.events("ProtectionEnded").count == 1)
    }
  }

  @Test func `two reactors at once fire each timer once`() async throws {
    try await Shop.run { shop in
      for number in 1...20 {
        try await shop.account("acc_\(number)")
        try await shop.protect(.account("acc_\(number)"), id: "prt_\(number)", days: 1)
      }
      shop.clock.advance(days: 1)
      let other = TimerReactor(
        log: shop.log, executor: shop.executor, store: shop.store, clock: { shop.clock.read() })
      async let first = shop.reactor.run()
      async let second = other.run()
      _ = try await (first, second)
      #expect(try shop.events("ProtectionEnded").count == 20)
      #expect(try shop.armedProtections() == 0)
    }
  }

  @Test func `a limit cuts a run short, and the next one goes on`() async throws {
    try await Shop.run { shop in
      try await shop.account("acc_1")
      for number in 1...5 {
        try await shop.protect(.account("acc_1"), id: "prt_\(number)", days: Int64(number))
      }
      // The other timer of an account: no rule is about it.
      shop.clock.advance(seconds: 43_200)
      #expect(try await shop.reactor.run().waitingCount == 1)
      shop.clock.advance(days: 6)
      let run = try await shop.reactor.run(limit: 2)
      #expect(run.fired.map(\.timer.key.reference) == ["prt_1", "prt_2"])
      #expect(run.isCutShort)
      let rest = try await shop.reactor.run(limit: 3)
      #expect(rest.fired.count == 3)
      #expect(!rest.isCutShort)
    }
  }

  @Test func `the timers of an archived record have nothing left to do`() async throws {
    try await Shop.run { shop in
      try await shop.account("acc_1")
      try await shop.protect(.account("acc_1"), id: "prt_1", days: 1)
      try await shop.run(
        .account(.archiveAccount(.with { $0.accountID = "acc_1" })), reason: "closed")
      shop.clock.advance(days: 1)
      let run = try await shop.reactor.run()
      #expect(run.refused.map(\.refusal.code) == [.archived])
      #expect(try shop.armedProtections() == 0)
    }
  }
}
