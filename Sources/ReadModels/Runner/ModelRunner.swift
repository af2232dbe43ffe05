package import EventModel
internal import Foundation
internal import Synchronization

/// Brings read models to the log's end and keeps them there.
///
/// It is the only writer of the models' files. Calls that move models run on the caller's thread
/// and block it; following has a thread of its own.
package final class ModelRunner: Sendable {
  package struct Options: Sendable {
    /// Where the models' files lie.
    package var folder: String
    /// About how many rows all models together keep in memory between batches.
    package var rowLimit = 200_000
    /// How many events are folded before they are written.
    package var batchEventLimit = 32_768
    /// Only events that happened until then count; all when `nil`.
    package var effectiveUntil: Timestamp?
    /// For rates, in progress reports and the highest one, and for how long ago somebody looked.
    package var clock: @Sendable () -> Timestamp
    /// Waits so many microseconds, where a rate is limited.
    package var pause: @Sendable (Int64) -> Void = {
      Thread.sleep(forTimeInterval: Double($0) / 1e6)
    }
    /// How many bytes the disk has left; what the system says when `nil`.
    package var freeBytes: (@Sendable () -> UInt64?)?
    /// Events that builds leave out, by what was decided and recorded.
    package var skips: @Sendable () throws(ModelError) -> Set<ModelSkip> = { [] }

    /// Another process runs the models: this one leaves the builds alone that serve.
    package var isBeside = false

    package init(folder: String, clock: @escaping @Sendable () -> Timestamp) {
      self.folder = folder
      self.clock = clock
    }
  }

  /// The models at work; used only inside the lock.
  struct Work {
    var group: ModelGroup?
    /// Which build of each model `group` has.
    var builds: [String: ModelBuild] = [:]
    /// Builds in `group` that serve as soon as they have reached the log's end.
    var unpublished: [String: ModelBuild] = [:]
    /// The right to make them; let go of when one stopped at an event and another build serves.
    var claims: [String: BuildClaim] = [:]
    /// Models that can't be opened, by name.
    var refused: [String: ModelError] = [:]
    /// When that was found.
    var refusedAt: Timestamp?
  }

  package let kinds: [ModelKind]
  let source: any EventSource
  let options: Options
  let folder: ModelFolder
  let work = Mutex(Work())
  private let published = Mutex<[ModelStatus]>([])
  let rebuilding = Mutex<Set<String>>([])
  private let caughtUp = Mutex<CaughtUp?>(nil)

  /// That all models were at the end of so many events, and nothing stood in the way of any.
  private struct CaughtUp {
    let size: UInt64
    let at: Timestamp
  }

  /// For so long nobody looks again whether another process changed what serves.
  private static let lookMicroseconds: Int64 = 100_000

  /// Takes charge of the models of `kinds` in their folder; those that are not there yet are
  /// built by the first ``catchUp(_:)``.
  package init(
    _ kinds: [ModelKind], source: any EventSource, options: Options
  ) throws(ModelError) {
    self.kinds = kinds
    self.source = source
    self.options = options
    do throws(StorageError) { folder = try ModelFolder(options.folder) } catch {
      throw .storage(model: "all models", error)
    }
  }

  /// How each model stands, as of the last batch; the lag is counted against the log now.
  package func statuses() throws(ModelError) -> [ModelStatus] {
    if published.withLock({ $0.isEmpty }) {
      try locked { work throws(ModelError) in publishStatuses(try opened(&work), work) }
    }
    let size = source.size
    return published.withLock { $0 }.map { $0.against(size) }
  }

  /// Runs `body` with the models.
  func locked<Result: Sendable>(
    _ body: (inout Work) throws(ModelError) -> Result
  ) throws(ModelError) -> Result {
    try work.withLock { work throws(ModelError) in
      // Within the lock: nothing that happens here is believed to be known.
      caughtUp.withLock { $0 = nil }
      return try body(&work)
    }
  }

  /// Whether all models were seen at the end of `size` events a moment ago.
  func isCaughtUp(at size: UInt64) -> Bool {
    guard let known = caughtUp.withLock({ $0 }), known.size == size else { return false }
    // A clock that stands still says nothing of how long ago that was.
    let passed = options.clock().microseconds - known.at.microseconds
    return passed > 0 && passed < Self.lookMicroseconds
  }

  /// Remembers that all models are at the end of `size` events; said within the lock.
  func note(caughtUpAt size: UInt64) {
    let now = options.clock()
    caughtUp.withLock { $0 = CaughtUp(size: size, at: now) }
  }

  /// How far the waiting build of `kind` is; 0 when its file can't be read, which a comparison
  /// says.
  private func heldPosition(of kind: ModelKind) -> Position {
    guard let next = folder.build(.next, of: kind.name) else { return Position(0) }
    do throws(StorageError) {
      return Position(try BuildState(reading: folder.path(of: next)).next)
    } catch {
      return Position(0)
    }
  }

  /// Shows how the models stand to those who ask.
  func publishStatuses(_ group: ModelGroup, _ work: Work) {
    let statuses = kinds.map { kind in
      guard let index = group.models.firstIndex(where: { $0.name == kind.name }) else {
        return ModelStatus(
          kind, refused: work.refused[kind.name], builds: folder.builds(of: kind.name),
          held: isHeld(kind) ? heldPosition(of: kind) : nil)
      }
      return ModelStatus(
        group.models[index], wait: group.waits[index],
        isBuilding: work.unpublished[kind.name] != nil, builds: folder.builds(of: kind.name))
    }
    published.withLock { $0 = statuses }
  }

  /// Each model's share of the rows in memory.
  var rowLimit: Int { max(1, options.rowLimit / max(1, kinds.count)) }

  var batchLimit: ModelGroup.BatchLimit {
    ModelGroup.BatchLimit(eventCount: options.batchEventLimit)
  }
}

/// What a caller is told, and asked, between batches.
package struct ModelObserver: Sendable {
  package var progress: @Sendable (ModelProgress) -> Void
  package var isCancelled: @Sendable () -> Bool

  package init(
    progress: @escaping @Sendable (ModelProgress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.progress = progress
    self.isCancelled = isCancelled
  }
}
