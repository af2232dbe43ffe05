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

    func isOld(at now: Timestamp) -> Bool {
      now.microseconds - since.microseconds >= Int64(AccessRecorder.windowSeconds) * 1_000_000
    }
  }

  private struct State {
    var windows: [Asker: Window] = [:]
    var isClosed = false
    var isTicking = false
    /// Something was seen through this opening: whoever only looks at figures anchors nothing.
    var hasNews = false
    /// Why the last write failed; the next one says it.
    var failure: AppendError?
    /// Why the last write had no room, or was refused for the clock; `nil` when there is some and it
    /// is right.
    var full: AppendError?
    /// Windows that had no room, in their order: they are written as soon as there is some, and the
    /// clock is right.
    var held: [(asker: Asker, window: Window)] = []

    /// Entries of closed windows that are on their way to the disk.
    var backlog = 0

    var heldCount: Int { held.reduce(0) { $0 + $1.window.entries.count } }
  }

  /// While there is no room so many entries wait for it in memory; beyond, nothing more is shown.
  static let heldLimit = 10_000
  /// When more entries are on their way, whoever may wait waits for the disk too.
  static let backlogLimit = 20_000

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
  /// - Throws: `ACCESS_LOG.FAILED` when what came before could not be written, `STORAGE.FULL` when
  ///   there is no room, and as much waits for some as may: nothing is read without a trace. While the
  ///   clock is wrong looks wait likewise, and `STORAGE.CLOSED` says so.
  /// - Complexity: O(records of the entries); nothing waits for the disk unless it was full.
  func add(_ entries: [AccessEntry], by asker: Asker) throws(ServiceError) {
    let now = clock()
    try requireRoom()
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
    if let place = state.windows.index(forKey: asker), state.windows.values[place].isOld(at: now) {
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

  /// Where a write had no room and as much is held as may: writes that before anything more is shown.
  private func requireRoom() throws(ServiceError) {
    let isHeldUp = state.withLock { $0.full != nil && $0.heldCount >= Self.heldLimit }
    guard isHeldUp else { return }
    let full = queue.sync { () -> AppendError? in
      carryOutHeld()
      return state.withLock { $0.full }
    }
    if let full { throw Self.failed(full) }
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
      return state.withLock { $0.failure ?? ($0.held.isEmpty ? nil : $0.full) }
    }
    if let failure { throw Self.failed(failure) }
  }

  /// Writes what is open, anchors the access log in the main one when that is due, and closes it.
  ///
  /// - Throws: why not all could be written, and how much is lost by that; it is closed then too.
  func close() throws(ServiceError) {
    guard
      !state.withLock({ state in
        defer { state.isClosed = true }
        return state.isClosed
      })
    else { return }
    defer { _ = access.log.close() }
    do throws(ServiceError) { try flush() } catch {
      let lost = state.withLock { $0.heldCount }
      guard lost > 0 else { throw error }
      throw ServiceError(
        .failed, code: error.code,
        "What was shown \(lost) times stands in no access log, to the end: \(error.sentence) Mend that "
          + "before the workspace is opened again.")
    }
    if state.withLock({ $0.hasNews }) { try anchor(isDue: true) }
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
    queue.async { [self] in announceNow(asker) }
    startTicking()
  }

  /// Says that the asker's window opened; on the queue.
  private func announceNow(_ asker: Asker) {
    let id = state.withLock { state -> String? in
      guard let window = state.windows[asker], !window.isAnnounced else { return nil }
      state.windows[asker]?.isAnnounced = true
      return window.id
    }
    guard let id else { return }
    do throws(AppendError) {
      try writer.append([.accessWindowOpened(.init())], window: id, by: asker)
    } catch {
      state.withLock { state in
        guard error.passes else {
          state.failure = error
          return
        }
        // It is said with the window's entries, when there is room.
        state.windows[asker]?.isAnnounced = false
        state.full = error
      }
    }
  }

  private func startTicking() {
    let starts = state.withLock { state in
      defer { state.isTicking = true }
      return !state.isTicking
    }
    if starts { tick() }
  }

  private func write(_ window: Window, of asker: Asker) {
    let count = window.entries.count
    state.withLock { $0.backlog += count }
    queue.async { [self] in
      carryOut(window, of: asker)
      state.withLock { $0.backlog -= count }
    }
  }

  /// How many entries of closed windows are on their way to the disk.
  var backlog: Int { state.withLock { $0.backlog } }

  /// Whether more is seen than the disk takes.
  var isBehind: Bool { state.withLock { $0.backlog > Self.backlogLimit || $0.full != nil } }

  /// Waits until the disk has what is on its way, when that is much.
  func catchUp() {
    if backlog > Self.backlogLimit { queue.sync {} }
  }

  private func carryOut(_ window: Window, of asker: Asker) {
    guard window.entries.count > 0 else { return }
    let opening: [AccessEvent.OneOf_Event] =
      window.isAnnounced ? [] : [.accessWindowOpened(.init())]
    do throws(AppendError) {
      try writer.append(opening + window.entries.events, window: window.id, by: asker)
    } catch {
      state.withLock { state in
        guard error.passes else {
          state.failure = error
          return
        }
        state.held.append((asker, window))
        state.full = error
      }
    }
  }

  /// Writes what had no room.
  private func carryOutHeld() {
    let held = state.withLock { state in
      defer { (state.held, state.full) = ([], nil) }
      return state.held
    }
    for (index, (asker, window)) in held.enumerated() {
      carryOut(window, of: asker)
      let isFull = state.withLock { state in
        // Where one finds no room the others needn't ask.
        if state.full != nil { state.held += held[(index + 1)...] }
        return state.full != nil
      }
      if isFull { return }
    }
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
        } catch {
          // The next one says all that this one would have said, when what is wrong passes.
          if !error.passes { state.withLock { $0.failure = error } }
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
    if case .clock(let reason) = error {
      return ServiceError(
        .failed, code: "STORAGE.CLOSED",
        "The access log takes nothing (\(reason)), and nothing is shown without a trace.")
    }
    return ServiceError(
      .failed, code: "ACCESS_LOG.FAILED",
      "The access log can't be written (\(error)), so nothing more is shown: make room or repair "
        + "it, and open the workspace again.")
  }
}

extension AppendError {
  /// Whether the same may be written later: with room, or by the right clock.
  fileprivate var passes: Bool {
    switch self {
    case .full, .clock: true
    case .conflict, .matched, .guardRefused, .commandReused, .eventIDReused, .subjectDestroyed,
      .personalInPlainSection, .overLimit, .malformed, .storage, .closed:
      false
    }
  }
}
