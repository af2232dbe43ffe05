import CRM
import Commands
import EventLog
import EventModel
import Schema
import TestSupport
import Testing

@Suite struct RepeatedCommandTests {
  /// Carries out a command twice and lets go of the workspace; gives what the second time gave.
  private func repeated(
    in folder: String, _ clock: SteppingClock
  ) async throws -> (result: CommandResult, size: UInt64) {
    let work = try Workplace(folder, clock: clock)
    try await work.staff()
    let first = try await work.run(Sample.company(), key: "k1")
    try await work.run(Sample.tag("vip", on: .account(first.targetID)))
    let size = work.log.size
    let again = try await work.run(Sample.company(), key: "k1")
    #expect(again.isRepeat && again.first == first.first && again.count == first.count)
    #expect(again.madeIDs == first.madeIDs && again.targetID == first.targetID)
    work.close()
    return (again, size)
  }

  @Test func `a repeat gives the first result, also after a restart`() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let clock = SteppingClock()
    let (again, size) = try await repeated(in: folder.path, clock)
    let reopened = try Workplace(folder.path, clock: clock)
    #expect(try await reopened.run(Sample.company(), key: "k1") == again)
    #expect(reopened.log.size == size)
    let other = try await reopened.refusal {
      try await reopened.run(Sample.company { $0.sizeBand = "L" }, key: "k1")
    }
    #expect(other == .idempotency)
    // Another principal has keys of its own.
    #expect(
      try await !reopened.run(
        Sample.company { $0.name = "云图数据" }, by: "usr_bob", key: "k1"
      ).isRepeat)
    reopened.close()
  }

  @Test func `one UUID is one command, whoever asks`() async throws {
    try await Workplace.run { work in
      let key = "01890a5d-ac96-774b-bcce-b302099a8057"
      let first = try await work.run(Sample.company(), key: key)
      #expect(try await work.run(Sample.company(), key: key).first == first.first)
      let bobs = try await work.refusal {
        try await work.run(Sample.company(), by: "usr_bob", key: key)
      }
      #expect(bobs == .idempotency)
    }
  }

  @Test func `a refusal is not remembered`() async throws {
    try await Workplace.run { work in
      let early = Sample.tag("vip", on: .account("acc_1"))
      #expect(try await work.refusal { try await work.run(early, key: "k1") } == .notFound)
      try await work.run(Sample.company("acc_1"))
      #expect(try await !work.run(early, key: "k1").isRepeat)
    }
  }
}
