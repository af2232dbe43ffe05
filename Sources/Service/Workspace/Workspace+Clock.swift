internal import EventLog
package import EventModel
internal import LMDB

/// A clock that stands far from the last event, and whoever says that it is right.
extension Workspace {
  /// Lets the log be opened though the clock is behind its last event, or far ahead of it.
  ///
  /// It holds until the next event is recorded with another time, and for this clock: a later leap is
  /// refused again.
  public static func acceptClock(_ folder: DataFolder) throws(ServiceError) -> Answer {
    try acceptClock(folder, clock: SystemClock.now)
  }

  package static func acceptClock(
    _ folder: DataFolder, clock: @Sendable () -> Timestamp
  ) throws(ServiceError) -> Answer {
    try requireWorkspace(in: folder)
    let last = try lastEventTime(in: folder)
    let now = clock()
    do throws(FileError) {
      try DurableFile.replace(
        folder.acceptedClockFile, with: Array("\(last.microseconds) \(now.microseconds)\n".utf8))
    } catch {
      throw ServiceError(.failed, code: "STORAGE.FAILED", "\(error): nothing was changed.")
    }
    return Answer(
      "The clock is taken for right",
      facts: [
        .init("lastRecordedAt", "Last recorded", .moment(last)),
        .init("now", "The clock says", .moment(now)),
      ],
      notes: [
        now < last
          ? "What is recorded bears the last event's time until the clock has passed it."
          : "What is recorded from now on bears the clock's time, for ever."
      ])
  }

  private static func lastEventTime(in folder: DataFolder) throws(ServiceError) -> Timestamp {
    do throws(OpenError) {
      let log = try EventLog(reading: folder.folder)
      defer { log.close() }
      let last: RecordedEvent?
      do throws(LMDBError) {
        last = try log.events(EventSelection(direction: .backwards, limit: 1)).first
      } catch { throw .storage(error) }
      guard let last else { throw .damaged("it has no event") }
      return last.recordedAt
    } catch { throw ServiceError(error) }
  }

  /// What ``acceptClock(_:)`` has written; `nil` where it was not said.
  static func acceptedClock(in folder: DataFolder) throws(ServiceError) -> AcceptedClock? {
    let bytes: [UInt8]?
    do throws(FileError) { bytes = try DurableFile.read(folder.acceptedClockFile) } catch {
      throw ServiceError(.failed, code: "LOG.STORAGE", "A file can't be used: \(error).")
    }
    guard let bytes else { return nil }
    let times = bytes.dropLast().split(separator: UInt8(ascii: " ")).map {
      Int64(String(decoding: $0, as: UTF8.self)).map { Timestamp(microseconds: $0) }
    }
    // A file of another form says nothing: then it is asked for again.
    guard times.count == 2, let last = times[0], let now = times[1] else { return nil }
    return AcceptedClock(last: last, now: now)
  }
}
