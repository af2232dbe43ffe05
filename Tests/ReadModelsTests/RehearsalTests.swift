import EventModel
import ReadModels
import Schema
import SwiftProtobuf
import TestSupport
import Testing

@Suite struct RehearsalTests {
  private func rehearsed(
    _ script: EventScript, _ kinds: [ModelKind] = ModelKind.standard, perType: Int? = nil
  ) throws -> RehearsalReport {
    try ModelRehearsal(kinds, of: script.source) { Timestamp(microseconds: 0) }
      .run(perType: perType)
  }

  @Test func `fields that the catalogue does not have are named, also deep in messages`() throws {
    var script = try deskHistory(3)
    let opened = TicketOpened.with { $0.ticketID = "t9" }
    // Field 900 of TicketOpened, and field 77 of the record that it points to.
    let bytes: [UInt8] = try opened.serializedBytes()
    let reference: [UInt8] = [0xe8, 0x04, 0x01]
    let nested: [UInt8] = bytes + [0xa0, 0x38, 0x01] + Self.field(10, reference)
    let content = Self.field(1, nested)
    let position = try script.add(
      type: "TicketOpened", message: TicketEvent.protoMessageName, content: content,
      metadata: [8, 1], on: "ticket-t9")
    let report = try rehearsed(script)
    let numbers = report.unmapped.map { "\($0.message) \($0.number)" }
    #expect(numbers == ["deed.crm.v1.RecordRef 77", "deed.crm.v1.TicketOpened 900"])
    #expect(report.unmapped.allSatisfy { $0.first == position && $0.count == 1 })
    #expect(report.failureCount == 0)
  }

  /// A field of bytes.
  private static func field(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    for value in [number << 3 | 2, UInt64(content.count)] {
      var rest = value
      while rest >= 0x80 {
        bytes.append(UInt8(rest & 0x7f) | 0x80)
        rest >>= 7
      }
      bytes.append(UInt8(rest))
    }
    return bytes + content
  }

  @Test func `what a projector can't take is listed with its position, and the rest goes on`()
    throws
  {
    var script = try deskHistory(5)
    let poison = try script.add(
      type: "TicketClosed", message: TicketEvent.protoMessageName, content: [0xff, 0xff],
      metadata: [8, 1], on: "ticket-t1")
    try script.ticketStatus("t9", to: .closed)
    let report = try rehearsed(script, [ModelKind(Desk<NoFlaw>.self)])
    #expect(report.failures.map(\.position) == [poison])
    #expect(report.failures.first?.type == "TicketClosed")
    #expect(report.events == UInt64(script.events.count))
    let closed = try #require(report.types.first { $0.type == "TicketStatusChanged" })
    #expect(closed.upcastTo == "TicketStatusChanged.v2")
    #expect(closed.readers == ["ticket-desk"])
    let model = try #require(report.models.first)
    // Five tickets, a move for each event, and what was out of place.
    #expect(model.rows == 5 + UInt64(script.events.count - 2) + 1)
  }

  @Test(arguments: [1, 3, 1000])
  func `a sample has whole streams and enough of every type`(perType: Int) throws {
    let script = try RandomHistory(seed: 8, count: 1500).script
    let whole = try rehearsed(script)
    let sample = try rehearsed(script, perType: perType)
    #expect(sample.types.map(\.type) == whole.types.map(\.type))
    for (mine, all) in zip(sample.types, whole.types) {
      #expect(mine.inLog == all.run)
      #expect(mine.run >= min(UInt64(perType), 1) && mine.run <= all.run)
    }
    #expect(
      sample.failures.allSatisfy { failure in
        whole.failures.contains { $0.position == failure.position } || whole.failureCount > 100
      })
    #expect(try rehearsed(script, perType: perType) == sample)
  }
}
