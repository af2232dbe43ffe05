internal import EventModel
internal import Synchronization

/// How models are to be built anew.
package struct RebuildOptions: Hashable, Sendable {
  /// Begin from nothing even where an unfinished build could be gone on with.
  package var isFresh = false
  /// Leave the finished builds beside those that serve, until ``ModelRunner/promote(_:)``.
  ///
  /// A model that nobody can ask yet begins to serve all the same: there is nothing to compare it
  /// with.
  package var isHeld = false
  /// At most so many events a second; as fast as it goes when `nil`.
  package var maximumRate: UInt64?

  package init() {}
}

extension ModelRunner {
  /// Builds models anew from the first event, beside those that serve.
  ///
  /// The old builds serve, and follow the log, meanwhile. With no names all models are rebuilt.
  /// A cancelled or killed rebuild keeps what it committed, a whole number of batches, and the
  /// next call goes on from there, unless it is to be fresh; the builds that serve are untouched
  /// by either. Gives `false` when it was cancelled.
  ///
  /// A build that stops at an event never takes the place of one that serves: it stays unfinished,
  /// and the others are put in place all the same. When the disk is full, which is the log's too,
  /// the unfinished builds are deleted.
  ///
  /// - Throws: ``ModelError/noRoom(models:neededBytes:freeBytes:)`` before anything is written,
  ///   ``ModelError/alreadyRebuilding(_:)`` when a process is at one of the models,
  ///   ``ModelError/stopped(model:why:)`` when a build stopped.
  package func rebuild(
    _ names: [String] = [], with rebuilding: RebuildOptions = RebuildOptions(),
    _ observer: ModelObserver = ModelObserver()
  ) throws(ModelError) -> Bool {
    let chosen = try kinds(named: names)
    try checkRoom(for: chosen, fresh: rebuilding.isFresh)
    let claims = try claim(chosen.map(\.name))
    defer { release(chosen.map(\.name), claims) }
    let skipped = try skippedPositions()
    let builds = try chosen.map { kind throws(ModelError) in
      try begin(kind, fresh: rebuilding.isFresh, skipped)
    }
    let isDone: Bool
    do throws(ModelError) { isDone = try make(builds, rebuilding, observer) } catch {
      if error.isDiskFull { delete(builds) }
      throw error
    }
    for build in builds { try build.close() }
    guard isDone else { return false }
    let stopped = builds.filter { isBarred($0.model) }
    let whole = builds.filter { !isBarred($0.model) }
    try put(whole.map(\.build), isHeld: rebuilding.isHeld)
    guard let first = stopped.first else { return true }
    let stops = stopped.compactMap { build in
      build.model.checkpoint.failure.map { "the new build of \(build.build.name) \($0.words)" }
    }
    throw .stopped(
      model: first.build.name,
      why: stops.joined(separator: "; ") + "; what serves goes on serving: mend the projector, or "
        + "leave the event out with `deed models skip`, and rebuild")
  }

  /// Brings the builds to the log's end, with their indexes; `false` when it was cancelled.
  private func make(
    _ builds: [Build], _ rebuilding: RebuildOptions, _ observer: ModelObserver
  ) throws(ModelError) -> Bool {
    let first = try runAll(builds, rebuilding, observer)
    guard first.isDone else { return false }
    let whole = builds.filter { !isBarred($0.model) }
    for build in whole { build.model.beginIndexes() }
    for build in whole {
      do throws(StorageError) {
        try build.model.finishCommit()
        if let rate = first.rate, build.model.checkpoint.failure == nil {
          try build.model.file.setNote(BuildNote.rate, rate)
        }
      } catch {
        throw .storage(model: build.model.name, error)
      }
    }
    // What came in meanwhile is little; a follower would wait for it anyway.
    return try runAll(builds, rebuilding, observer).isDone
  }

  /// Whether a build must not begin to serve: it stopped at an event, and there is one that serves.
  func isBarred(_ model: any RunningModel) -> Bool {
    model.checkpoint.failure != nil && folder.build(.serving, of: model.name) != nil
  }

  private func delete(_ builds: [Build]) {
    for build in builds {
      do throws(ModelError) { try build.close() } catch {
        // The file goes all the same, and its room when nobody has it open.
      }
      folder.delete(build.build)
    }
  }

  private struct Build {
    let model: any RunningModel
    let build: ModelBuild

