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

  /// A place that nobody has open, unused for more than a month.
  private static func idle(
    _ folder: String
  ) async throws -> (folder: DataFolder, now: @Sendable () -> Timestamp) {
    let place = try await Place(folder)
    try place.workspace.close()
    place.advance(40)
    return (place.workspace.folder, place.now)
  }

  @Test func `a clock that somebody said is right carries out what is due`() async throws {
    try await inTemporaryFolder { path in
      let (folder, now) = try await Self.idle(path)
      try await Self.opened(folder, now) { workspace, keeper in
        await keeper.look()
        #expect(keeper.notes.count == 1)
        let error = await #expect(throws: ServiceError.self) {
          _ = try await workspace.runTimers()
        }
        #expect(error?.code == "TIMERS.CLOCK_AHEAD")
      }
      _ = try Workspace.acceptClock(folder, clock: now)
      try await Self.opened(folder, now) { _, keeper in
        await keeper.look()
        #expect(keeper.notes == [])
        #expect(!keeper.metrics.contains("deed_timers_fired_total 0"))
      }
    }
  }

  @Test func `timers are run by hand by a clock that somebody said is right`() async throws {
    try await inTemporaryFolder { path in
      let (folder, now) = try await Self.idle(path)
      _ = try Workspace.acceptClock(folder, clock: now)
      try await Self.opened(folder, now) { workspace, _ in
        let answer = try await workspace.runTimers()
        #expect(answer.title == "Timers are carried out")
      }
    }
  }

  private static func opened(
    _ folder: DataFolder, _ now: @escaping @Sendable () -> Timestamp,
    _ body: (Workspace, TimerKeeper) async throws -> Void
  ) async throws {
    let workspace = try Workspace(opening: folder, actor: nil, clock: now, random: .system)
    let keeper = try TimerKeeper(workspace) { _ in }
    try await body(workspace, keeper)
    try workspace.close()
  }
}
