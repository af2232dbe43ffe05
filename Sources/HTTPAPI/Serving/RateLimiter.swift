internal import Synchronization

/// How often each caller may come: so many a second, and a burst of so many.
final class RateLimiter: Sendable {
  private struct Bucket {
    var tokens: Double
    var filledAt: ContinuousClock.Instant
  }

  private let perSecond: Double
  private let burst: Double
  private let buckets = Mutex<[String: Bucket]>([:])
  /// The most callers that are known at a time.
  static let callerLimit = 10_000

  init(perSecond: Int, burst: Int) {
    self.perSecond = Double(perSecond)
    self.burst = Double(burst)
  }

  /// Whether `name` may come now, for as many requests as `cost` says.
  func takes(_ name: String, cost: Int = 1, at now: ContinuousClock.Instant = .now) -> Bool {
    buckets.withLock { buckets in
      if buckets.count >= Self.callerLimit, buckets[name] == nil { forgetFull(&buckets, now) }
      var bucket = buckets[name] ?? Bucket(tokens: burst, filledAt: now)
      bucket.tokens = filled(bucket, now)
      bucket.filledAt = now
      // What costs more than a burst would never be let through.
      let needed = min(Double(cost), burst)
      let isTaken = bucket.tokens >= needed
      if isTaken { bucket.tokens -= needed }
      buckets[name] = bucket
      return isTaken
    }
  }

  private func filled(_ bucket: Bucket, _ now: ContinuousClock.Instant) -> Double {
    let (seconds, attoseconds) = bucket.filledAt.duration(to: now).components
    let passed = Double(seconds) + Double(attoseconds) / 1e18
    return min(burst, bucket.tokens + max(0, passed) * perSecond)
  }

  /// Callers that may come as often as new ones need no memory; of the others the fullest goes.
  private func forgetFull(_ buckets: inout [String: Bucket], _ now: ContinuousClock.Instant) {
    buckets = buckets.filter { filled($0.value, now) < burst }
    guard buckets.count >= Self.callerLimit,
      let fullest = buckets.max(by: { filled($0.value, now) < filled($1.value, now) })
    else { return }
    buckets[fullest.key] = nil
  }
}
