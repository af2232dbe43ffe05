import CRM
import Commands
import EventLog
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct ConcurrentCommandTests {
  @Test func `sixty-four commands on one record all happen, one after the other`() async throws {
    try await Workplace.run { work in
      let account = try await work.run(Sample.company())
      let key = RecordKey.account(account.targetID)
      let results = try await withThrowingTaskGroup(of: CommandResult.self) { group in
        for number in 0..<64 {
          group.addTask { try await work.run(Sample.tag("t\(number)", on: key)) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(results.compactMap(\.first)).count == 64)
      let state = try work.state(Account.self, account.targetID)
      #expect(Set(state.tags.ids) == Set((0..<64).map { "t\($0)" }))
      let events = try work.events(.stream(try #require(key.stream)))
      #expect(events.map(\.revision.rawValue) == Array(0..<66))
    }
  }

  @Test func `commands that change rights, and others beside them, all come to their end`()
    async throws
  {
    try await Workplace.run { work in
      var accounts: [RecordKey] = []
      for number in 0..<8 {
        let made = try await work.run(Sample.company("acc_\(number)") { $0.name = "N\(number)" })
        accounts.append(.account(made.targetID))
      }
      let records = accounts
      let codes = try await withThrowingTaskGroup(of: RefusalCode?.self) { group in
        for number in 0..<96 {
          group.addTask {
            try await work.refusal {
              try await work.run(
                .team(.createTeam(.with { $0.name = "Team \(number)" })), by: "usr_admin"
              ) { $0.isChecked = true }
            }
          }
          group.addTask {
            try await work.refusal {
              try await work.run(Sample.tag("t\(number)", on: records[number % 8]))
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(codes.count { $0 == nil } == 192, "\(Set(codes))")
    }
  }

  @Test func `a record that many want goes to each of them in turn`() async throws {
    try await Workplace.run { work in
      let account = try await work.run(Sample.company())
      let key = RecordKey.account(account.targetID)
      let codes = try await withThrowingTaskGroup(of: RefusalCode?.self) { group in
        for number in 0..<64 {
          let receiver = number % 2 == 0 ? "usr_bob" : "usr_ann"
          group.addTask {
            try await work.refusal {
              try await work.run(
                Sample.transfer(key, to: receiver), by: "usr_boss", reason: Reason(code: "R1"))
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      // Who owns it already is refused, and that is all.
      #expect(codes.allSatisfy { $0 == nil || $0 == .ownershipSame })
      var owner: OwnerRef?
      for event in try work.events(.stream(try #require(key.stream))) {
        guard case .ownership(let change)? = try event.payload() else { continue }
        if case .ownershipTransferred(let transferred) = change {
          #expect(transferred.from == owner && transferred.to != owner)
          owner = transferred.to
        } else if case .ownershipAssigned(let assigned) = change {
          owner = assigned.to
        }
      }
      #expect(try work.state(Account.self, account.targetID).ownership.owner == owner)
    }
  }

  @Test func `of many with one code exactly one is made`() async throws {
    try await Workplace.run { work in
      let codes = try await withThrowingTaskGroup(of: RefusalCode?.self) { group in
        for number in 0..<16 {
          group.addTask {
            try await work.refusal {
              try await work.run(
                Sample.company("acc_\(number)") {
                  $0.unifiedSocialCreditCode = "91330100799655058B"
                })
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(codes.count { $0 == nil } == 1)
      #expect(codes.count { $0 == .duplicate } == 15)
    }
  }

  @Test func `one key asked many times at once is carried out once`() async throws {
    try await Workplace.run { work in
      let size = work.log.size
      let results = try await withThrowingTaskGroup(of: CommandResult.self) { group in
        for _ in 0..<32 {
          group.addTask { try await work.run(Sample.lead(), key: "same") }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(results.map(\.madeIDs)).count == 1)
      #expect(results.count { !$0.isRepeat } == 1)
      #expect(work.log.size == size + 2)
    }
  }

  @Test func `the first words about a record, many at once, are sealed under one key`() async throws
  {
    try await Workplace.run { work in
      let account = try await work.run(Sample.company())
      let key = RecordKey.account(account.targetID)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<24 {
          group.addTask {
            let log = LogActivity.with {
              ($0.kind, $0.direction, $0.summary) = (.note, .none, "note \(number)")
              $0.subjectRefs = [key.reference]
            }
            try await work.run(.activity(.logActivity(log)))
          }
        }
        try await group.waitForAll()
      }
      let events = try work.events(.types([try #require(EventType("ActivityLogged"))]))
      let keys = events.flatMap { event in event.sealedSections.map(\.header.keyID) }
      #expect(keys.count == 24)
      #expect(Set(keys).count == 1)
    }
  }
}
