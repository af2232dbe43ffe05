internal import EventModel
internal import GRDB

/// The names of notes in a model's file.
enum BuildNote {
  /// Events a second when the build was made.
  static let rate = "events_per_second"
  /// ``SystemStart/mark`` when the build was begun.
  static let start = "system_start"
  /// When the work on an unfinished build began, in microseconds, and at which position.
  static let begunAt = "begun_at"
  static let begunFrom = "begun_from"
}

/// What building a model anew takes.
package struct RebuildEstimate: Hashable, Sendable {
  package let model: String
  package let version: UInt32
  /// The build that serves; `nil` before the first.
  package let serving: ModelBuild?
  /// How many events are to be read.
  package let events: UInt64
  /// How large the new file will be, by the size of the one that serves; `nil` without one.
  package let bytes: UInt64?
  /// Events a second when the build was made that serves; `nil` when that is not known.
  package let eventsPerSecond: UInt64?

  /// At that rate, rounded up.
  package var seconds: UInt64? {
    guard let rate = eventsPerSecond, rate > 0 else { return nil }
    return (events + rate - 1) / rate
  }
}

extension ModelRunner {
  /// What building the models anew takes; all of them without names.
  ///
  /// Writes nothing.
  package func estimate(_ names: [String] = []) throws(ModelError) -> [RebuildEstimate] {
    let size = source.size
    return try kinds(named: names).map { kind throws(ModelError) in
      guard let build = folder.build(.serving, of: kind.name) else {
        return RebuildEstimate(
          model: kind.name, version: kind.version, serving: nil, events: size, bytes: nil,
          eventsPerSecond: nil)
      }
      let bytes = folder.byteCount(of: build)
      let state: BuildState
      do throws(StorageError) { state = try BuildState(reading: folder.path(of: build)) } catch {
        // A file that can't be read is what a rebuild is for.
        return RebuildEstimate(
          model: kind.name, version: kind.version, serving: build, events: size, bytes: bytes,
          eventsPerSecond: nil)
      }
      return RebuildEstimate(
        model: kind.name, version: kind.version, serving: build, events: size,
        bytes: state.next == 0 ? nil : Self.scaled(bytes, by: size, over: state.next),
        eventsPerSecond: state.rate)
    }
  }

  /// How many bytes the disk has left for builds; `nil` when the system doesn't say.
  package var freeBytes: UInt64? {
    if let freeBytes = options.freeBytes { return freeBytes() }
    return folder.freeBytes()
  }

  /// Refuses builds that the disk can't hold beside those that serve.
  ///
  /// What is there of unfinished builds needn't be found again: they are gone on with, or, where
  /// all is to be `fresh`, deleted first.
  func checkRoom(for kinds: [ModelKind], fresh: Bool) throws(ModelError) {
    var needed: UInt64 = 0
    var freed: UInt64 = 0
    for (kind, estimate) in zip(kinds, try estimate(kinds.map(\.name))) {
      let there = try unfinishedBytes(of: kind)
      let bytes = estimate.bytes ?? 0
      needed += fresh ? bytes : bytes - min(bytes, there)
      freed += fresh ? there : 0
    }
    guard let free = freeBytes, needed > free, needed - free > freed else { return }
    throw .noRoom(
      models: kinds.map(\.name), neededBytes: needed - min(needed, freed), freeBytes: free)
  }

  private func unfinishedBytes(of kind: ModelKind) throws(ModelError) -> UInt64 {
    do throws(StorageError) {
      return try folder.unfinished(kind.name, kind.version).map { folder.byteCount(of: $0) } ?? 0
    } catch {
      throw .storage(model: kind.name, error)
    }
  }

  private static func scaled(_ bytes: UInt64, by size: UInt64, over part: UInt64) -> UInt64 {
    let (high, low) = bytes.multipliedFullWidth(by: max(size, part))
    return high >= part ? .max : part.dividingFullWidth((high, low)).quotient
  }
}

/// What a build's file says of itself, read beside whoever writes it.
struct BuildState {
  /// How many events are in it.
  let next: UInt64
  /// What stopped it.
  let failure: ModelFailure?
  private let notes: [String: Int64]

  /// Reads the build in the file `path`, waiting so many seconds for who writes it.
  init(reading path: String, patience: Double = 5) throws(StorageError) {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(patience)
    do {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      (next, failure, notes) = try queue.inDatabase {
        database -> (UInt64, ModelFailure?, [String: Int64]) in
        let row = try Row.fetchOne(database, sql: "SELECT * FROM model_checkpoint")
        let checkpoint = row.map { ModelCheckpoint($0) }
        var notes: [String: Int64] = [:]
        // Files of the first releases have no notes.
        if try database.tableExists("model_note") {
          for note in try Row.fetchAll(database, sql: "SELECT name, value FROM model_note") {
            let name: String = note["name"]
            let value: Int64 = note["value"]
            notes[name] = value
          }
        }
        return (checkpoint?.next.rawValue ?? 0, checkpoint?.failure, notes)
      }
      try queue.close()
    } catch {
      throw StorageError(error)
    }
  }

  /// Events a second when the build was made.
  var rate: UInt64? { notes[BuildNote.rate].flatMap { $0 > 0 ? UInt64($0) : nil } }

  /// Events a second since the work on it began; `nil` before any time passed.
  func rate(at now: Timestamp) -> UInt64? {
    guard let begun = notes[BuildNote.begunAt], let from = notes[BuildNote.begunFrom],
      now.microseconds > begun, next > UInt64(clamping: from)
    else { return nil }
    let done = next - UInt64(clamping: from)
    return done.multipliedReportingOverflow(by: 1_000_000).partialValue
      / UInt64(now.microseconds - begun)
  }
}
