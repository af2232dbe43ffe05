package import EventModel

/// How a model stands.
package struct ModelStatus: Hashable, Sendable {
  package enum State: Hashable, Sendable {
    /// All events there were are in it.
    case current
    /// It is on its way to the log's end for the first time: nobody can ask it yet.
    case building
    /// It serves, and lags.
    case behind
    /// Another version serves until the switch, and this program's build waits.
    case held
    /// It can't go on now: its file, or the log, says why.
    case waiting(reason: String)
    /// It stopped before this event.
    case failed(ModelFailure)
  }

  package let name: String
  package let version: UInt32
  /// How many positions are in it: the first one that is not.
  package let position: Position
  /// How many positions the log has beyond it.
  package let lag: UInt64
  package let state: State
  /// Which of its builds serves, which waits, which is kept.
  package let builds: ModelBuilds

  var isStopped: Bool {
    switch state {
    case .failed, .waiting: true
    case .current, .building, .behind, .held: false
    }
  }
}

extension ModelStatus {
  init(
    _ model: any RunningModel, wait: StorageError?, isBuilding: Bool, builds: ModelBuilds
  ) {
    self.builds = builds
    name = model.name
    version = model.version
    position = model.checkpoint.next
    lag = 0
    if let failure = model.checkpoint.failure {
      state = .failed(failure)
    } else if let wait {
      state = .waiting(reason: wait.description)
    } else {
      state = isBuilding ? .building : .current
    }
  }

  /// A model that is not open: it can't be, or its build is held where it is.
  init(_ kind: ModelKind, refused: ModelError?, builds: ModelBuilds, held: Position?) {
    name = kind.name
    version = kind.version
    position = held ?? Position(0)
    lag = 0
    state =
      held == nil ? .waiting(reason: refused?.description ?? "it is not opened yet") : .held
    self.builds = builds
  }

  /// The same against a log of `size` positions.
  func against(_ size: UInt64) -> ModelStatus {
    let lag = size - min(size, position.rawValue)
    var state = state
    if case .current = state, lag > 0 { state = .behind }
    return ModelStatus(
      name: name, version: version, position: position, lag: lag, state: state, builds: builds)
  }
}

/// How far a build or a catch-up is.
package struct ModelProgress: Hashable, Sendable {
  package let models: [String]
  /// The first position not yet done.
  package let position: Position
  /// How many positions there are.
  package let size: UInt64
  /// Where the work began.
  package let from: Position
  package let elapsedMicroseconds: Int64

  package init(
    models: [String], position: Position, size: UInt64, from: Position, elapsedMicroseconds: Int64
  ) {
    self.models = models
    self.position = position
    self.size = size
    self.from = from
    self.elapsedMicroseconds = elapsedMicroseconds
  }

  /// Events a second since the work began; `nil` before any time passed.
  package var eventsPerSecond: UInt64? {
    guard elapsedMicroseconds > 0 else { return nil }
    return (position.rawValue - from.rawValue) * 1_000_000 / UInt64(elapsedMicroseconds)
  }

  /// How long the rest takes at the rate so far, rounded up; `nil` while there is no rate.
  package var secondsLeft: UInt64? {
    guard let rate = eventsPerSecond, rate > 0 else { return nil }
    return (size - min(size, position.rawValue) + rate - 1) / rate
  }
}
