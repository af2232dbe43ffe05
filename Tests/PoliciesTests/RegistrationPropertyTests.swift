import CRM
import Commands
import EventLog
import EventModel
import Policies
import Schema
import SwiftProtobuf
import TestSupport
import Testing

/// Registrations against a fold of the log that knows nothing of guards, indexes and timers.
@Suite struct RegistrationPropertyTests {
  private struct Model {
    var claimant: [String: String] = [:]
    var keys: [String: String] = [:]
    var open: [String: Set<String>] = [:]
    var approved: [String: String] = [:]
    var most = 0

    mutating func apply(_ event: RegistrationEvent.OneOf_Event, _ id: String) {
      switch event {
      case .registrationSubmitted(let submitted):
        claimant[id] = submitted.claimant.id
        keys[id] = submitted.unifiedSocialCreditCode
        open[submitted.claimant.id, default: []].insert(id)
        most = max(most, open[submitted.claimant.id]?.count ?? 0)
      case .registrationApproved:
        let key = keys[id] ?? ""
        #expect(approved[key] == nil, "\(key) is approved for \(approved[key] ?? "") and \(id)")
        approved[key] = id
      case .registrationRejected, .registrationExpired, .registrationRevoked,
        .registrationConverted:
        open[claimant[id] ?? ""]?.remove(id)
        if approved[keys[id] ?? ""] == id { approved[keys[id] ?? ""] = nil }
      case .registrationCollisionDetected, .registrationExtended, .registrationExpiring,
        .registrationLinked:
        return
      }
    }
  }

  private static let codes = ["91440300708461136T", "914403001922038216"]
  private static let users = ["usr_ann", "usr_bob", "usr_cy"]

  private enum Step: Sendable {
    case submit(String, code: String, by: String)
    case approve(String)
    case reject(String)
    case revoke(String)
  }

  private static func carryOut(_ step: Step, in shop: Shop) async throws {
    switch step {
    case .submit(let id, let code, let user):
      try await shop.register(id, by: user) { $0.unifiedSocialCreditCode = code }
    case .approve(let id): try await shop.approve(id)
    case .reject(let id):
      try await shop.run(
        .registration(
          .rejectRegistration(.with { ($0.registrationID, $0.reasonCode) = (id, "no") })),
        by: "usr_boss")
    case .revoke(let id):
      try await shop.run(
        .registration(
          .revokeRegistration(.with { ($0.registrationID, $0.reasonCode) = (id, "no") })),
        by: "usr_boss")
    }
  }

  @Test(arguments: [1, 2, 3, .drawn(4)] as [UInt64])
  func `racing claims have one approval for a code, and live state, replay and guards agree`(
    seed: UInt64
  ) async throws {
    try await Shop.run { shop in
      var generator = SeededGenerator(seed: seed)
      for round in 0..<6 {
        var steps: [Step] = []
        for number in 0..<8 {
          let id = "reg_\(round)-\(number)"
          steps.append(
            .submit(
              id, code: Self.codes.randomElement(using: &generator) ?? "",
              by: Self.users.randomElement(using: &generator) ?? ""))
        }
        for _ in 0..<12 {
          let id =
            "reg_\(Int.random(in: 0...round, using: &generator))"
            + "-\(Int.random(in: 0..<8, using: &generator))"
          let step: [Step] = [.approve(id), .approve(id), .reject(id), .revoke(id)]
          steps.append(step.randomElement(using: &generator) ?? .approve(id))
        }
        await race(steps, in: shop, seed: seed)
        // Some of what was approved ends by itself.
        shop.clock.advance(days: Int64.random(in: 1...20, using: &generator))
        _ = try await shop.reactor.run(until: shop.clock.read())
      }
      try Self.check(shop, seed: seed)
    }
  }

  private func race(_ steps: [Step], in shop: Shop, seed: UInt64) async {
    await withTaskGroup(of: Void.self) { group in
      for step in steps {
        group.addTask {
          do {
            try await Self.carryOut(step, in: shop)
          } catch let failure as CommandFailure {
            guard case .refused = failure else {
              Issue.record("seed \(seed): \(failure)")
              return
            }
          } catch { Issue.record("seed \(seed): \(error)") }
        }
      }
    }
  }

  private static func check(_ shop: Shop, seed: UInt64) throws {
    var model = Model()
    for event in try shop.log.events(EventSelection()) {
      guard case .registration(let change)? = try event.payload(),
        let id = StreamName(event.stream)?.id
      else { continue }
      model.apply(change, id)
    }
    #expect(!model.claimant.isEmpty && model.most <= 50, "seed \(seed)")
    for user in users {
      let counter = GuardKey("G-OPENREG", user)
      let held = try shop.log.standing(at: counter).members.map {
        String(decoding: $0, as: UTF8.self)
      }
      let open = (model.open[user] ?? []).map { "registration:\($0)" }
      #expect(Set(held) == Set(open), "seed \(seed)")
    }
    for id in model.claimant.keys {
      let live = try shop.registration(id)
      let isOpen = model.open[model.claimant[id] ?? ""]?.contains(id) ?? false
      #expect(live.isOpen == isOpen, "seed \(seed): \(id)")
    }
    // Reading everything anew arms the same timers, and fires none.
    let before = try shop.store.timers(policy: RegistrationExpiry.name, limit: 1000)
    let size = shop.log.size
    try shop.store.reset()
    try TimerFold(log: shop.log, store: shop.store).catchUp()
    #expect(try shop.store.timers(policy: RegistrationExpiry.name, limit: 1000) == before)
    #expect(shop.log.size == size, "seed \(seed)")
  }
}