    func close() throws(ModelError) {
      do throws(StorageError) { try model.file.close() } catch {
        throw .storage(model: model.name, error)
      }
    }
  }

  /// The kinds with these names; all when there are none.
  func kinds(named names: [String]) throws(ModelError) -> [ModelKind] {
    if names.isEmpty { return kinds }
    return try names.map { name throws(ModelError) in try kind(named: name) }
  }

  func kind(named name: String) throws(ModelError) -> ModelKind {
    guard let kind = kinds.first(where: { $0.name == name }) else { throw .unknownModel(name) }
    return kind
  }

  /// Takes the models for a rebuild: nobody else makes builds of them until they are released.
  private func claim(_ names: [String]) throws(ModelError) -> [BuildClaim] {
    let wanted = Set(names)
    let busy = rebuilding.withLock { running in
      let busy = running.intersection(wanted).min()
      if busy == nil { running.formUnion(wanted) }
      return busy
    }
    if let busy { throw .alreadyRebuilding(busy) }
    var claims: [BuildClaim] = []
    do throws(ModelError) {
      for name in names {
        // A first build that the runner has begun is the runner's: it is finished, not begun twice.
        try locked { work throws(ModelError) in
          if work.unpublished[name] != nil { try close(&work) }
        }
        claims.append(try required(name))
      }
    } catch {
      release(names, claims)
      throw error
    }
    return claims
  }

  private func release(_ names: [String], _ claims: [BuildClaim]) {
    withExtendedLifetime(claims) { rebuilding.withLock { $0.subtract(names) } }
  }

  private func begin(
    _ kind: ModelKind, fresh: Bool, _ skipped: Set<ModelSkip>
  ) throws(ModelError) -> Build {
    do throws(StorageError) {
      if let (begun, file) = try reopened(kind) {
        if !fresh, let build = try resume(kind, begun, file, skipped) { return try noted(build) }
        folder.delete(begun)
      }
      let build = try folder.newBuild(kind.name, kind.version)
      let file = try ModelFile(path: folder.path(of: build), isBuild: true)
      return try noted(Build(model: try kind.make(file, source.origin, rowLimit), build: build))
    } catch {
      throw .storage(model: kind.name, error)
    }
  }

  /// Notes when and where the work on a build begins: others tell by it how fast it is.
  private func noted(_ build: Build) throws(StorageError) -> Build {
    let file = build.model.file
    try file.setNote(BuildNote.begunAt, options.clock().microseconds)
    try file.setNote(BuildNote.begunFrom, Int64(build.model.checkpoint.next.rawValue))
    return build
  }

  /// Goes on with a build that was begun; `nil` when it is of no use for this log, or stopped at an
  /// event that nobody decided to leave out.
  private func resume(
    _ kind: ModelKind, _ build: ModelBuild, _ file: ModelFile, _ skipped: Set<ModelSkip>
  ) throws(StorageError) -> Build? {
    let model = try kind.make(file, source.origin, rowLimit)
    do throws(ModelError) { try check(model) } catch {
      try model.file.close()
      return nil
    }
    if model.checkpoint.failure != nil {
      guard model.stopIsDecided(by: skipped) else {
        try model.file.close()
        return nil
      }
      try model.clearFailure()
    }
    return Build(model: model, build: build)
  }

  /// Opens the build that was begun; one that may be there in part is deleted instead.
  func reopened(_ kind: ModelKind) throws(StorageError) -> (ModelBuild, ModelFile)? {
    guard let begun = try folder.unfinished(kind.name, kind.version) else { return nil }
    let file = try ModelFile(path: folder.path(of: begun), isBuild: true)
    if try file.wasBegunSinceStart() { return (begun, file) }
    try file.close()
    folder.delete(begun)
    return nil
  }

  private struct Passage {
    /// `false` when it was cancelled.
    let isDone: Bool
    /// Events a second, where nothing held them back.
    let rate: Int64?
  }

