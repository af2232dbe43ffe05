internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import LMDB
internal import ReadModels
internal import Schema
internal import SwiftProtobuf

/// Why somebody acts on a read model.
public struct ModelReason: Sendable, Hashable {
  /// A code, such as `release`.
  public var code: String
  /// In words; sealed.
  public var text: String

  /// Puts a reason together.
  public init(code: String, text: String = "") {
    self.code = code
    self.text = text
  }
}

/// Letting another build serve, going back, and leaving events out: each is recorded in the log
/// before it is done.
extension Workspace {
  /// Lets the waiting builds serve, each in one step; the old ones are kept.
  ///
  /// - Parameters:
  ///   - diff: which models, and which differences were declared.
  ///   - reason: why; recorded with who and with the digest of the comparison.
  ///   - acceptsDifferences: switch although differences were not declared.
  ///   - progress: told while comparing.
  /// - Returns: which builds serve now, and where that is recorded.
  /// - Throws: `MODEL.DIFFERENT` when there are undeclared differences; nothing is switched then.
  public func switchModels(
    _ diff: ModelDiff, reason: ModelReason, acceptsDifferences: Bool = false,
    progress: @escaping (Progress) -> Void
  ) async throws(ServiceError) -> Answer {
    try requireConfigurer("models switch")
    try requireWriter()
    let expected = try Self.expected(diff.expectedChanges)
    let compared: [ComparedModel]
    do throws(ServiceError) { compared = try compare(diff, expected, progress) } catch {
      guard acceptsDifferences, error.code == "MODEL.NOT_COMPARABLE" else { throw error }
      return try await switchUncompared(diff.models, reason)
    }
    if !acceptsDifferences, let model = compared.first(where: { !$0.undeclared.isEmpty }) {
      let kinds = model.undeclared.map(\.kind.line).joined(separator: "; ")
      throw ServiceError(
        .refused, code: "MODEL.DIFFERENT",
        "\(model.differences.model) differs in ways that nobody declared (\(kinds)): look at "
          + "`deed models diff`, declare them, or give --accept-differences; nothing was switched.")
    }
    var rows: [[Value]] = []
    for model in compared {
      let found = model.differences
      let command = SwitchReadModel.with {
        $0.model = found.model
        $0.from = Self.message(found.old)
        $0.to = Self.message(found.new)
        $0.events = found.events
        $0.changedRows = found.rows(.changed)
        $0.missingRows = found.rows(.missing)
        $0.extraRows = found.rows(.extra)
        $0.diffDigest = found.digest.hex
        $0.expectedChangesDigest = expected?.digest.hex ?? ""
      }
      let position = try await record(.switchReadModel(command), reason)
      do throws(ModelError) { try runner.promote(found.model) } catch { throw ServiceError(error) }
      rows.append([
        .text(found.model), .build(found.old), .build(found.new), position,
        .text(found.digest.hex),
      ])
    }
    return Self.switched("Switched", rows)
  }

  /// Switches builds that stand where they can't be compared, such as after a rollback to a version
  /// whose program is gone: recorded without a comparison.
  private func switchUncompared(
    _ names: [String], _ reason: ModelReason
  ) async throws(ServiceError) -> Answer {
    var rows: [[Value]] = []
    for name in names {
      let builds = try builds(of: name)
      guard let serving = builds.serving, let next = builds.next else { continue }
      let command = SwitchReadModel.with {
        $0.model = name
        $0.from = Self.message(serving)
        $0.to = Self.message(next)
      }
      let position = try await record(.switchReadModel(command), reason)
      do throws(ModelError) { try runner.promote(name) } catch { throw ServiceError(error) }
      rows.append([.text(name), .build(serving), .build(next), position, .none])
    }
    return Self.switched("Switched without a comparison", rows)
  }

  /// Lets the builds serve again that served before, each in one step.
  public func rollBackModels(
    _ names: [String], reason: ModelReason
  ) async throws(ServiceError) -> Answer {
    try requireConfigurer("models rollback")
    try requireWriter()
    var rows: [[Value]] = []
    for name in names {
      let builds = try builds(of: name)
      guard let serving = builds.serving, let previous = builds.previous, serving != previous
      else {
        throw ServiceError(
          .refused, code: "MODEL.NO_BUILD",
          "\(name) has no earlier build to go back to: one is kept from a switch until the next "
            + "one, or until `deed models prune`.")
      }
      let command = RollBackReadModel.with {
        $0.model = name
        $0.from = Self.message(serving)
        $0.to = Self.message(previous)
      }
      let position = try await record(.rollBackReadModel(command), reason)
      do throws(ModelError) { try runner.rollBack(name) } catch { throw ServiceError(error) }
      rows.append([.text(name), .build(serving), .build(previous), position, .none])
    }
    return Self.switched("Rolled back", rows)
  }

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
    if let days, days < 0 {
      throw ServiceError(.usage, code: "VALIDATION.RANGE", "--days is \(days): give 0 or more.")
    }
    try catchUp()
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

