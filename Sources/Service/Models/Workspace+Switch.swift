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
  /// - Throws: `MODEL.DIFFERENT` when there are undeclared differences, `MODEL.STOPPED` when a
  ///   waiting build stopped at an event, `MODEL.BUSY` when a process makes one; nothing is switched
  ///   then. Builds that stand where they can't be compared, such as after a rollback to a version
  ///   whose program is gone, are switched uncompared when differences are accepted.
  public func switchModels(
    _ diff: ModelDiff, reason: ModelReason, acceptsDifferences: Bool = false,
    progress: @escaping (Progress) -> Void
  ) async throws(ServiceError) -> Answer {
    try requireConfigurer("models switch")
    try requireWriter()
    let expected = try Self.expected(diff.expectedChanges)
    try catchUp()
    let names = try waitingModels(of: diff)
    // What was compared is what will serve: nobody puts another build in its place meanwhile.
    let claim: ModelClaim
    do throws(ModelError) { claim = try runner.hold(names) } catch { throw ServiceError(error) }
    defer { withExtendedLifetime(claim) {} }
    let relay = ProgressRelay(progress)
    var compared: [String: ComparedModel] = [:]
    for name in names {
      do throws(ServiceError) {
        compared[name] = try compare(name, diff, expected, relay, under: claim)
      } catch {
        guard acceptsDifferences, error.code == "MODEL.NOT_COMPARABLE" else { throw error }
      }
    }
    if !acceptsDifferences,
      let model = names.lazy.compactMap({ compared[$0] }).first(where: { !$0.undeclared.isEmpty })
    {
      let kinds = model.undeclared.map(\.kind.line).joined(separator: "; ")
      throw ServiceError(
        .refused, code: "MODEL.DIFFERENT",
        "\(model.differences.model) differs in ways that nobody declared (\(kinds)): look at "
          + "`deed models diff`, declare them, or give --accept-differences; nothing was switched.")
    }
    try requireGoingOn(names)
    var rows: [[Value]] = []
    for name in names {
      let builds = try builds(of: name)
      guard let serving = builds.serving, let next = builds.next else { continue }
      let found = compared[name]?.differences
      let command = SwitchReadModel.with {
        $0.model = name
        $0.from = Self.message(serving)
        $0.to = Self.message(next)
        guard let found else { return }
        $0.events = found.events
        $0.changedRows = found.rows(.changed)
        $0.missingRows = found.rows(.missing)
        $0.extraRows = found.rows(.extra)
        $0.diffDigest = found.digest.hex
        $0.expectedChangesDigest = expected?.digest.hex ?? ""
      }
      let position = try await record(.switchReadModel(command), reason)
      do throws(ModelError) { try runner.promote(name, under: claim) } catch {
        throw ServiceError(error)
      }
      rows.append([
        .text(name), .build(serving), .build(next), position,
        found.map { .text($0.digest.hex) } ?? .none,
      ])
    }
    let uncompared = names.filter { compared[$0] == nil }
    var answer = Self.switched("Switched", rows)
    if !uncompared.isEmpty {
      answer.notes.append(
        "Switched without a comparison, because the builds can't be brought to one position: "
          + uncompared.joined(separator: ", ") + ".")
    }
    return answer
  }

  /// Refuses waiting builds one of which stopped at an event: nothing is switched then.
  private func requireGoingOn(_ names: [String]) throws(ServiceError) {
    for name in names {
      guard let next = try builds(of: name).next else { continue }
      do throws(ModelError) { try runner.requireGoingOn(next) } catch { throw ServiceError(error) }
    }
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
    guard let failure = try stop(of: status, at: Position(position)) else {
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
    do throws(ModelError) { try runner.retry(name) } catch { throw ServiceError(error) }
    try catchUp()
    return try states(of: [name], "Goes on behind position \(position)")
  }

  /// What stopped the model at `position`, or its build that waits, or its unfinished one, which the
  /// next rebuild goes on with; `nil` when nothing did.
  private func stop(
    of status: ModelStatus, at position: Position
  ) throws(ServiceError) -> ModelFailure? {
    if case .failed(let failure) = status.state, failure.position == position { return failure }
    let unfinished: UnfinishedBuild?
    do throws(ModelError) {
      if let failure = try runner.waitingFailure(of: status.name), failure.position == position {
        return failure
      }
      unfinished = try runner.unfinished().first { $0.build.name == status.name }
    } catch { throw ServiceError(error) }
    guard let failure = unfinished?.failure, failure.position == position else { return nil }
    return failure
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

  func builds(of name: String) throws(ServiceError) -> ModelBuilds {
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
