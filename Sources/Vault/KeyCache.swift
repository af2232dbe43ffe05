internal import Crypto
internal import EventModel
internal import Synchronization

/// Unwrapped keys of the subjects that were used lately.
///
/// Two generations: when the young one is full it becomes the old one, and the old one is
/// forgotten. So at most twice the limit is kept.
final class KeyCache: Sendable {
  private struct Generations {
    var young: [KeyID: SymmetricKey] = [:]
    var old: [KeyID: SymmetricKey] = [:]
    /// Raised when keys are dropped: what was read before must not be put back.
    var epoch: UInt64 = 0
  }

  private let limit: Int
  private let generations = Mutex(Generations())

  init(limit: Int) { self.limit = limit }

  func key(_ keyID: KeyID) -> SymmetricKey? {
    generations.withLock { generations in generations.young[keyID] ?? generations.old[keyID] }
  }

  /// To be asked before a key is read, and given back with it.
  var epoch: UInt64 { generations.withLock { $0.epoch } }

  /// Keeps `key`, unless keys were dropped since `epoch`.
  func insert(_ key: SymmetricKey, for keyID: KeyID, readAt epoch: UInt64) {
    generations.withLock { generations in
      guard generations.epoch == epoch else { return }
      if generations.young.count >= limit {
        generations.old = generations.young
        generations.young = [:]
      }
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
