internal import GRDB

/// The names of notes in a model's file.
enum BuildNote {
  /// Events a second when the build was made.
  static let rate = "events_per_second"
  /// ``SystemStart/mark`` when the build was begun.
  static let start = "system_start"
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
      let state: BuildState
      do throws(StorageError) { state = try BuildState(reading: folder.path(of: build)) } catch {
        throw .storage(model: kind.name, error)
      }
      let bytes = folder.byteCount(of: build)
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
  func checkRoom(for kinds: [ModelKind]) throws(ModelError) {
    let needed = try estimate(kinds.map(\.name)).reduce(UInt64(0)) { $0 + ($1.bytes ?? 0) }
    guard let free = freeBytes, needed > free else { return }
    throw .noRoom(models: kinds.map(\.name), neededBytes: needed, freeBytes: free)
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
  let rate: UInt64?

  init(reading path: String) throws(StorageError) {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    do {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      (next, rate) = try queue.inDatabase { database in
        let next = try Int64.fetchOne(database, sql: "SELECT next_position FROM model_checkpoint")
        // Files of the first releases have no notes.
        let rate =
          try database.tableExists("model_note")
          ? Int64.fetchOne(
            database, sql: "SELECT value FROM model_note WHERE name = ?",
            arguments: [BuildNote.rate])
          : nil
        return (UInt64(next ?? 0), rate.flatMap { $0 > 0 ? UInt64($0) : nil })
      }
      try queue.close()
    } catch {
      throw StorageError(error)
    }
  }
}
