internal import Dispatch
internal import EventLog
internal import EventModel
internal import Schema
internal import Synchronization

/// Takes what is seen, asked and refused, and writes it to the access log in windows: one for each
/// who and session, closed after five seconds or two hundred entries.
///
/// A window says that it opened before anything of it is written, so that a tail that is lost with
/// the process shows. What is revealed, exported or signed in to is written at once, before the
/// caller goes on.
final class AccessRecorder: Sendable {
  static let windowEntries = 200
  static let windowSeconds = 5
  static let anchorSeconds: Int64 = 10

  /// Whose window it is.
  struct Asker: Hashable, Sendable {
    let actor: ActorID
    let onBehalfOf: ActorID?
    let session: String
    let channel: String
  }

  private struct Window {
    let id: String
    let opened: DispatchTime
    /// When its first entry was made, by the workspace's clock.
    let since: Timestamp
    var isAnnounced = false
    var entries = AccessEntries()
  }

  private struct State {
    var windows: [Asker: Window] = [:]
    var isClosed = false
    var isTicking = false
    /// Something was seen through this opening: whoever only looks at figures anchors nothing.
    var hasNews = false
    /// Why the last write failed; the next one says it.
    var failure: AppendError?
    /// Windows that had no room: they are written as soon as there is some.
    var held: [(asker: Asker, window: Window)] = []
    var heldEntries = 0
  }

  /// While there is no room so many entries are held in memory; beyond, nothing more is shown.
  private static let heldLimit = 100_000

