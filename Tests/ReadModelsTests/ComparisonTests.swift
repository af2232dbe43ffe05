import EventLog
import EventModel
import Foundation
import ReadModels
import Schema
import TestSupport
import Testing

/// The first event that escalates the ticket `t6`.
private func position(_ type: String, of record: String, in script: EventScript) throws -> Position
{
  try #require(script.events.first { $0.type == type && $0.stream == "ticket-\(record)" }).position
}

/// From the priority's change of `t8` on, the wrong one.
private enum WrongPriority: Flaw {
  static let version: UInt32 = 2
  static func priority(_ to: TicketPriority.Code, _ event: ProjectedEvent) -> String {
    event.recordID == "t8" || event.recordID == "t10" ? "low" : "\(to)"
  }
}

/// Counts the escalations of `t9` twice.
private enum DoubleCount: Flaw {
  static let version: UInt32 = 2
  static func escalations(_ event: ProjectedEvent) -> Int64 { event.recordID == "t9" ? 2 : 1 }
}

/// Forgets the ticket `t7`.
private enum LostTicket: Flaw {
  static let version: UInt32 = 2
  static func opens(_ event: ProjectedEvent) -> Bool { event.recordID != "t7" }
}

private enum SameButNewer: Flaw { static let version: UInt32 = 2 }

/// Builds version 1, then the waiting build of `kind` beside it, and hands over what differs.
private func compared<Result>(
  _ kind: ModelKind, _ script: EventScript,
  _ body: (ModelRunner, ModelDifferences) throws -> Result
) throws -> Result {
  try withTemporaryFolder { folder in
    let log = GrowingLog(script.events, visible: script.events.count)
    let old = try ModelRunner(
      [ModelKind(Desk<NoFlaw>.self)], source: log, options: options(folder))
    try old.catchUp()
    try old.close()
    let new = try ModelRunner([kind], source: log, options: options(folder, batch: 7))
    var held = RebuildOptions()
    held.isHeld = true
    #expect(try new.rebuild(["ticket-desk"], with: held))
    return try body(new, try new.compare("ticket-desk"))
  }
}

@Suite struct ComparisonTests {
  @Test func `builds that hold the same do not differ`() throws {
    try compared(ModelKind(Desk<SameButNewer>.self), try deskHistory(12)) { runner, differences in
      #expect(differences.isEmpty)
      #expect(differences.oldRows == differences.newRows)
      #expect(differences.sums.allSatisfy { $0.old == $0.new })
      let causes = try runner.causes(of: differences)
      #expect(causes.isEmpty)
    }
  }

