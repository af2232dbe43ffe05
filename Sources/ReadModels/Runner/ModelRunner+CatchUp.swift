package import EventModel

extension ModelRunner {
  /// Brings every model to where the log ended when the call began.
  ///
  /// What was committed stays when it is cancelled or fails; the next call goes on from there. A
  /// model that failed on an event stays before it, and the others go on. Gives `false` when it
  /// was cancelled.
  @discardableResult
  package func catchUp(_ observer: ModelObserver = ModelObserver()) throws(ModelError) -> Bool {
    let size = source.size
    if isCaughtUp(at: size) { return true }
    let started = options.clock()
    var from: Position?
    try locked { work throws(ModelError) in
      // Another process may have changed which builds serve.
      if work.group != nil, kinds.contains(where: { isStale($0, work) }) || mayRetry(work, started)
      {
        try close(&work)
        work.refused = [:]
      }
      try opened(&work).retry()
    }
    while true {
      if observer.isCancelled() {
        try locked { work throws(ModelError) in
          let group = try opened(&work)
          group.finish()
          publishStatuses(group, work)
        }
        return false
      }
      let step = try locked { work throws(ModelError) in try advance(&work, size: size) }
      if step.start < step.next || from == nil {
        from = from ?? step.start
        observer.progress(
          ModelProgress(
            models: kinds.map(\.name), position: step.next, size: size, from: from ?? step.start,
            elapsedMicroseconds: options.clock().microseconds - started.microseconds))
      }
      if step.next.rawValue >= size {
        if let error = step.firstError { throw error }
        return true
      }
    }
  }

  /// Brings every model at least to behind `position`, so that a reader sees its own write.
  package func reach(_ position: Position) throws(ModelError) {
    let isThere = try statuses().allSatisfy { $0.position > position || $0.isStopped }
    if !isThere { try catchUp() }
  }

  private struct Step: Sendable {
    let start: Position
    let next: Position
    let firstError: ModelError?
  }

  /// Runs one batch in all models that lack it; at the end, builds begin to serve.
  private func advance(_ work: inout Work, size: UInt64) throws(ModelError) -> Step {
    let group = try opened(&work)
    let start = group.next ?? Position(size)
    defer { publishStatuses(group, work) }
    try group.runBatch(from: source, size: size, limit: batchLimit)
    if (group.next?.rawValue ?? size) >= size { group.finish() }
    let next = group.next ?? Position(size)
    if next.rawValue >= size { serve(&work, group) }
    let waiting = group.waits.keys.min()
    let error = waiting.flatMap { index in
      group.waits[index].map { ModelError.storage(model: group.models[index].name, $0) }
    }
    if next.rawValue >= size, group.waits.isEmpty, work.refused.isEmpty, work.claims.isEmpty {
      note(caughtUpAt: size)
    }
    return Step(start: start, next: next, firstError: error)
  }

  /// Whether models that couldn't be opened are tried again.
  ///
  /// What stood in the way, such as a full disk, may be gone. Opening costs the others their memory
  /// of rows, so it is done now and then.
  private func mayRetry(_ work: Work, _ now: Timestamp) -> Bool {
    guard !work.refused.isEmpty, let at = work.refusedAt else { return false }
    return now.microseconds - at.microseconds >= Self.retryMicroseconds
  }

  private static let retryMicroseconds: Int64 = 5_000_000

  /// The models at work, opened at the first call.
  func opened(_ work: inout Work) throws(ModelError) -> ModelGroup {
    if let group = work.group { return group }
    var models: [any RunningModel] = []
    for kind in kinds where !isHeld(kind) {
      do throws(ModelError) {
        models.append(try open(kind, &work))
      } catch {
        work.refused[kind.name] = error
        work.refusedAt = options.clock()
      }
    }
    let group = ModelGroup(
      models, effectiveUntil: options.effectiveUntil, skipped: try skippedPositions())
    work.group = group
    return group
  }

  /// Whether a build of this program's version waits for its switch while another version serves:
  /// it stays where it is, so that both can be compared at one position.
  func isHeld(_ kind: ModelKind) -> Bool {
    let builds = folder.builds(of: kind.name)
    return builds.serving.map { $0.version != kind.version } ?? false
      && builds.next?.version == kind.version
  }

  /// Whether another build of `kind` is to be at work than the one that is.
  private func isStale(_ kind: ModelKind, _ work: Work) -> Bool {
    if let build = work.unpublished[kind.name] {
      // Without the claim others may go on with it, or begin another.
      return work.claims[kind.name] == nil && !isUnfinished(build)
    }
    let serving = isHeld(kind) ? nil : folder.build(.serving, of: kind.name)
    return work.builds[kind.name] != serving
  }

  private func isUnfinished(_ build: ModelBuild) -> Bool {
    do throws(StorageError) {
      return try folder.unfinished(build.name, build.version) == build
    } catch {
      // What can't be looked at is opened anew, which says why.
      return false
    }
  }

  /// Opens the build of `kind` that serves, or the one that was begun, or a new one.
  private func open(_ kind: ModelKind, _ work: inout Work) throws(ModelError) -> any RunningModel {
    let model: any RunningModel
    do throws(StorageError) {
      let build: ModelBuild
      let file: ModelFile
      if let serving = folder.build(.serving, of: kind.name), serving.version == kind.version {
        build = serving
        file = try ModelFile(path: folder.path(of: build))
      } else {
        guard let claim = try claimed(kind.name) else {
          throw StorageError(code: 0, message: "another process makes a build of it; wait for that")
        }
        if let begun = try reopened(kind) {
          (build, file) = begun
        } else {
          build = try folder.newBuild(kind.name, kind.version)
          file = try ModelFile(path: folder.path(of: build), isBuild: true)
        }
        work.unpublished[kind.name] = build
        work.claims[kind.name] = claim
      }
      work.builds[kind.name] = build
      model = try kind.make(file, source.origin, rowLimit)
    } catch {
      throw .storage(model: kind.name, error)
    }
    try check(model)
    return model
  }

  /// Publishes the builds that reached the end of the log; one whose file fails waits, and keeps no
  /// other.
  ///
  /// One that stopped at an event on its way stays what it is while another serves, and whoever
  /// makes a build may have it until it is tried again.
  private func serve(_ work: inout Work, _ group: ModelGroup) {
    let reached = group.models.enumerated().filter { index, model in
      work.unpublished[model.name] != nil && group.waits[index] == nil
    }
    for (_, model) in reached where isBarred(model) { work.claims[model.name] = nil }
    let finished = reached.filter { !isBarred($0.element) }
    // All begin before any is waited for: each has a thread of its own.
    for (_, model) in finished { model.beginIndexes() }
    for (index, model) in finished {
      guard let build = work.unpublished[model.name] else { continue }
      do throws(StorageError) {
        try model.finishCommit()
        try folder.publish(build)
      } catch {
        group.wait(index, for: error)
        continue
      }
      work.unpublished[model.name] = nil
      work.claims[model.name] = nil
    }
  }
}

extension ModelRunner {
  /// Refuses a model that was made from another log, or from more events than this one has.
  func check(_ model: any RunningModel) throws(ModelError) {
    let checkpoint = model.checkpoint
    guard checkpoint.origin == source.origin else {
      throw .otherLog(model: model.name, found: checkpoint.origin, expected: source.origin)
    }
    let size = source.size
    guard checkpoint.next.rawValue <= size else {
      throw .aheadOfLog(model: model.name, position: checkpoint.next.rawValue, size: size)
    }
  }
}
