internal import EventLog
internal import EventModel
internal import LMDB
internal import Subscriptions
internal import Synchronization

/// A workspace's durable consumers at work: what they did on disk, and those that run.
final class ConsumerShelf: Sendable {
  private struct State {
    var store: ConsumerStore?
    var groups: [String: ConsumerGroup] = [:]
    var reactors: [String: Task<Void, Never>] = [:]
    /// Those that are being closed.
    var closing: [String: Task<Void, Never>] = [:]
    /// Those that somebody changes, and who waits to change them next.
    var changing: [String: [CheckedContinuation<Void, Never>]] = [:]
    /// What sends webhooks; none are sent without it.
    var sender: (any WebhookSender)?
  }

  private let folder: String
  private let log: EventLog
  private let isReadOnly: Bool
  private let clock: @Sendable () -> Timestamp
  private let state = Mutex(State())

  init(
    folder: String, log: EventLog, isReadOnly: Bool, clock: @escaping @Sendable () -> Timestamp
  ) {
    self.folder = folder
    self.log = log
    self.isReadOnly = isReadOnly
    self.clock = clock
  }

  /// What is kept of consumers; opened when it is needed first.
  func store() throws(LMDBError) -> ConsumerStore {
    try state.withLock { state throws(LMDBError) in
      if let store = state.store { return store }
      let store = try ConsumerStore(folder: folder, isReadOnly: isReadOnly)
      state.store = store
      return store
    }
  }

  /// The group of `definition`, at work; one by an older definition ends first.
  func group(_ definition: ConsumerDefinition) async throws(ConsumerFailure) -> ConsumerGroup {
    while true {
      let (found, closing) = state.withLock {
        ($0.groups[definition.name], $0.closing[definition.name])
      }
      if let closing {
        await closing.value
        continue
      }
      if let found {
        if found.definition == definition { return found }
        await close(definition.name)
        continue
      }
      let store: ConsumerStore
      do throws(LMDBError) { store = try self.store() } catch { throw .storage(error) }
      let group = try ConsumerGroup(definition, log: log, store: store, clock: clock)
      let isOurs = state.withLock { state in
        guard state.groups[definition.name] == nil, state.closing[definition.name] == nil else {
          return false
        }
        state.groups[definition.name] = group
        return true
      }
      if isOurs { return group }
    }
  }

  /// Runs `body` when nobody else changes this subscription: what it does to the log, to files and
  /// to what runs belongs together.
  func changing<Result>(
    _ name: String, _ body: () async throws(ServiceError) -> Result
  ) async throws(ServiceError) -> Result {
    await withCheckedContinuation { turn in
      let isFree = state.withLock { state in
        guard state.changing[name] != nil else {
          state.changing[name] = []
          return true
        }
        state.changing[name]?.append(turn)
        return false
      }
      if isFree { turn.resume() }
    }
    defer { passTurn(name) }
    return try await body()
  }

  private func passTurn(_ name: String) {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard state.changing[name]?.isEmpty == false else {
        state.changing[name] = nil
        return nil
      }
      return state.changing[name]?.removeFirst()
    }
    next?.resume()
  }

  /// The group that runs under this name.
  func running(_ name: String) -> ConsumerGroup? { state.withLock { $0.groups[name] } }

  /// Ends the group, keeping where it stands.
  func close(_ name: String) async {
    let task = state.withLock { state -> Task<Void, Never>? in
      if let closing = state.closing[name] { return closing }
      guard let group = state.groups.removeValue(forKey: name) else { return nil }
      let reactor = state.reactors.removeValue(forKey: name)
      let task = Task {
        await group.close()
        reactor?.cancel()
        await reactor?.value
        // Whoever waits for this finds that it is over, whichever of them runs first.
        self.state.withLock { $0.closing[name] = nil }
      }
      state.closing[name] = task
      return task
    }
    await task?.value
  }

  /// Ends all groups.
  func close() async {
    state.withLock { $0.sender = nil }
    for name in state.withLock({ $0.groups.keys.sorted() }) { await close(name) }
    abandon()
  }

  /// Lets go of the files; what was not kept is handed out again.
  func abandon() {
    state.withLock { state in
      for reactor in state.reactors.values { reactor.cancel() }
      state.reactors = [:]
      state.groups = [:]
      state.store = nil
    }
  }
}

/// Webhooks.
extension ConsumerShelf {
  var sender: (any WebhookSender)? {
    get { state.withLock { $0.sender } }
    set { state.withLock { $0.sender = newValue } }
  }

  /// Runs `work` for the webhook of this name until it is closed.
  func run(_ name: String, _ work: @escaping @Sendable () async -> Void) {
    state.withLock { state in
      guard state.groups[name] != nil, state.reactors[name] == nil else { return }
      state.reactors[name] = Task { await work() }
    }
  }
}