  /// Lets models that stopped at an event try it again; the outcome is refused when one stops
  /// again.
  public func retryModels(_ names: [String]) throws(ServiceError) -> Outcome {
    try requireConfigurer("models retry")
    try requireWriter()
    do throws(ModelError) {
      for name in names { try runner.retry(name) }
    } catch { throw ServiceError(error) }
    try catchUp()
    return try states(of: names, "Tried again")
  }

  /// Lets a model that stopped go on behind the event; the event stays in the log, and every
  /// rebuild of this version leaves it out too.
  public func skipModelEvent(
    _ name: String, at position: UInt64, reason: ModelReason
  ) async throws(ServiceError) -> Outcome {
    try requireConfigurer("models skip")
    try requireWriter()
    try catchUp()
    let statuses: [ModelStatus]
    do throws(ModelError) { statuses = try runner.statuses() } catch { throw ServiceError(error) }
    guard let status = statuses.first(where: { $0.name == name }) else {
      throw ServiceError(ModelError.unknownModel(name))
    }
    guard case .failed(let failure) = status.state, failure.position == Position(position) else {
      throw ServiceError(
        .refused, code: "MODEL.NOT_STOPPED",
        "\(name) did not stop at position \(position): `deed models list` says where a model "
          + "stopped.")
    }
    let command = SkipReadModelEvent.with {
      $0.model = name
      $0.version = status.version
      $0.position = position
      $0.eventID = failure.event.uuidText
      $0.eventType = failure.type
      $0.cause = failure.cause
    }
    _ = try await record(.skipReadModelEvent(command), reason)
    do throws(ModelError) {
      try runner.retry(name)
      try runner.reloadDecisions()
    } catch { throw ServiceError(error) }
    try catchUp()
    return try states(of: [name], "Goes on behind position \(position)")
  }

  private func states(of names: [String], _ title: String) throws(ServiceError) -> Outcome {
    var answer = try models(withTables: false, withDigests: false)
    answer.title = title
    answer.tables[0].rows.removeAll { row in
      guard case .text(let name) = row[0] else { return true }
      return !names.contains(name)
    }
    let failed = answer.tables[0].rows.contains { $0[4] == .text("failed") }
    return Outcome(answer, isRefused: failed)
  }

  private func builds(of name: String) throws(ServiceError) -> ModelBuilds {
    do throws(ModelError) { return try runner.builds(of: name) } catch {
      throw ServiceError(error)
    }
  }

  private func record(
    _ command: OrganizationCommand.OneOf_Command, _ reason: ModelReason
  ) async throws(ServiceError) -> Value {
    let key = CommandID(version7At: clock(), random: random.words()).uuidText
    var context = CommandContext(actor: try actingUser(), channel: .console, idempotencyKey: key)
    context.reason = Reason(code: reason.code, text: reason.text)
    do throws(CommandFailure) {
      let result = try await executor.execute(.organization(command), context)
      return result.first.map { .integer(Int64($0.rawValue)) } ?? .none
    } catch { throw ServiceError(error) }
  }

  private static func message(_ build: ModelBuild) -> ReadModelBuild {
    .with { ($0.version, $0.build) = (build.version, build.number) }
  }

  private static func switched(_ title: String, _ rows: [[Value]]) -> Answer {
    Answer(
      title,
      tables: [
        .init(
          "models", "",
          columns: [
            .init("model", "Model"), .init("from", "From"), .init("to", "To"),
            .init("position", "Recorded at"), .init("diffDigest", "Digest of the comparison"),
          ], rows: rows)
      ])
  }

  /// The events that models leave out, by what the log says.
  static func skips(in log: EventLog) throws(ModelError) -> Set<ModelSkip> {
    let recorded: [RecordedEvent]
    do throws(LMDBError) {
      recorded = try log.events(
        EventSelection(.types(["ReadModelEventSkipped"].compactMap(EventType.init))))
    } catch { throw .log(error) }
    var skips: Set<ModelSkip> = []
    for event in recorded {
      do throws(PayloadError) {
        guard case .organization(.readModelEventSkipped(let skip)) = try event.currentPayload()
        else { continue }
        skips.insert(
          ModelSkip(
            model: skip.model, version: skip.version, position: Position(skip.position)))
      } catch {
        throw .decisions("what was decided at position \(event.position) can't be read: \(error)")
      }
    }
    return skips
  }
}