  /// Runs the builds to the log's end; held ones to where the builds stand that serve, so that
  /// both can be compared.
  private func runAll(
    _ builds: [Build], _ rebuilding: RebuildOptions, _ observer: ModelObserver
  ) throws(ModelError) -> Passage {
    let skipped = try skippedPositions()
    let targets = try builds.map { build throws(ModelError) in
      rebuilding.isHeld ? try servingPosition(of: build.build.name) : source.size
    }
    var rate: Int64?
    for target in Set(targets).sorted() {
      let models = zip(builds, targets).filter { $1 >= target }.map { $0.0.model }
      let group = ModelGroup(models, effectiveUntil: options.effectiveUntil, skipped: skipped)
      let passage = try run(group, to: target, rebuilding, observer)
      guard passage.isDone else { return passage }
      rate = rate ?? passage.rate
    }
    return Passage(isDone: true, rate: rate)
  }

  /// How many events the build has that serves; the log's without one.
  private func servingPosition(of name: String) throws(ModelError) -> UInt64 {
    guard let serving = folder.build(.serving, of: name) else { return source.size }
    do throws(StorageError) {
      return min(source.size, try BuildState(reading: folder.path(of: serving)).next)
    } catch {
      guard error.isDamage else { throw .storage(model: name, error) }
      // A file that is damaged can't be compared with, and is the reason to rebuild.
      return source.size
    }
  }

  /// Runs `group` to `size`.
  private func run(
    _ group: ModelGroup, to size: UInt64, _ rebuilding: RebuildOptions, _ observer: ModelObserver
  ) throws(ModelError) -> Passage {
    let started = options.clock()
    var limit = batchLimit
    if let rate = rebuilding.maximumRate {
      // Ten batches a second, so that the pauses between them are short.
      limit.scannedCount = max(1, Int(min(rate / 10, UInt64(limit.scannedCount))))
      limit.readsAhead = false
    }
    defer { group.finish() }
    guard let from = group.next else { return Passage(isDone: true, rate: nil) }
    while let next = group.next, next.rawValue < size {
      if observer.isCancelled() { return Passage(isDone: false, rate: nil) }
      try group.runBatch(from: source, size: size, limit: limit)
      let position = group.next ?? Position(size)
      let elapsed = options.clock().microseconds - started.microseconds
      observer.progress(
        ModelProgress(
          models: group.models.map(\.name), position: position, size: size, from: from,
          elapsedMicroseconds: elapsed))
      if let rate = rebuilding.maximumRate, rate > 0 {
        let due = Int64((position.rawValue - from.rawValue) * 1_000_000 / rate)
        pause(due - elapsed, observer)
      }
    }
    group.finish()
    if let index = group.waits.keys.min(), let error = group.waits[index] {
      throw .storage(model: group.models[index].name, error)
    }
    let elapsed = options.clock().microseconds - started.microseconds
    // Where all stopped at events they did not come to the end.
    let isFree =
      rebuilding.maximumRate == nil && elapsed > 0 && size > from.rawValue && group.next != nil
    return Passage(
      isDone: true,
      rate: isFree ? Int64(size - from.rawValue) * 1_000_000 / elapsed : nil)
  }

  /// Waits a piece at a time, so that who cancels needn't wait for the end of it.
  private func pause(_ microseconds: Int64, _ observer: ModelObserver) {
    var left = microseconds
    while left > 0, !observer.isCancelled() {
      options.pause(min(left, 100_000))
      left -= 100_000
    }
  }

  /// Makes finished builds the ones that serve, or that wait for their switch.
  private func put(_ builds: [ModelBuild], isHeld: Bool) throws(ModelError) {
    try locked { work throws(ModelError) in
      for build in builds {
        do throws(StorageError) {
          if isHeld, folder.build(.serving, of: build.name) != nil {
            try folder.give(.next, to: build)
            try folder.clear(build.name)
          } else {
            try folder.publish(build)
          }
        } catch {
          throw .storage(model: build.name, error)
        }
      }
      try close(&work)
      if !options.isBeside { publishStatuses(try opened(&work), work) }
    }
  }

  /// Lets go of the models at work; they are opened again when they are needed.
  func close(_ work: inout Work) throws(ModelError) {
    work.group?.finish()
    let models = work.group?.models ?? []
    work = Work()
    var failure: ModelError?
    // One that can't be closed keeps no other open, and none of them is asked again.
    for model in models {
      do throws(StorageError) { try model.file.close() } catch {
        failure = failure ?? .storage(model: model.name, error)
      }
    }
    if let failure { throw failure }
  }

  /// The positions that models leave out, by what was decided.
  func skippedPositions() throws(ModelError) -> Set<ModelSkip> { try options.skips() }
}
