/// A dictionary that remembers what was used lately.
///
/// It has two generations, each of a bounded size: when the younger is full it becomes the older
/// one, and what nobody asked for since is forgotten.
struct RecentMap<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let generationLimit: Int
  private var young: [Key: Value] = [:]
  private var old: [Key: Value] = [:]

  /// - Parameter limit: how many entries there are at the most; at least 2.
  init(limit: Int) { generationLimit = max(1, limit / 2) }

  var count: Int { young.count + old.count }

  mutating func value(for key: Key) -> Value? {
    if let value = young[key] { return value }
    guard let value = old.removeValue(forKey: key) else { return nil }
    set(key, value)
    return value
  }

  mutating func set(_ key: Key, _ value: Value) {
    if young.count >= generationLimit, young[key] == nil {
      old = young
      young = [:]
      young.reserveCapacity(generationLimit)
    }
    old[key] = nil
    young[key] = value
  }

  mutating func remove(_ key: Key) {
    young[key] = nil
    old[key] = nil
  }

  mutating func removeAll() {
    young = [:]
    old = [:]
  }
}
