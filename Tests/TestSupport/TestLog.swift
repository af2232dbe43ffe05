package import EventLog
package import EventModel
internal import Synchronization
internal import Transparency

/// A clock that a test sets; it stands still in between.
package final class TestClock: Sendable {
  private let time: Mutex<Timestamp>

  /// Begins on 2026-01-01 unless told otherwise.
  package init(_ time: Timestamp = Timestamp(microseconds: 1_767_225_600_000_000)) {
    self.time = Mutex(time)
  }

  package var now: Timestamp { time.withLock { $0 } }

  package func set(_ now: Timestamp) { time.withLock { $0 = now } }
  package func advance(byMicroseconds step: Int64) {
    time.withLock { $0 = $0.advanced(byMicroseconds: step) }
  }
}

extension EventLog.Options {
  /// Small maps, and a key that signs for `deed.test/log`.
  package static func test(
    clock: TestClock = TestClock(), mapSizeBytes: Int = 1 << 28, signs: Bool = true
  ) throws -> EventLog.Options {
    var options = EventLog.Options(
      mapSizeBytes: mapSizeBytes, clock: { clock.now },
      signer: signs ? try CheckpointSigner(origin: "deed.test/log", seed: Array(1...32)) : nil)
    options.index.mapSizeBytes = 1 << 28
    return options
  }
}

extension EventLog {
  package static let testOrigin = "deed.test/log"

  /// Makes a log in `folder` with a schema of a few bytes.
  package static func createTest(
    in folder: String, simulatedClock: Bool = false, options: Options
  ) throws {
    try create(
      in: folder, origin: testOrigin, simulatedClock: simulatedClock, schema: [10, 0],
      options: options)
  }
}
