package import EventLog
internal import EventModel
internal import LMDB
internal import ReadModels

/// Whether a workspace can be worked with, and why not.
public struct WorkspaceHealth: Sendable, Hashable {
  /// A read model as it stands.
  public struct Model: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// How many events are in it.
    public let position: UInt64
    /// How many events the log has beyond it.
    public let lag: UInt64
    /// `current`, `building`, `behind`, `held`, `waiting` or `failed`.
    public let state: String
    /// Why it is so; empty when there is nothing to say.
    public let reason: String
    /// How many events are in the build of it that is not whole; `nil` without one.
    public let builtEvents: UInt64?
    /// How long that build still takes; `nil` when nobody is at it.
    public let buildSecondsLeft: UInt64?

    /// Whether it can't go on by itself.
    public var isStuck: Bool { state == "waiting" || state == "failed" }
  }

  /// A durable subscription as it stands; it never decides whether the workspace works.
  public struct Subscription: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// Such as `delivering`, `waiting-to-retry` or `stopped`.
    public let state: String
    /// How many events of the log lie behind what it has settled.
    public let lag: UInt64
    /// How many events were put aside.
    public let parked: Int
    /// Whether a person should look at it.
    public let isStuck: Bool
  }

  /// How many events the log has.
  public let logSize: UInt64
  /// How many events the access log has.
  public let accessLogSize: UInt64
  /// How many requests wait for the writer.
  public let writerQueue: Int
  /// How long the writer has been at what it does, in microseconds; 0 while it waits.
  public let writerBusyMicroseconds: Int64
  /// Each read model.
  public let models: [Model]
  /// Each durable subscription.
  public let subscriptions: [Subscription]
  /// What keeps the workspace from working: empty when it is ready.
  public let problems: [String]
  /// What somebody should see to, though the workspace works.
  public let notes: [String]
}

extension WorkspaceHealth {
  /// A writer that is at one group for so long is stuck.
  package static let writerPatienceMicroseconds: Int64 = 30_000_000

  /// What keeps the writer from writing, in a sentence for anybody; `nil` for nothing.
  package static func trouble(of writer: WriterStanding?) -> String? {
    guard let writer else { return "Another process writes the workspace." }
    if let failure = writer.failure {
      return failure.isDiskFull || failure.isMapFull
        ? "The writer has no room." : "The writer could not write."
    }
    guard writer.busyMicroseconds > writerPatienceMicroseconds else { return nil }
    return "The writer is stuck at one group."
  }
}

extension Workspace {
  /// How each model stands, and that they can't be looked at, where that is so.
  private func modelStatuses() -> (statuses: [ModelStatus], trouble: String?) {
    guard kind == .crm else { return ([], nil) }
    do throws(ModelError) {
      let statuses = try runner.statuses()
      let isWaiting = statuses.contains { if case .waiting = $0.state { true } else { false } }
      guard isWaiting, isWriter else { return (statuses, nil) }
    } catch {
      guard isWriter else { return ([], "The read models can't be looked at.") }
    }
    do throws(ModelError) {
      // What they waited for may be there by now: nobody else may ask for a while.
      _ = try runner.catchUp()
    } catch {
      // How each stands says so.
    }
    do throws(ModelError) { return (try runner.statuses(), nil) } catch {
      return ([], "The read models can't be looked at.")
    }
  }

  /// How the writer and the read models stand; only a model that waits for something is tried again.
  public func health() throws(ServiceError) -> WorkspaceHealth {
    let (statuses, trouble) = modelStatuses()
    let unfinished: [UnfinishedBuild]
    do throws(ModelError) { unfinished = kind == .crm ? try runner.unfinished() : [] } catch {
      // The folder can't be looked at: how the models stand says so.
      unfinished = []
    }
    let models = statuses.map { status in
      let build = unfinished.first { $0.build.name == status.name }
      let (state, reason) = status.state.words
      return WorkspaceHealth.Model(
        name: status.name, position: status.position.rawValue, lag: status.lag, state: state,
        reason: reason, builtEvents: build?.events, buildSecondsLeft: build?.secondsLeft)
    }
    // Reasons name files, and this is for anybody: `models list` and the log have them.
    var problems = statuses.compactMap(\.trouble) + (trouble.map { [$0] } ?? [])
    let writer = log.writerStanding
    if let trouble = WorkspaceHealth.trouble(of: writer) { problems.append(trouble) }
    return WorkspaceHealth(
      logSize: log.size, accessLogSize: accessLogSize(), writerQueue: writer?.waitingCount ?? 0,
      writerBusyMicroseconds: writer?.busyMicroseconds ?? 0, models: models,
      subscriptions: try subscriptionHealth(), problems: problems,
      notes: OwedCompaction.isOwed(folder) ? [OwedCompaction.note] : [])
  }
}

extension ModelStatus {
  /// That it can't go on by itself, in a sentence for anybody; `nil` when it can.
  fileprivate var trouble: String? {
    switch state {
    case .failed(let failure):
      "The model \(name) stopped before the event at position \(failure.position)."
    case .waiting: "The model \(name) is waiting."
    case .current, .building, .behind, .held: nil
    }
  }
}
