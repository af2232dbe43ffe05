import BenchmarkLoad
import EventLog
import EventModel
import Foundation
import Vault

/// Appends of events that have personal sections.
extension Measures {
  /// How many data subjects the events are about.
  private static let subjectCount = 2000

  /// Appends `--events` events, 1000 a group, each with two sealed sections of 120 bytes behind
  /// its own two; sealing, hashing and appending are timed, and counted in processor time.
  static func seal(_ arguments: Arguments) throws -> Figures {
    let folder = try arguments.text("folder")
    let count = try arguments.count("events")
    let log = try opened(folder + "/log")
    try Vault.create(in: folder + "/keys", random: .system)
    let vault = try Vault(folder: folder + "/keys", random: .system)
    let subjects = try vault.createSubjects(subjectCount, at: Position(0))
    let seed: UInt64 = 9
    var history = GeneratedHistory(seed: seed, eventsPerCommand: 1000)
    var salts = SaltSource(seed: seed)
    let content = [UInt8](repeating: 65, count: 120)
    var watch = Stopwatch()
    let before = processorSeconds()
    var generating = 0.0
    var done = 0
    while done + 1000 <= count {
      let begun = processorSeconds()
      let generated = (0..<1000).compactMap { _ in history.next() }
      generating += processorSeconds() - begun
      try watch.time {
        let events = try generated.enumerated().map { index, event in
          let plain = event.finished(salt: &salts)
          let sealed = try (0..<2).map { number in
            let key = subjects[(done + index * 2 + number) % subjects.count]
            let blob = try vault.seal(
              content: content, contentType: "application/json", under: key,
              eventID: plain.eventID, section: 2 + number, stream: plain.stream, type: plain.type)
            return NewSection(kind: .sealed, keyID: key, blob: blob)
          }
          return NewEvent(
            eventID: plain.eventID, stream: plain.stream, type: plain.type, actor: plain.actor,
            sections: plain.sections + sealed)
        }
        _ = try log.appendAndWait(
          AppendRequest(command: CommandID(high: seed, low: UInt64(done) + 1), events: events))
      }
      done += 1000
    }
    let spent = processorSeconds() - before - generating
    log.close()
    return Figures(
      [("events", Double(done)), ("seconds", watch.seconds), ("processor_seconds", spent)]
        + watch.spread)
  }
}
