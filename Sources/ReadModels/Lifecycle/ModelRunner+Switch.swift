internal import EventModel

extension ModelRunner {
  /// Which builds of the model there are, and what each is for.
  package func builds(of name: String) throws(ModelError) -> ModelBuilds {
    folder.builds(of: try kind(named: name).name)
  }

  /// Whether a model is served by a build of another version than this program's.
  package var hasOlderVersionServing: Bool {
    kinds.contains { kind in
      folder.build(.serving, of: kind.name).map { $0.version != kind.version } ?? false
    }
  }

  /// Brings the waiting build of the model to where the one stands that serves, and compares what
  /// they hold.
  ///
  /// The build that serves is moved by whoever runs it: this runner, when it has the model's
  /// version, or another program.
  /// - Throws: ``ModelError/noBuild(model:why:)`` when there is nothing to compare.
  package func compare(
    _ name: String, _ observer: ModelObserver = ModelObserver()
  ) throws(ModelError) -> ModelDifferences {
    let kind = try kind(named: name)
    let (serving, next) = try pair(kind)
    guard let claim = try claimed(name) else { throw .alreadyRebuilding(name) }
    defer { withExtendedLifetime(claim) {} }
    if next.version == kind.version {
      try align(kind, next, with: serving, observer)
    }
    return try ModelComparison.compare(
      serving, at: folder.path(of: serving), with: next, at: folder.path(of: next))
  }

  /// Follows what differs to the first event of each kind of difference, with the projectors of
  /// earlier versions among `retired` that this program still has.
  package func causes(
    of differences: ModelDifferences, retired: [ModelKind] = [],
    _ observer: ModelObserver = ModelObserver()
  ) throws(ModelError) -> [ModelDifferences.Kind: DifferenceCause] {
    let kind = try kind(named: differences.model)
    guard kind.version == differences.new.version else { return [:] }
    let old = retired.first {
      $0.name == differences.model && $0.version == differences.old.version
    }
    let skipped = try skippedPositions().filter {
      $0.model == kind.name && $0.version == kind.version
    }
    let trace = ModelTrace(
      differences, new: kind, old: old, source: source, skipped: Set(skipped.map(\.position)))
    return try trace.run(observer, clock: options.clock)
  }

  /// Lets the waiting build serve, in one step; the old one is kept for ``rollBack(_:)``.
  ///
  /// Readers in flight finish on the old one.
  package func promote(_ name: String) throws(ModelError) {
    try change(name) { folder throws(StorageError) in try folder.promote(name) }
  }

  /// Lets the build serve that served before, in one step; the one that served waits again.
  package func rollBack(_ name: String) throws(ModelError) {
    try change(name) { folder throws(StorageError) in try folder.rollBack(name) }
  }

  /// Deletes the build that is kept for a way back, and the one that waits.
  package func forget(_ name: String, previous: Bool, next: Bool) throws(ModelError) {
    try change(name) { folder throws(StorageError) in
      if previous { folder.takeAway(.previous, of: name) }
      if next { folder.takeAway(.next, of: name) }
      try folder.clear(name)
    }
  }

  /// Lets a model that stopped before an event try it again.
  package func retry(_ name: String) throws(ModelError) {
    _ = try kind(named: name)
    try locked { work throws(ModelError) in
      let group = try opened(&work)
      group.finish()
      guard let model = group.models.first(where: { $0.name == name }) else {
        throw work.refused[name] ?? .unknownModel(name)
      }
      do throws(StorageError) { try model.clearFailure() } catch {
        throw .storage(model: name, error)
      }
      publishStatuses(group, work)
    }
  }

  /// Takes up what was decided about skipped events.
  package func reloadDecisions() throws(ModelError) {
    try locked { work throws(ModelError) in try close(&work) }
  }

  private func change(
    _ name: String, _ body: (ModelFolder) throws(StorageError) -> Void
  ) throws(ModelError) {
    _ = try kind(named: name)
    try locked { work throws(ModelError) in
      try close(&work)
      guard let claim = try claimed(name) else { throw .alreadyRebuilding(name) }
      defer { withExtendedLifetime(claim) {} }
      do throws(StorageError) { try body(folder) } catch { throw .storage(model: name, error) }
    }
  }

  private func claimed(_ name: String) throws(ModelError) -> BuildClaim? {
    do throws(StorageError) { return try folder.claim(name) } catch {
      throw .storage(model: name, error)
    }
  }

  private func pair(_ kind: ModelKind) throws(ModelError) -> (ModelBuild, ModelBuild) {
    let builds = folder.builds(of: kind.name)
    guard let serving = builds.serving else {
      throw .noBuild(
        model: kind.name,
        why: "\(kind.name) has no build that serves; run `deed models rebuild \(kind.name)`")
    }
    guard let next = builds.next else {
      throw .noBuild(
        model: kind.name,
        why: "\(kind.name) has no build that waits; run `deed models rebuild \(kind.name)` first")
    }
    return (serving, next)
  }

  /// Brings `next`, a build of `kind`, to the position of `serving`.
  private func align(
    _ kind: ModelKind, _ next: ModelBuild, with serving: ModelBuild, _ observer: ModelObserver
  ) throws(ModelError) {
    // The runner may have the waiting build open; nobody else may write it now.
    try locked { work throws(ModelError) in
      if work.builds[kind.name] == next { try close(&work) }
    }
    let target: UInt64
    let model: any RunningModel
    do throws(StorageError) {
      target = try BuildState(reading: folder.path(of: serving)).next
      model = try kind.make(
        try ModelFile(path: folder.path(of: next)), source.origin, rowLimit)
    } catch {
      throw .storage(model: kind.name, error)
    }
    do throws(ModelError) {
      try check(model)
      try advance(model, to: target, observer)
    } catch {
      try close(model)
      throw error
    }
    try close(model)
  }

  private func advance(
    _ model: any RunningModel, to target: UInt64, _ observer: ModelObserver
  ) throws(ModelError) {
    let reached = model.checkpoint.next.rawValue
    guard reached <= target else {
      throw .notComparable(
        model: model.name,
        why: "the build that serves \(model.name) has \(target) events and the one that waits "
          + "\(reached): bring it forward with the program of its version, then compare again")
    }
    let group = ModelGroup(
      [model], effectiveUntil: options.effectiveUntil, skipped: try skippedPositions())
    while let position = group.next, position.rawValue < target {
      if observer.isCancelled() { break }
      try group.runBatch(from: source, size: target, limit: batchLimit)
    }
    group.finish()
    if let error = group.waits[0] { throw .storage(model: model.name, error) }
    if let failure = model.checkpoint.failure {
      throw .notComparable(
        model: model.name,
        why: "the waiting build of \(model.name) stopped at position \(failure.position), "
          + "\(failure.type): \(failure.cause); mend the projector and rebuild")
    }
  }

  private func close(_ model: any RunningModel) throws(ModelError) {
    do throws(StorageError) { try model.file.close() } catch {
      throw .storage(model: model.name, error)
    }
  }
}

extension ModelRunner {
  /// How many positions the kept build of the model is behind the log's end; `nil` without one.
  package func age(ofPreviousBuildOf name: String) throws(ModelError) -> UInt64? {
    guard let previous = folder.build(.previous, of: try kind(named: name).name) else { return nil }
    do throws(StorageError) {
      let next = try BuildState(reading: folder.path(of: previous)).next
      return source.size - min(source.size, next)
    } catch {
      throw .storage(model: name, error)
    }
  }
}
