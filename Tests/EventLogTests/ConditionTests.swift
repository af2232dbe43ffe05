import EventLog
import EventModel
import TestSupport
import Testing

@Suite struct ConditionTests {
  struct Row: Sendable {
    let expected: ExpectedRevision
    let passesWhenAbsent: Bool
    let passesAtRevision1: Bool
  }

  @Test(arguments: [
    Row(expected: .any, passesWhenAbsent: true, passesAtRevision1: true),
    Row(expected: .none, passesWhenAbsent: true, passesAtRevision1: false),
    Row(expected: .exists, passesWhenAbsent: false, passesAtRevision1: true),
    Row(expected: .exactly(Revision(0)), passesWhenAbsent: false, passesAtRevision1: false),
    Row(expected: .exactly(Revision(1)), passesWhenAbsent: false, passesAtRevision1: true),
    Row(expected: .exactly(Revision(2)), passesWhenAbsent: false, passesAtRevision1: false),
  ])
  func `a stream, written or not, must stand as expected`(row: Row) throws {
    try LogHarness.run { log, harness throws in
      let absent = StreamName.known("account-absent")
      let present = StreamName.known("account-a")
      _ = try log.appendAndWait(.test(1, [TestEvent(), TestEvent()]))
      var number: UInt64 = 1
      for written in ["account-other", absent.text] {
        number += 1
        let before = log.size
        let passed = passes(
          log, .test(number, [TestEvent(written)], conditions: [.stream(absent, row.expected)]))
        #expect(passed == (row.passesWhenAbsent))
        #expect(log.size == before + (passed ? 1 : 0))
        if passed && written == absent.text { break }
      }
      number += 1
      #expect(
        passes(
          log, .test(number, [TestEvent("account-c")], conditions: [.stream(present, row.expected)])
        ) == row.passesAtRevision1)
    }
  }

  private func passes(_ log: EventLog, _ request: AppendRequest) -> Bool {
    do throws(AppendError) {
      _ = try log.appendAndWait(request)
      return true
    } catch .conflict {
      return false
    } catch {
      Issue.record("\(error)")
      return false
    }
  }

  @Test func `a query must match nothing behind its position`() throws {
    try LogHarness.run { log, _ throws in
      _ = try log.appendAndWait(
        .test(
          1,
          [
            TestEvent("account-a", type: "AccountCreated", tags: ["account:a", "tier:1"]),
            TestEvent("account-b", type: "AccountGraded", tags: ["account:b", "tier:1"]),
          ]))
      func check(_ query: EventQuery, after: Position? = nil) -> Position? {
        do throws(AppendError) {
          _ = try log.appendAndWait(
            .test(
              UInt64(log.size), [TestEvent("other-x", type: "Noted")],
              conditions: [.noMatch(query, after: after)]))
          return nil
        } catch .matched(let position) {
          return position
        } catch {
          Issue.record("\(error)")
          return nil
        }
      }
      #expect(check(.tags([.known("account:a")])) == Position(2))
      #expect(check(.tags([.known("account:a")]), after: Position(2)) == nil)
      #expect(check(.tags([.known("account:a"), .known("tier:1")])) == Position(2))
      #expect(check(.tags([.known("account:a"), .known("account:b")])) == nil)
      #expect(check(.tags([.known("tier:1")], types: [.known("AccountGraded")])) == Position(3))
      #expect(check(.types([.known("AccountMerged")])) == nil)
      #expect(check(.category("account"), after: Position(2)) == Position(3))
      #expect(check(.everything, after: Position(log.size - 1)) == nil)
      #expect(check(.everything) == Position(0))
      #expect(
        check(
          EventQuery([
            .init(types: [.known("AccountMerged")]), .init(tags: [.known("account:b")]),
          ])) == Position(3))
    }
  }

  @Test func `of racing appends under one condition exactly one passes`() async throws {
    try await LogHarness.run { log, _ async throws in
      let passed = await withTaskGroup(of: Bool.self) { group in
        for number in 1...48 as ClosedRange<UInt64> {
          group.addTask {
            do throws(AppendError) {
              _ = try await log.append(
                .test(
                  number, [TestEvent("account-\(number)", tags: ["code:one"])],
                  conditions: [.noMatch(.tags([.known("code:one")]), after: nil)]))
              return true
            } catch {
              return false
            }
          }
        }
        return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(passed == 1)
      #expect(log.size == 3)
    }
  }
}
