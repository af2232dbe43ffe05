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
  /// version, or another program. It may go on meanwhile.
  /// - Throws: ``ModelError/noBuild(model:why:)`` when there is nothing to compare,
  ///   ``ModelError/stopped(model:why:)`` when the waiting build stops at an event on its way.
  package func compare(
    _ name: String, under held: ModelClaim? = nil, _ observer: ModelObserver = ModelObserver()
  ) throws(ModelError) -> ModelDifferences {
    let kind = try kind(named: name)
    let claim = try right(held, to: name)
    defer { withExtendedLifetime(claim) {} }
    let (serving, next) = try pair(kind)
    // The runner may have the waiting build open; nobody else may write it now.
    try locked { work throws(ModelError) in
      if work.builds[name] == next { try close(&work) }
    }
    return try ModelComparison.compare(
      serving, at: folder.path(of: serving), with: next, at: folder.path(of: next)
    ) { target throws(ModelError) in
      if next.version == kind.version { try align(kind, next, to: target, observer) }
    }
  }

  /// Takes the right to make and to switch builds of these models, until it is let go of.
  package func hold(_ names: [String]) throws(ModelError) -> ModelClaim {
    let claims = try names.map { name throws(ModelError) in
      try required(try kind(named: name).name)
    }
    return ModelClaim(claims)
  }

  /// Takes the right to make builds of a model that nobody else has.
  func required(_ name: String) throws(ModelError) -> BuildClaim {
    let claim: BuildClaim?
    do throws(StorageError) { claim = try claimed(name) } catch {
      throw .storage(model: name, error)
    }
    guard let claim else { throw .alreadyRebuilding(name) }
    return claim
  }

  private func right(
    _ held: ModelClaim?, to name: String
  ) throws(ModelError) -> ModelClaim {
    if let held { return held }
    return try hold([name])
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
  /// - Throws: ``ModelError/stopped(model:why:)`` when the waiting build stopped at an event.
  package func promote(_ name: String, under held: ModelClaim? = nil) throws(ModelError) {
    let claim = try right(held, to: name)
    defer { withExtendedLifetime(claim) {} }
    try requireGoingOn(try pair(try kind(named: name)).1)
    try change(name, under: claim) { folder throws(StorageError) in try folder.promote(name) }
  }

  /// Refuses a waiting build that stopped at an event.
  package func requireGoingOn(_ next: ModelBuild) throws(ModelError) {
    let failure: ModelFailure?
    do throws(StorageError) {
      failure = try BuildState(reading: folder.path(of: next)).failure
    } catch {
      throw .storage(model: next.name, error)
    }
    if let failure { throw Self.stopped(next.name, failure) }
  }

  private static func stopped(_ name: String, _ failure: ModelFailure) -> ModelError {
    .stopped(
      model: name,
      why: "the waiting build of \(name) \(failure.words); mend the projector and rebuild, or "
        + "leave the event out with `deed models skip`")
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

  /// Lets a model that stopped before an event try it again, or leave it out when that was decided
  /// meanwhile; its build that waits, at the next comparison.
  package func retry(_ name: String) throws(ModelError) {
    if try waitingFailure(of: name) != nil { try retryWaiting(try kind(named: name)) }
    try locked { work throws(ModelError) in
      // Opened anew in the same turn: what was decided counts before anybody else goes on.
      try close(&work)
      let group = try opened(&work)
      guard let model = group.models.first(where: { $0.name == name }) else {
        if let refused = work.refused[name] { throw refused }
        // Its build waits, and stands still until it is compared.
        return publishStatuses(group, work)
      }
      do throws(StorageError) { try model.clearFailure() } catch {
        throw .storage(model: name, error)
      }
      publishStatuses(group, work)
    }
  }

  /// What stopped the build of the model that waits; `nil` when nothing did, when its file can't be
  /// read, which a comparison says, or when another program's version waits.
  package func waitingFailure(of name: String) throws(ModelError) -> ModelFailure? {
    let kind = try kind(named: name)
    guard let next = folder.build(.next, of: name), next.version == kind.version else { return nil }
    do throws(StorageError) {
      return try BuildState(reading: folder.path(of: next)).failure
    } catch {
      return nil
    }
  }

  private func retryWaiting(_ kind: ModelKind) throws(ModelError) {
    let claim = try hold([kind.name])
    defer { withExtendedLifetime(claim) {} }
    guard let next = folder.build(.next, of: kind.name), next.version == kind.version
    else { return }
    let model = try opened(kind, next)
    do throws(StorageError) { try model.clearFailure() } catch {
      try close(model)
      throw .storage(model: kind.name, error)
    }
    try close(model)
  }

  private func change(
    _ name: String, under held: ModelClaim? = nil,
    _ body: (ModelFolder) throws(StorageError) -> Void
  ) throws(ModelError) {
    _ = try kind(named: name)
    try locked { work throws(ModelError) in
      try close(&work)
      let claim = try right(held, to: name)
      defer { withExtendedLifetime(claim) {} }
      do throws(StorageError) { try body(folder) } catch { throw .storage(model: name, error) }
    }
  }

  /// Takes the right to make builds of a model; `nil` when somebody has it.
  ///
  /// Who only looks whether somebody has it holds its lock for a moment: that is waited for.
  func claimed(_ name: String) throws(StorageError) -> BuildClaim? {
    for _ in 0..<Self.lookLimit {
      if let claim = try folder.claim(name) { return claim }
      if try folder.isClaimed(name) { return nil }
      options.pause(Self.lookMicroseconds)
    }
    return nil
  }

  private static let lookLimit = 50
  private static let lookMicroseconds: Int64 = 2000

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
        why: "\(kind.name) has no build that waits; "
          + "run `deed models rebuild \(kind.name) --hold` first")
    }
    return (serving, next)
  }

  /// Brings `next`, a build of `kind`, to the position `target`.
  private func align(
    _ kind: ModelKind, _ next: ModelBuild, to target: UInt64, _ observer: ModelObserver
  ) throws(ModelError) {
    let model = try opened(kind, next)
    do throws(ModelError) {
      try check(model)
      try clearDecided(model, try skippedPositions())
      try advance(model, to: target, observer)
    } catch {
      try close(model)
      throw error
    }
    try close(model)
  }

  private func opened(
    _ kind: ModelKind, _ build: ModelBuild
  ) throws(ModelError) -> any RunningModel {
    do throws(StorageError) {
      return try kind.make(
        try ModelFile(path: folder.path(of: build)), source.origin, rowLimit)
    } catch {
      throw .storage(model: kind.name, error)
    }
  }

  /// Lets a model go on that stopped at an event which is to be left out by now.
  private func clearDecided(
    _ model: any RunningModel, _ skipped: Set<ModelSkip>
  ) throws(ModelError) {
    do throws(StorageError) {
      if model.stopIsDecided(by: skipped) { try model.clearFailure() }
    } catch {
      throw .storage(model: model.name, error)
    }
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
    if let failure = model.checkpoint.failure { throw Self.stopped(model.name, failure) }
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
      guard error.isDamage else { throw .storage(model: name, error) }
      // A file that is damaged is no way back.
      return source.size
    }
  }
}
