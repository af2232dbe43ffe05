import EventModel
import Service
import Synchronization
import TestSupport
import Testing

/// What is due becomes events while a server runs, by its own doing.
@Suite struct TimerKeeperTests {
  private static let day: Int64 = 86_400_000_000

  /// A workspace with a task that is due in a day, a clock that goes where it is set, and its keeper.
  private struct Place {
    let workspace: Workspace
    let keeper: TimerKeeper
    let task: String
    let now: @Sendable () -> Timestamp
    let advance: (_ days: Int64) -> Void
    let told: () -> [String]

    init(_ folder: String) async throws {
      let clock = Clock()
      let made = try await Workspace.create(
        try DataFolder(path: "\(folder)/data"),
        NewWorkspace(organization: "O", administrator: "A"), clock: { clock.now },
        isSimulated: true, random: .system)
      workspace = made.workspace
      now = { clock.now }
      advance = { clock.advance($0 * TimerKeeperTests.day) }
      let sentences = Sentences()
      told = { sentences.all }
      keeper = try TimerKeeper(workspace) { sentences.add($0) }
      let due = clock.now.advanced(byMicroseconds: TimerKeeperTests.day)
      let account = try await workspace.done(
        "CreateAccount",
        #"{"accountType":"organization","name":"Acme","source":{"channel":"website"}}"#)
      task = try await workspace.done(
        "CreateTask",
        """
        {"kind":"followUp","assigneeId":"\(made.administrator)","dueAt":"\(due)","action":"Call",\
        "subjectRefs":[{"objectType":"account","id":"\(account)"}]}
        """)
    }

    func eventCount() throws -> Int {
      try workspace.events(EventFilter(stream: "task-\(task)"), after: nil, limit: 100).events.count
    }
  }

  private final class Clock: Sendable {
    private let microseconds = Mutex<Int64>(1_772_000_000_000_000)
    var now: Timestamp { Timestamp(microseconds: microseconds.withLock { $0 }) }
    func advance(_ by: Int64) { microseconds.withLock { $0 += by } }
  }

  private final class Sentences: Sendable {
    private let sentences = Mutex<[String]>([])
    var all: [String] { sentences.withLock { $0 } }
    func add(_ sentence: String) { sentences.withLock { $0.append(sentence) } }
  }

  @Test func `a deadline that passes is an event without anybody's command`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await Place(folder)
      await place.keeper.look()
      #expect(try place.eventCount() == 1)
      place.advance(2)
      await place.keeper.look()
      let count = try place.eventCount()
      #expect(count > 1)
      // Looked at again, nothing happens twice.
      await place.keeper.look()
      #expect(try place.eventCount() == count)
      #expect(place.told() == [])
      #expect(place.keeper.notes == [])
      #expect(place.keeper.metrics.contains("deed_timers_held 0"))
      #expect(!place.keeper.metrics.contains("deed_timers_fired_total 0"))
      try place.workspace.close()
    }
  }

  @Test func `a clock that leaps ahead carries out nothing until it is back`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await Place(folder)
      await place.keeper.look()
      place.advance(400)
      await place.keeper.look()
      await place.keeper.look()
      #expect(place.told().count == 1)
      #expect(place.keeper.notes.count == 1)
      #expect(place.keeper.metrics.contains("deed_timers_held 1"))
      place.advance(-398)
      #expect(try place.eventCount() == 1)
      await place.keeper.look()
      #expect(place.told().last == "The clock is back: timers go on.")
      #expect(try place.eventCount() > 1)
      #expect(place.keeper.notes == [])
      try place.workspace.close()
    }
  }
}
