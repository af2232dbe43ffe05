internal import EventLog
internal import EventModel
internal import Foundation
internal import ReadModels
internal import Synchronization

/// Models without intervals as they were at some positions, each built when it is asked for first
/// and kept for the pages that follow.
///
/// One is built at a time, and nobody waits for it: who asks meanwhile is told to ask again, so that
/// long builds never take the threads that answer others.
final class PastModels: Sendable {
  private struct Key: Hashable {
    let model: String
    let position: Position
  }

  private struct Built {
    let reader: ModelReader
    let folder: URL
    var usedAt: Int
  }

  private struct State {
    var built: [Key: Built] = [:]
    var useCount = 0
    var isBuilding = false
    var isClosed = false
  }

  private let state = Mutex(State())
  /// The most that are kept; the one that was used longest ago goes.
  private static let limit = 4

  /// The model `kind` as of `position`.
  func reader(
    _ kind: ModelKind, of log: EventLog, through position: Position,
    skips: Set<ModelSkip>, clock: @escaping @Sendable () -> Timestamp, random: RandomSource
  ) throws(ServiceError) -> ModelReader {
    let key = Key(model: kind.name, position: position)
    let (known, mayBuild) = state.withLock { state -> (ModelReader?, Bool) in
      state.useCount += 1
      if let built = state.built[key] {
        state.built[key]?.usedAt = state.useCount
        return (built.reader, false)
      }
      guard !state.isBuilding, !state.isClosed else { return (nil, false) }
      state.isBuilding = true
      return (nil, true)
    }
    if let known { return known }
    guard mayBuild else {
      throw ServiceError(
        .refused, code: "MODEL.BUSY",
        "Another list of the past is being made: ask again in a moment.")
    }
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "deed-past-\(random.bytes(8).hex)")
    let reader: ModelReader?
    do throws(ModelError) {
      reader = try ModelReader.past(
        [kind], of: log, through: position, in: folder.path(percentEncoded: false), skips: skips,
        clock: clock)
    } catch {
      state.withLock { $0.isBuilding = false }
      Self.remove([folder])
      throw ServiceError(error)
    }
    guard let reader else {
      state.withLock { $0.isBuilding = false }
      Self.remove([folder])
      throw ServiceError(.failed, code: "MODEL.FAILED", "The list of the past was cancelled.")
    }
    keep(Built(reader: reader, folder: folder, usedAt: 0), key)
    return reader
  }

  private func keep(_ new: Built, _ key: Key) {
    let gone = state.withLock { state -> [URL] in
      state.isBuilding = false
      guard !state.isClosed else { return [new.folder] }
      state.useCount += 1
      state.built[key] = new
      state.built[key]?.usedAt = state.useCount
      guard state.built.count > Self.limit,
        let oldest = state.built.min(by: { $0.value.usedAt < $1.value.usedAt })
      else { return [] }
      state.built[oldest.key] = nil
      return [oldest.value.folder]
    }
    Self.remove(gone)
  }

  /// Forgets all of them.
  func close() {
    let gone = state.withLock { state -> [URL] in
      state.isClosed = true
      defer { state.built = [:] }
      return state.built.values.map(\.folder)
    }
    Self.remove(gone)
  }

  private static func remove(_ folders: [URL]) {
    for folder in folders {
      do { try FileManager.default.removeItem(at: folder) } catch {
        // A folder that can't be removed is the system's temporary folder's to clear.
      }
    }
  }
}
