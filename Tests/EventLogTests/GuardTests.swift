import EventLog
import EventModel
import TestSupport
import Testing

@Suite struct GuardTests {
  let code = GuardKey("G-CODE", "91310000")
  let seats = GuardKey("G-SEATS", "pool-1")

  /// Appends one event with `changes` and says what refused them.
  private func apply(_ changes: [GuardChange], _ log: EventLog) throws -> GuardRefusal? {
    do throws(AppendError) {
      _ = try log.appendAndWait(
        .test(log.size, [TestEvent("account-\(log.size)")], guards: changes))
      return nil
    } catch .guardRefused(let refusal) {
      return refusal
    } catch {
      Issue.record("\(error)")
      return nil
    }
  }

  @Test func `a claim holds until it is released by its value`() throws {
    try LogHarness.run { log, _ throws in
      #expect(try apply([.claim(code, value: [1])], log) == nil)
      #expect(try apply([.claim(code, value: [1])], log) == nil)
      let change = GuardChange.claim(code, value: [2])
      #expect(
        try apply([change], log) == GuardRefusal(change: change, present: [[1]], count: 0))
      #expect(try apply([.release(code, value: [2])], log) == nil)
      #expect(try log.standing(at: code).members == [[1]])
      #expect(try apply([.release(code, value: [1]), change], log) == nil)
      #expect(try log.standing(at: code).members == [[2]])
    }
  }

  @Test func `a counter stays between zero and its limit`() throws {
    try LogHarness.run { log, _ throws in
      #expect(try apply([.count(seats, by: 2, limit: 3)], log) == nil)
      let more = GuardChange.count(seats, by: 2, limit: 3)
      #expect(try apply([more], log) == GuardRefusal(change: more, present: [], count: 2))
      let less = GuardChange.count(seats, by: -3, limit: 3)
      #expect(try apply([less], log) == GuardRefusal(change: less, present: [], count: 2))
      #expect(try apply([.count(seats, by: .max, limit: .max)], log)?.count == 2)
      #expect(try apply([.count(seats, by: -2, limit: 3)], log) == nil)
      #expect(try log.standing(at: seats).count == 0)
    }
  }

  @Test func `a set keeps its members, and as many as must stay`() throws {
    try LogHarness.run { log, _ throws in
      let members = (0..<25).map { [UInt8($0)] }
      #expect(try apply(members.map { .insert(seats, member: $0) }, log) == nil)
      #expect(try apply([.insert(seats, member: [3])], log) == nil)
      #expect(try log.standing(at: seats).members == members)
      let empty = GuardChange.requireEmpty(seats)
      #expect(
        try apply([empty], log)
          == GuardRefusal(change: empty, present: Array(members.prefix(20)), count: 25))
      // What the request itself takes and adds counts.
      let few = members.prefix(3).map { GuardChange.remove(seats, member: $0, leaving: 0) }
      let left = [members[3], members[4], [4, 0]] + members[5...]
      #expect(
        try apply(few + [.insert(seats, member: [4, 0]), empty], log)
          == GuardRefusal(change: empty, present: Array(left.prefix(20)), count: 23))
      #expect(try apply([.remove(seats, member: [3], leaving: 24)], log) == nil)
      let last = GuardChange.remove(seats, member: [4], leaving: 24)
      #expect(try apply([last], log)?.count == 24)
      #expect(try apply([.remove(seats, member: [99], leaving: 24)], log) == nil)
      #expect(
        try apply(members.map { .remove(seats, member: $0, leaving: 0) } + [empty], log) == nil)
      #expect(try log.standing(at: seats).members.isEmpty)
    }
  }

  @Test func `a set with a limit takes as many members, and one again`() throws {
    try LogHarness.run { log, _ throws in
      func join(_ member: UInt8) -> GuardChange {
        .insertWithin(seats, member: [member], limit: 2)
      }
      #expect(try apply([join(1), join(2)], log) == nil)
      #expect(try apply([join(2)], log) == nil)
      #expect(
        try apply([join(3)], log) == GuardRefusal(change: join(3), present: [], count: 2))
      #expect(try apply([.insert(seats, member: [4])], log) == nil)
      #expect(try apply([.remove(seats, member: [1], leaving: 0), join(3)], log)?.count == 2)
      #expect(try log.standing(at: seats).members == [[1], [2], [4]])
    }
  }

  @Test func `changes of one request are applied together or not at all`() throws {
    try LogHarness.run { log, _ throws in
      let other = GuardKey("G-CODE", "other")
      #expect(try apply([.claim(other, value: [9])], log) == nil)
      #expect(
        try apply([.claim(code, value: [1]), .claim(other, value: [1])], log) != nil)
      #expect(try log.standing(at: code).members.isEmpty)
    }
  }

  @Test func `a request sees the guards of those before it in the group`() async throws {
    try await LogHarness.run { log, _ async throws in
      let passed = await withTaskGroup(of: Bool.self) { group in
        for number in 1...40 as ClosedRange<UInt64> {
          group.addTask { [seats] in
            do throws(AppendError) {
              _ = try await log.append(
                .test(
                  number, [TestEvent("account-\(number)")],
                  guards: [.count(seats, by: 1, limit: 10)]))
              return true
            } catch {
              return false
            }
          }
        }
        return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(passed == 10)
      #expect(try log.standing(at: seats).count == 10)
    }
  }

  @Test func `guards are rebuilt from the events and compared`() throws {
    try withTemporaryFolder { path throws in
      let harness = try LogHarness(in: path)
      // The rule: every event claims its stream's name for its actor.
      let rule: @Sendable (RecordedEvent) -> [GuardChange] = { event in
        guard event.stream.hasPrefix("account-") else { return [] }
        return [.claim(GuardKey("G-OWN", event.stream), value: Array(event.actor.utf8))]
      }
      var verification = harness.verification
      verification.guards = rule
      try harness.open { log throws in
        for number in 1...30 as ClosedRange<UInt64> {
          let stream = "account-\(number % 7)"
          _ = try log.appendAndWait(
            .test(
              number, [TestEvent(stream)],
              guards: [.claim(GuardKey("G-OWN", stream), value: Array("usr_1".utf8))]))
        }
        #expect(try log.verify(verification).isSound)
        _ = try log.appendAndWait(
          .test(31, [TestEvent("account-x")], guards: [.claim(code, value: [1])]))
        let findings = try log.verify(verification).findings
        #expect(findings.map(\.kind) == [.guardEntry])
        #expect(findings.first?.count == 2)
      }
    }
  }
}
