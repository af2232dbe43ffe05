internal import Logging
internal import Service
internal import Synchronization

/// Says in the log when something gets stuck, and when it goes on again: once each time, whoever
/// looked first.
final class HealthWatch: Sendable {
  private let workspace: Workspace
  private let logger: Logger
  private let known = Mutex<Set<String>>([])

  /// So often it looks by itself.
  private static let interval = Duration.seconds(10)

  init(workspace: Workspace, logger: Logger) {
    self.workspace = workspace
    self.logger = logger
  }

  /// How the workspace stands now; what is news goes to the log.
  func health() throws -> WorkspaceHealth {
    let health = try workspace.health()
    let troubles = Set(health.problems + health.notes + health.stuckSubscriptions)
    let (new, gone) = known.withLock { known in
      defer { known = troubles }
      return (troubles.subtracting(known), known.subtracting(troubles))
    }
    for sentence in new.sorted() {
      logger.warning("stuck", metadata: ["what": "\(sentence)"])
    }
    for sentence in gone.sorted() {
      logger.notice("goes on", metadata: ["what": "\(sentence)"])
    }
    return health
  }

  /// Looks again and again, until its task is cancelled.
  @concurrent func run(_ life: ServerLife) async {
    while !Task.isCancelled {
      do { try await Task.sleep(for: Self.interval) } catch { return }
      do {
        _ = try await life.reading {
          // One that can't take in what is new is told before anybody asks it.
          try self.workspace.catchUp()
          return try self.health()
        }
      } catch {
        logger.error("failed", metadata: ["operation": "health", "error": "\(error)"])
      }
    }
  }
}

extension WorkspaceHealth {
  /// A sentence for each durable subscription that a person should look at.
  var stuckSubscriptions: [String] {
    subscriptions.filter(\.isStuck).map { "The subscription \($0.name) is \($0.state)." }
  }
}