  @Test(arguments: [true, false])
  func `a wrong value is traced to its event`(hasOldProjector: Bool) throws {
    let script = try deskHistory(12)
    try compared(ModelKind(Desk<WrongPriority>.self), script) { runner, differences in
      let changed = try #require(
        differences.found.first { $0.kind.line == "desk_ticket changed priority" })
      #expect(changed.rows == 2)
      let causes = try runner.causes(
        of: differences, retired: hasOldProjector ? [ModelKind(Desk<NoFlaw>.self)] : [])
      let cause = try #require(causes[changed.kind])
      #expect(cause.position == (try position("TicketPriorityChanged", of: "t8", in: script)))
      #expect(cause.type == "TicketPriorityChanged")
      #expect(cause.stream == "ticket-t8")
      #expect(cause.basis == (hasOldProjector ? .bothProjectors : .saysOldValue))
      #expect(cause.way.first?.position == cause.position)
      #expect(cause.way.first?.values.contains { $0.value == .text("low") } == true)
      // The journal's rows name their events.
      let move = try #require(
        causes.first { $0.key.line == "desk_move changed priority" }?.value)
      #expect(move.position == cause.position)
    }
  }

  @Test func `a wrong count is traced to its event, with the sums that it changes`() throws {
    let script = try deskHistory(12)
    try compared(ModelKind(Desk<DoubleCount>.self), script) { runner, differences in
      #expect(differences.found.map(\.kind.line) == ["desk_ticket changed escalations"])
      let sum = try #require(differences.sums.first { $0.column == "escalations" })
      #expect(sum.new == sum.old + 1)
      let causes = try runner.causes(of: differences, retired: [ModelKind(Desk<NoFlaw>.self)])
      let cause = try #require(causes.values.first)
      #expect(cause.position == (try position("TicketEscalated", of: "t9", in: script)))
      #expect(cause.basis == .bothProjectors)
      // Without the old projector the last write of the column is named, and called that.
      let alone = try #require(try runner.causes(of: differences).values.first)
      #expect(alone.position == cause.position)
      #expect(alone.basis == .lastWrite)
    }
  }

  @Test(arguments: [true, false])
  func `a missing row is traced to the event that should have made it`(
    hasOldProjector: Bool
  ) throws {
    let script = try deskHistory(12)
    try compared(ModelKind(Desk<LostTicket>.self), script) { runner, differences in
      let missing = try #require(
        differences.found.first { $0.kind.line == "desk_ticket missing" })
      #expect(missing.rows == 1)
      let causes = try runner.causes(
        of: differences, retired: hasOldProjector ? [ModelKind(Desk<NoFlaw>.self)] : [])
      let cause = try #require(causes[missing.kind])
      #expect(cause.position == (try position("TicketOpened", of: "t7", in: script)))
      #expect(cause.key.first?.value == .text("t7"))
      // What comes behind it is out of place.
      #expect(differences.found.contains { $0.kind.line == "model_anomaly extra" })
    }
  }

  @Test func `only declared differences are expected`() throws {
    try compared(ModelKind(Desk<DoubleCount>.self), try deskHistory(12)) { _, differences in
      let found = try #require(differences.found.first)
      func covers(_ text: String) throws -> Bool {
        try ExpectedChanges(text).cover([found], of: "ticket-desk") == [true]
      }
      #expect(try covers("ticket-desk desk_ticket changed escalations\n"))
      #expect(try covers("# why\n\nticket-desk desk_ticket changed * max=1"))
      #expect(try covers("ticket-desk desk_ticket changed priority,escalations"))
      #expect(try !covers("ticket-desk desk_ticket changed priority"))
      #expect(try !covers("ticket-desk desk_ticket changed * max=0"))
      #expect(try !covers("ticket-desk desk_move changed escalations"))
      #expect(try !covers("other desk_ticket changed escalations"))
      #expect(try !covers(""))
      // A limit is for all that the line answers for, not for each kind.
      let limited = try ExpectedChanges("ticket-desk desk_ticket changed * max=1")
      let other = ModelDifferences.Found(
        kind: .init(table: "desk_ticket", change: .changed, columns: ["priority"]), rows: 1,
        examples: [])
      #expect(limited.cover([found], of: "ticket-desk") == [true])
      #expect(limited.cover([found, other], of: "ticket-desk") == [false, false])
      // One column that goes is not the table that goes.
      let whole = ModelDifferences.Found(
        kind: .init(table: "desk_ticket", change: .removed, columns: []), rows: 0, examples: [])
      let column = try ExpectedChanges("ticket-desk desk_ticket removed priority")
      #expect(column.cover([whole], of: "ticket-desk") == [false])
      let table = try ExpectedChanges("ticket-desk desk_ticket removed")
      #expect(table.cover([whole], of: "ticket-desk") == [true])
      let unmet = try ExpectedChanges("ticket-desk desk_move extra\nother x extra")
        .unmet(by: [differences])
      #expect(unmet == ["ticket-desk desk_move extra"])
    }
    for text in ["ticket-desk", "a b grown", "a b extra max=many"] {
      #expect(throws: ExpectedChanges.Fault.self) { try ExpectedChanges(text) }
    }
  }

  @Test func `the digest of a comparison is of what was found`() throws {
    let script = try deskHistory(12)
    let first = try compared(ModelKind(Desk<DoubleCount>.self), script) { $1.digest }
    let again = try compared(ModelKind(Desk<DoubleCount>.self), script) { $1.digest }
    let other = try compared(ModelKind(Desk<WrongPriority>.self), script) { $1.digest }
    #expect(first == again)
    #expect(first != other)
  }
}