  let access: AccessLog
  private let main: EventLog
  private let writer: AccessWriter
  private let random: RandomSource
  private let clock: @Sendable () -> Timestamp
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "deed.access-log")

  init(
    _ access: AccessLog, main: EventLog, clock: @escaping @Sendable () -> Timestamp,
    random: RandomSource
  ) {
    self.access = access
    self.main = main
    self.random = random
    self.clock = clock
    writer = AccessWriter(log: access.log, main: main, clock: clock, random: random)
  }

  /// Adds entries to the asker's window.
  ///
  /// - Throws: `ACCESS_LOG.FAILED` when what came before could not be written: nothing is read
  ///   without a trace.
  /// - Complexity: O(records of the entries); nothing waits for the disk.
  func add(_ entries: [AccessEntry], by asker: Asker) throws(ServiceError) {
    let now = clock()
    var closed: [Window] = []
    let (failure, isNew) = state.withLock { state -> (AppendError?, Bool) in
      if let failure = state.failure { return (failure, false) }
      state.hasNews = true
      var isNew = false
      for entry in entries where add(entry, at: now, by: asker, to: &state, &closed) {
        isNew = true
      }
      return (nil, isNew)
    }
    if let failure { throw Self.failed(failure) }
    for window in closed { write(window, of: asker) }
    if isNew { announce(asker) }
  }

  /// Whether the window that it went to is open now and was not before.
  private func add(
    _ entry: AccessEntry, at now: Timestamp, by asker: Asker, to state: inout State,
    _ closed: inout [Window]
  ) -> Bool {
    var isNew = false
    // The clock that the entries bear may run ahead of the ticks, or be scripted.
    if let place = state.windows.index(forKey: asker),
      now.microseconds - state.windows.values[place].since.microseconds
        >= Int64(Self.windowSeconds) * 1_000_000
    {
      closed.append(state.windows.remove(at: place).value)
    }
    if state.windows[asker] == nil {
      state.windows[asker] = Window(id: random.bytes(8).hex, opened: .now(), since: now)
      isNew = true
    }
    guard let place = state.windows.index(forKey: asker) else { return isNew }
    // In its place, so that nothing of the window is copied.
    state.windows.values[place].entries.add(entry, at: now)
    guard state.windows.values[place].entries.count >= Self.windowEntries else { return isNew }
    closed.append(state.windows.remove(at: place).value)
    return false
  }

  /// Writes an event at once: it is durable when this returns.
  func write(_ event: AccessEvent.OneOf_Event, by asker: Asker) throws(ServiceError) {
    state.withLock { $0.hasNews = true }
    do throws(AppendError) {
      try writer.append([event], window: "", by: asker)
    } catch { throw Self.failed(error) }
  }

  /// Writes every window that is open.
  func flush() throws(ServiceError) {
    let windows = state.withLock { state in
      defer { state.windows.removeAll() }
      return state.windows.sorted { $0.value.opened < $1.value.opened }
    }
    let failure = queue.sync { () -> AppendError? in
      carryOutHeld()
      for (asker, window) in windows { carryOut(window, of: asker) }
      return state.withLock { $0.failure }
    }
    if let failure { throw Self.failed(failure) }
  }

  /// Writes what is open, anchors the access log in the main one when that is due, and closes it.
  func close() throws(ServiceError) {
    guard
      !state.withLock({ state in
        defer { state.isClosed = true }
        return state.isClosed
      })
    else { return }
    try flush()
    if state.withLock({ $0.hasNews }) { try anchor(isDue: true) }
    _ = access.log.close()
  }

  /// Writes what is open as far as that goes, and closes the access log, after a failure that is
  /// told already.
  func abandon() {
    let wasClosed = state.withLock { state in
      defer { state.isClosed = true }
      return state.isClosed
    }
    guard !wasClosed else { return }
    do throws(ServiceError) { try flush() } catch {
      // The failure that ends the workspace is the one to tell.
    }
    _ = access.log.close()
  }

  /// Publishes a checkpoint of the access log and says it in the main log, when there is news.
  ///
  /// - Parameter isDue: only when the last one is ten seconds old.
  /// - Throws: `ACCESS_LOG.FAILED`.
  func anchor(isDue: Bool = false) throws(ServiceError) {
    do throws(AppendError) {
      try writer.anchor(unlessYoungerThan: isDue ? Self.anchorSeconds * 1_000_000 : nil)
    } catch { throw Self.failed(error) }
  }

  private func announce(_ asker: Asker) {
    queue.async { [self] in
      let id = state.withLock { state -> String? in
        guard let window = state.windows[asker], !window.isAnnounced else { return nil }
        state.windows[asker]?.isAnnounced = true
        return window.id
      }
      guard let id else { return }
      do throws(AppendError) {
        try writer.append([.accessWindowOpened(.init())], window: id, by: asker)
      } catch .full {
        // It is said with the window's entries, when there is room.
        state.withLock { $0.windows[asker]?.isAnnounced = false }
      } catch {
        state.withLock { $0.failure = error }
      }
    }
    let starts = state.withLock { state in
      defer { state.isTicking = true }
      return !state.isTicking
    }
    if starts { tick() }
  }

  private func write(_ window: Window, of asker: Asker) {
    queue.async { [self] in carryOut(window, of: asker) }
  }

  private func carryOut(_ window: Window, of asker: Asker) {
    let opening: [AccessEvent.OneOf_Event] =
      window.isAnnounced ? [] : [.accessWindowOpened(.init())]
    do throws(AppendError) {
      try writer.append(opening + window.entries.events, window: window.id, by: asker)
    } catch .full(let error) {
      state.withLock { state in
        state.heldEntries += window.entries.count
        guard state.heldEntries <= Self.heldLimit else {
          state.failure = .full(error)
          return
        }
        state.held.append((asker, window))
      }
    } catch {
      state.withLock { $0.failure = error }
    }
  }

  /// Writes what had no room.
  private func carryOutHeld() {
    let held = state.withLock { state in
      defer { (state.held, state.heldEntries) = ([], 0) }
      return state.held
    }
    for (asker, window) in held { carryOut(window, of: asker) }
  }

  /// Once a second while windows are open: closes those that are old, and anchors.
  private func tick() {
    queue.asyncAfter(deadline: .now() + .seconds(1)) { [weak self] in
      guard let self else { return }
      let old = state.withLock { state -> [(Asker, Window)] in
        if state.isClosed { return [] }
        let due = state.windows.filter {
          $0.value.opened + .seconds(Self.windowSeconds) <= .now()
        }
        for asker in due.keys { state.windows[asker] = nil }
        return due.sorted { $0.value.opened < $1.value.opened }.map { ($0.key, $0.value) }
      }
      carryOutHeld()
      for (asker, window) in old { carryOut(window, of: asker) }
      let goesOn = state.withLock { state in
        state.isTicking =
          !state.isClosed && (!state.windows.isEmpty || !old.isEmpty || !state.held.isEmpty)
        return state.isTicking
      }
      // A scripted clock leaps: what it tells is anchored at the end, always in the same place.
      if !main.isSimulated, !state.withLock({ $0.isClosed }) {
        do throws(AppendError) {
          try writer.anchor(unlessYoungerThan: Self.anchorSeconds * 1_000_000)
        } catch .full {
          // The next one says all that this one would have said.
        } catch {
          state.withLock { $0.failure = error }
        }
      }
      if goesOn { tick() }
    }
  }

  private static func failed(_ error: AppendError) -> ServiceError {
    if case .full = error {
      return ServiceError(
        .failed, code: "STORAGE.FULL",
        "The access log has no room, and nothing is shown without a trace: make room.")
    }
    return ServiceError(
      .failed, code: "ACCESS_LOG.FAILED",
      "The access log can't be written (\(error)), so nothing more is shown: make room or repair "
        + "it, and open the workspace again.")
  }
}
