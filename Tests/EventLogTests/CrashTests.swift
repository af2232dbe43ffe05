import EventLog
import EventModel
import Foundation
import Schema
import TestSupport
import Testing

@Suite struct CrashTests {
  private struct Acknowledged: Hashable {
    let command: CommandID
    let first: Position
    let count: Int
  }

  /// Starts a writing process, kills it after some acknowledgements, and returns those that it
  /// made, also between the decision and its death.
  private static func killedRun(
    _ folder: String, seed: UInt64, after limit: Int
  ) throws -> [Acknowledged] {
    let (process, output) = try CrashWriter.start(["write", folder, "\(seed)"])
    var acknowledged: [Acknowledged] = []
    if limit < 0 { kill(process.processIdentifier, SIGKILL) }
    while let line = output.next() {
      let words = line.split(separator: " ")
      if words.first == "failed" { Issue.record("\(line)") }
      if words.first == "ack", words.count == 4, let number = UInt64(words[1]),
        let first = UInt64(words[2]), let count = Int(words[3])
      {
        acknowledged.append(
          Acknowledged(
            command: CommandID(high: 0xc0, low: number), first: Position(first), count: count))
      }
      if acknowledged.count >= limit { kill(process.processIdentifier, SIGKILL) }
    }
    process.waitUntilExit()
    return acknowledged
  }

  @Test(.enabled(if: CrashWriter.url != nil), arguments: [20_261_121] as [UInt64])
  func `a killed writer loses, doubles and halves nothing`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    try withTemporaryFolder { path throws in
      let harness = try LogHarness(in: path)
      var all: [Acknowledged] = []
      for cycle in 0..<200 {
        let new = try Self.killedRun(
          harness.folder, seed: random.next(), after: Int.random(in: -1...10, using: &random))
        all += new
        let log = try EventLog(reading: harness.folder)
        for one in new {
          let outcome = try log.outcome(of: one.command)?.result
          #expect(
            outcome?.first == one.first && outcome?.count == one.count,
            "seed \(seed), cycle \(cycle), \(one)")
        }
        log.close()
        if cycle % 40 == 39 { try harness.verify() }
      }
      #expect(all.count > 200, "seed \(seed)")
      try harness.open { log throws in try Self.checkCommands(of: log, all) }
    }
  }

  /// Each command stands in the log once and whole.
  private static func checkCommands(of log: EventLog, _ all: [Acknowledged]) throws {
    var runs: [CommandID: [RecordedEvent]] = [:]
    for event in try log.events(EventSelection(from: Position(2))) {
      if let last = runs[event.correlation]?.last {
        #expect(last.position.next == event.position, "a command stands in two places")
      }
      runs[event.correlation, default: []].append(event)
    }
    for events in runs.values {
      #expect(try events[0].metadata().map { Int($0.commandEventCount) } == events.count)
    }
    for one in all {
      #expect(runs[one.command]?.first?.position == one.first)
      #expect(runs[one.command]?.count == one.count)
    }
  }
}
