package import EventModel
package import LMDB
package import Transparency

/// The one source of truth of a workspace: an append-only sequence of events in LMDB.
package final class EventLog: Sendable {
  /// How a log is opened.
  package struct Options: Sendable {
    /// The most the data file can grow to; sparse, so it costs nothing.
    package var mapSizeBytes: Int
    /// The clock, read once a commit.
    package var clock: @Sendable () -> Timestamp
    /// Signs checkpoints; without one none is made.
    package var signer: CheckpointSigner?

    package init(
      mapSizeBytes: Int = 1 << 40, clock: @escaping @Sendable () -> Timestamp,
      signer: CheckpointSigner? = nil
    ) {
      self.mapSizeBytes = mapSizeBytes
      self.clock = clock
      self.signer = signer
    }
  }

  /// How many events the log has: the position the next one gets.
  package var size: UInt64 { preconditionFailure("not built yet") }
  /// The log's name in checkpoints, fixed at position 0.
  package var origin: String { preconditionFailure("not built yet") }

  /// Opens the log in `folder` as its one writer.
  package init(writing folder: String, options: Options) throws(OpenError) {
    preconditionFailure("not built yet")
  }

  /// Opens the log in `folder` for reading, beside a writer in this or another process.
  package init(reading folder: String) throws(OpenError) { preconditionFailure("not built yet") }

  /// Makes a new log in `folder` with `LogCreated` at position 0 and `schema` at position 1.
  package static func create(
    in folder: String, origin: String, simulatedClock: Bool, schema: [UInt8], options: Options
  ) throws(OpenError) { preconditionFailure("not built yet") }

  /// Publishes a checkpoint if there is news, stops the writer and closes the files.
  package func close() {}

  /// Appends the events of `request` together and durably, or none of them.
  ///
  /// Waits for the group's sync on the writer's thread; the caller's thread is not blocked.
  package func append(_ request: AppendRequest) async throws(AppendError) -> AppendResult {
    preconditionFailure("not built yet")
  }

  /// Appends like ``append(_:)`` and blocks the calling thread: for tools, not for tasks.
  package func appendAndWait(_ request: AppendRequest) throws(AppendError) -> AppendResult {
    preconditionFailure("not built yet")
  }

  /// Visits the selected events of one snapshot, without copying them.
  package func scan<Failure: LMDBFailure>(
    _ selection: EventSelection,
    _ visit: (_ layout: RecordLayout, _ record: Span<UInt8>) throws(Failure) -> Continuation
  ) throws(Failure) { preconditionFailure("not built yet") }

  /// The selected events, copied out of the log.
  package func events(_ selection: EventSelection) throws(LMDBError) -> [RecordedEvent] {
    preconditionFailure("not built yet")
  }

  /// The last position recorded at or before `time`; `nil` when the log began later.
  package func position(at time: Timestamp) throws(LMDBError) -> Position? {
    preconditionFailure("not built yet")
  }

  /// Follows the selected events: those there are, then those to come.
  package func follow(_ query: EventQuery, after: Position?, batchLimit: Int = 1000) -> EventFeed {
    preconditionFailure("not built yet")
  }
}
