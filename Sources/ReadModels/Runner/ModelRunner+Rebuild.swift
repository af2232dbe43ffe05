internal import EventModel
internal import Synchronization

extension ModelRunner {
  /// Builds models anew from the first event, beside those that serve, and then puts the new
  /// builds in their place.
  ///
  /// The old builds serve, and follow the log, until then. A cancelled or killed rebuild keeps
  /// what it committed, and the next call goes on from there, unless it is to be `fresh`. With no
  /// names all models are rebuilt. Gives `false` when it was cancelled.
  package func rebuild(
    _ names: [String] = [], fresh: Bool = false, _ observer: ModelObserver = ModelObserver()
  ) throws(ModelError) -> Bool {
    let chosen = try kinds(named: names)
    let claimed = Set(chosen.map(\.name))
    let busy = rebuilding.withLock { running in
      let busy = running.intersection(claimed).min()
      if busy == nil { running.formUnion(claimed) }
      return busy
    }
    if let busy { throw .alreadyRebuilding(busy) }
    defer { rebuilding.withLock { $0.subtract(claimed) } }

    let builds = try chosen.map { kind throws(ModelError) in try begin(kind, fresh: fresh) }
    let group = ModelGroup(builds.map(\.model), effectiveUntil: options.effectiveUntil)
    guard try run(group, observer) else {
      for build in builds { try build.close() }
      return false
    }
    for build in builds {
      do throws(StorageError) { try build.model.finishIndexes() } catch {
        throw .storage(model: build.model.name, error)
      }
    }
    // What came in meanwhile is little; a follower would wait for it anyway.
    guard try run(group, observer) else {
      for build in builds { try build.close() }
      return false
    }
    for build in builds { try build.close() }
    try put(builds.map { ($0.model.name, $0.model.version, $0.path) })
    return true
  }

  private struct Build {
    let model: any RunningModel
    let path: String

    func close() throws(ModelError) {
      do throws(StorageError) { try model.file.close() } catch {
        throw .storage(model: model.name, error)
      }
    }
  }

  private func kinds(named names: [String]) throws(ModelError) -> [ModelKind] {
    if names.isEmpty { return kinds }
    return try names.map { name throws(ModelError) in
      guard let kind = kinds.first(where: { $0.name == name }) else { throw .unknownModel(name) }
      return kind
    }
  }

  private func begin(_ kind: ModelKind, fresh: Bool) throws(ModelError) -> Build {
    // A first build that the runner has begun is the runner's: it is finished, not begun twice.
    try locked { work throws(ModelError) in
      if work.unpublished[kind.name] != nil, work.group != nil { close(kind.name, &work) }
    }
    do throws(StorageError) {
      if let begun = try folder.unfinished(kind.name, kind.version) {
        if !fresh, let build = try resume(kind, begun) { return build }
        folder.delete(begun)
      }
      let path = try folder.newBuild(kind.name, kind.version)
      let file = try ModelFile(path: path)
      return Build(model: try kind.make(file, source.origin, options.rowLimit), path: path)
    } catch {
      throw .storage(model: kind.name, error)
    }
  }

  /// Goes on with a build that was begun; `nil` when it is of no use for this log.
  private func resume(_ kind: ModelKind, _ path: String) throws(StorageError) -> Build? {
    let model = try kind.make(try ModelFile(path: path), source.origin, options.rowLimit)
    do throws(ModelError) { try check(model) } catch {
      try model.file.close()
      return nil
    }
    guard model.checkpoint.failure == nil else {
      try model.file.close()
      return nil
    }
    return Build(model: model, path: path)
  }

  /// Runs `group` to the log's end; `false` when it was cancelled.
  private func run(
    _ group: ModelGroup, _ observer: ModelObserver
  ) throws(ModelError) -> Bool {
    let size = source.size
    let started = options.clock()
    defer { group.finish() }
    guard let from = group.next else { return true }
    while let next = group.next, next.rawValue < size {
      if observer.isCancelled() { return false }
      try group.runBatch(from: source, size: size, limit: batchLimit)
      observer.progress(
        ModelProgress(
          models: group.models.map(\.name), position: group.next ?? Position(size), size: size,
          from: from,
          elapsedMicroseconds: options.clock().microseconds - started.microseconds))
    }
    group.finish()
    if let index = group.waits.keys.min(), let error = group.waits[index] {
      throw .storage(model: group.models[index].name, error)
    }
    return true
  }

  /// Makes finished builds the ones that serve, and opens them.
  private func put(_ builds: [(name: String, version: UInt32, path: String)]) throws(ModelError) {
    try locked { work throws(ModelError) in
      for build in builds {
        do throws(StorageError) {
          try folder.publish(build.path, build.name, build.version)
        } catch {
          throw .storage(model: build.name, error)
        }
        close(build.name, &work)
      }
      publishStatuses(try opened(&work), work)
    }
  }

  /// Lets go of the models at work; they are opened again when they are needed.
  private func close(_ name: String, _ work: inout Work) {
    work.group = nil
    work.unpublished.removeAll()
    work.refused.removeAll()
  }
}
