internal import Commands
internal import EventLog
internal import EventModel
internal import ReadModels
internal import Schema

/// Deleting builds that nobody needs any more.
extension Workspace {
  /// Deletes kept builds that are old enough for all that is given.
  ///
  /// - Parameters:
  ///   - events: more than so many positions behind the log's end.
  ///   - days: and kept for so many days since the switch that replaced them; one that no switch
  ///     replaced, but a newer program, goes by positions alone.
  /// - Returns: what was deleted.
  /// - Throws: ``ServiceError`` when another process writes, or the principal doesn't configure.
  public func pruneModels(
    olderThan events: Int, days: Int? = nil
  ) throws(ServiceError) -> Answer {
    try requireConfigurer("models prune")
    try requireWriter()
    if let days, !(0...36_500).contains(days) {
      throw ServiceError(.usage, code: "VALIDATION.RANGE", "--days is \(days): give 0 to 36500.")
    }
    let switched = days == nil ? [:] : try lastSwitches()
    var rows: [[Value]] = []
    do throws(ModelError) {
      for kind in ModelKind.standard {
        guard let age = try runner.age(ofPreviousBuildOf: kind.name), age > UInt64(max(0, events)),
          let previous = try runner.builds(of: kind.name).previous
        else { continue }
        if let days, let since = switched[kind.name],
          clock() < since.advanced(byMicroseconds: Int64(days) * 86_400_000_000)
        {
          continue
        }
        try runner.forget(kind.name, previous: true, next: false)
        rows.append([.text(kind.name), .build(previous), .integer(Int64(age))])
      }
    } catch { throw ServiceError(error) }
    return Answer(
      rows.isEmpty ? "Nothing was old enough to delete" : "Deleted",
      tables: [
        .init(
          "models", "",
          columns: [
            .init("model", "Model"), .init("build", "Build"), .init("behind", "Events behind"),
          ], rows: rows)
      ].filter { !$0.rows.isEmpty })
  }

  /// Deletes the builds of these models that wait for a switch, and those that were begun and not
  /// finished; what serves and what is kept for a way back stays.
  ///
  /// - Returns: what was deleted, and how many bytes that frees.
  public func discardModels(_ names: [String]) throws(ServiceError) -> Answer {
    try requireConfigurer("models discard")
    try requireWriter()
    var rows: [[Value]] = []
    do throws(ModelError) {
      for name in names { _ = try runner.builds(of: name) }
      let unfinished = try runner.unfinished()
      for kind in ModelKind.standard where names.isEmpty || names.contains(kind.name) {
        let begun = unfinished.filter { $0.build.name == kind.name }.map(\.build)
        let builds = [try runner.builds(of: kind.name).next].compactMap(\.self) + begun
        guard !builds.isEmpty else { continue }
        let bytes = builds.reduce(UInt64(0)) { $0 + runner.byteCount(of: $1) }
        try runner.forget(kind.name, previous: false, next: true)
        rows.append([
          .text(kind.name), .list(builds.map { .build($0) }), .integer(Int64(clamping: bytes)),
        ])
      }
    } catch { throw ServiceError(error) }
    return Answer(
      rows.isEmpty ? "Nothing waits, and nothing is unfinished" : "Deleted",
      tables: [
        .init(
          "models", "",
          columns: [
            .init("model", "Model"), .init("builds", "Builds"), .init("bytes", "Bytes"),
          ], rows: rows)
      ].filter { !$0.rows.isEmpty })
  }

  /// When each model was switched last, forwards or back.
  private func lastSwitches() throws(ServiceError) -> [String: Timestamp] {
    let types = ["ReadModelSwitched", "ReadModelRolledBack"].compactMap { EventType($0) }
    var times: [String: Timestamp] = [:]
    for event in try readEvents(.types(types), limit: 100_000) {
      do throws(PayloadError) {
        guard case .organization(let change)? = try event.payload() else { continue }
        if case .readModelSwitched(let switched) = change {
          times[switched.model] = event.recordedAt
        } else if case .readModelRolledBack(let back) = change {
          times[back.model] = event.recordedAt
        }
      } catch { throw ServiceError(.failed, code: "LOG.UNREADABLE", error.description) }
    }
    return times
  }
}
