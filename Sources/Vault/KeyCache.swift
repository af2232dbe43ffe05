internal import Crypto
internal import EventModel
internal import Synchronization

/// Unwrapped keys of the subjects that were used lately.
///
/// Two generations: when the young one is full, or old, it becomes the old one, and the old one is
/// forgotten. So at most twice the limit is kept, and none longer than the lifetime.
final class KeyCache: Sendable {
  private struct Generations {
    var young: [KeyID: SymmetricKey] = [:]
    var old: [KeyID: SymmetricKey] = [:]
    /// When the young generation began.
    var begun: ContinuousClock.Instant
    /// Raised when keys are dropped: what was read before must not be put back.
    var epoch: UInt64 = 0

    mutating func turn(at now: ContinuousClock.Instant) {
      old = young
      young = [:]
      begun = now
    }
  }

  private let limit: Int
  private let lifetime: Duration
  private let now: @Sendable () -> ContinuousClock.Instant
  private let generations: Mutex<Generations>

  /// Keys live for `lifetime` at the most.
  init(
    limit: Int, lifetime: Duration, now: @escaping @Sendable () -> ContinuousClock.Instant
  ) {
    self.limit = limit
    self.lifetime = lifetime
    self.now = now
    generations = Mutex(Generations(begun: now()))
  }

  func key(_ keyID: KeyID) -> SymmetricKey? {
    generations.withLock { generations in
      age(&generations)
      return generations.young[keyID] ?? generations.old[keyID]
    }
  }

  /// A generation is young for half of the lifetime, and old for the other half.
  private func age(_ generations: inout Generations) {
    let now = now()
    let passed = now - generations.begun
    guard passed >= lifetime / 2 else { return }
    generations.turn(at: now)
    if passed >= lifetime { generations.old = [:] }
  }

  /// Forgets what has lived long enough.
  func dropAged() { generations.withLock { age(&$0) } }

  /// To be asked before a key is read, and given back with it.
  var epoch: UInt64 { generations.withLock { $0.epoch } }

  /// Keeps `key`, unless keys were dropped since `epoch`.
  func insert(_ key: SymmetricKey, for keyID: KeyID, readAt epoch: UInt64) {
    generations.withLock { generations in
      guard generations.epoch == epoch else { return }
      age(&generations)
      if generations.young.count >= limit { generations.turn(at: now()) }
      generations.young[keyID] = key
    }
  }

  func drop(_ keyID: KeyID) {
    generations.withLock { generations in
      generations.epoch += 1
      generations.young[keyID] = nil
      generations.old[keyID] = nil
    }
  }

  func dropAll() {
    generations.withLock { generations in
      generations.epoch += 1
      generations.young = [:]
      generations.old = [:]
    }
  }

  var count: Int {
    generations.withLock { generations in generations.young.count + generations.old.count }
  }
}
