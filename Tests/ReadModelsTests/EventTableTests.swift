import EventLog
import EventModel
import ReadModels
import Schema
import TestSupport
import Testing

/// A real log in a folder, for what only that can show.
struct TestLog {
  let log: EventLog
  let folder: String

  init(_ folder: String) throws {
    let options = Self.options
    try EventLog.create(
      in: "\(folder)/log", origin: "local/main/00000001", simulatedClock: true,
      schema: SchemaDescriptor.bytes, options: options)
    self.folder = folder
    log = try EventLog(writing: "\(folder)/log", options: options)
  }

  private static var options: EventLog.Options {
    EventLog.Options(
      mapSizeBytes: 1 << 28, clock: { Timestamp(microseconds: 1_767_225_600_000_000) })
  }

  /// Appends the events of `script`, in groups of `size`.
  func append(_ script: EventScript, groupsOf size: Int = 100) throws {
    var start = 0
    while start < script.events.count {
      let group = script.events[start..<min(start + size, script.events.count)]
      let events = try group.map { event in
        NewEvent(
          eventID: event.eventID, stream: try #require(StreamName(event.stream)),
          type: try #require(EventType(event.type)), actor: try #require(ActorID(event.actor)),
          // The sealed section of a script is of no key: the log refuses it.
          sections: [0, 1].map { NewSection(kind: .plain, blob: event.blob($0)) })
      }
      _ = try log.appendAndWait(
        AppendRequest(command: CommandID(high: 9, low: UInt64(start + 1)), events: events))
      start += size
    }
  }
}

@Suite struct EventTableTests {
  @Test func `the events are a table that reads the log itself`() throws {
    try withTemporaryFolder { folder in
      let test = try TestLog(folder)
      defer { test.log.close() }
      var script = EventScript()
      try script.standardPipeline()
      for number in 0..<700 { try script.opportunity("o\(number)", amount: Int64(number)) }
      try script.ticket("t1", team: "A", source: "Queued", by: "usr_7")
      try test.append(script)
      let runner = try ModelRunner(
        ModelKind.standard, source: test.log, options: options("\(folder)/models"))
      try runner.catchUp()
      try runner.close()
      let reader = try ModelReader(ModelKind.standard, folder: "\(folder)/models")
      func ask(_ sql: String) throws -> [[SQLValue]] {
        try reader.query(sql, events: test.log).rows
      }
      let size = Int64(test.log.size)
      #expect(
        try ask("SELECT count(*), min(position), max(position) FROM events") == [
          [.integer(size), .integer(0), .integer(size - 1)]
        ])
      #expect(
        try ask("SELECT count(*) FROM events WHERE type = 'OpportunityCreated'")
          == [[.integer(700)]])
      #expect(
        try ask(
          """
          SELECT json_extract(payload, '$.sourceStatus'), actor, record_id
          FROM events WHERE stream = 'ticket-t1'
          """) == [[.text("Queued"), .text("usr_7"), .text("t1")]])
      #expect(
        try ask("SELECT position FROM events WHERE position > 3 AND position <= 6")
          == [[.integer(4)], [.integer(5)], [.integer(6)]])
      #expect(
        try ask("SELECT position FROM events ORDER BY position DESC LIMIT 2")
          == [[.integer(size - 1)], [.integer(size - 2)]])
      #expect(
        try ask("SELECT position FROM events WHERE position < 600 ORDER BY position DESC LIMIT 300")
          == (300..<600).reversed().map { [.integer($0)] })
      #expect(try ask("SELECT count(*) FROM events WHERE actor = 'usr_7'") == [[.integer(1)]])
      #expect(try ask("SELECT count(*) FROM events WHERE category = 'ticket'") == [[.integer(1)]])
      #expect(try ask("SELECT count(*) FROM events WHERE type = 'no such'") == [[.integer(0)]])
      #expect(
        try ask(
          "SELECT count(*) FROM events WHERE type = 'OPPORTUNITYcreated' COLLATE NOCASE")
          == [[.integer(700)]])
      #expect(
        try ask("SELECT actor FROM events WHERE stream = 'ticket-t1  ' COLLATE RTRIM")
          == [[.text("usr_7")]])
      #expect(try ask("SELECT count(*) FROM events WHERE position = -1") == [[.integer(0)]])
      #expect(try ask("SELECT count(*) FROM events WHERE position = 'x'") == [[.integer(0)]])
      #expect(
        try ask(
          "SELECT count(*) FROM events e JOIN ticket t ON e.stream = 'ticket-' || t.ticket_id")
          == [[.integer(1)]])
      #expect(throws: QueryError.self) { try ask("DELETE FROM events") }
    }
  }

  @Test func `models follow a log that is written`() async throws {
    try await inTemporaryFolder { folder in
      let test = try TestLog(folder)
      let runner = try ModelRunner(
        ModelKind.standard, source: test.log, options: options("\(folder)/models"))
      let following = Task { try await runner.follow(test.log) }
      var script = EventScript()
      for number in 0..<50 { try script.ticket("t\(number)", team: "A") }
      try test.append(script, groupsOf: 7)
      // Asking brings them there, whether the follower was there or not.
      try runner.reach(Position(test.log.size - 1))
      let statuses = try runner.statuses()
      #expect(statuses.allSatisfy { $0.lag == 0 && $0.state == .current })
      let reader = try ModelReader(ModelKind.standard, folder: "\(folder)/models")
      #expect(try reader.tickets(TicketFilter()).value.count == 50)
      test.log.close()
      try await following.value
    }
  }

  @Test func `a log and an array of its events make equal models`() throws {
    try withTemporaryFolder { folder in
      let test = try TestLog(folder)
      defer { test.log.close() }
      try test.append(try RandomHistory(seed: 21, count: 1000).script)
      let runner = try ModelRunner(
        ModelKind.standard, source: test.log, options: options("\(folder)/models", batch: 77))
      try runner.catchUp()
      let found = try digests(runner)
      let expected = try plainDigests(try test.log.events(EventSelection()))
      #expect(found == expected)
      try runner.close()
    }
  }
}
