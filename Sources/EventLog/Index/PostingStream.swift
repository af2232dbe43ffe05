internal import LMDB

/// The positions of one key, in order, read in batches that grow as they are used up.
struct PostingStream {
  private static let smallestBatch = 16
  private static let greatestBatch = 4096

  private let index: EventIndex
  private let key: IndexKey
  private let direction: ScanDirection
  /// What is not read yet.
  private var rest: Range<UInt64>?
  private var batch: [UInt64] = []
  private var next = 0
  private var limit = Self.smallestBatch

  init(_ key: IndexKey, _ bounds: Range<UInt64>, _ direction: ScanDirection, in index: EventIndex) {
    self.index = index
    self.key = key
    self.direction = direction
    rest = bounds.isEmpty ? nil : bounds
  }

  /// The first position at `bound` or behind it; bounds must not go back from call to call.
  mutating func seek(_ bound: UInt64) throws(LMDBError) -> UInt64? {
    while true {
      skip(to: bound)
      if next < batch.count { return batch[next] }
      guard let left = rest.flatMap({ direction.narrowed($0, to: bound) }) else {
        rest = nil
        return nil
      }
      // A jump makes small batches: most of what lies there is jumped over, too.
      let isJump = left != rest
      limit = isJump ? Self.smallestBatch : min(limit * 4, Self.greatestBatch)
      batch.removeAll(keepingCapacity: true)
      next = 0
      rest = try index.collect(key, left, direction, limit: limit, into: &batch)
    }
  }

  /// Moves behind the positions before `bound`: by doubling steps, then by halving.
  private mutating func skip(to bound: UInt64) {
    var step = 1
    while next + step < batch.count, direction.isBefore(batch[next + step], bound) {
      next += step
      step *= 2
    }
    while step > 0 {
      if next + step < batch.count, direction.isBefore(batch[next + step], bound) { next += step }
      step /= 2
    }
    if next < batch.count, direction.isBefore(batch[next], bound) { next += 1 }
  }
}

extension ScanDirection {
  /// Whether a scan comes by `position` before it comes by `other`.
  func isBefore(_ position: UInt64, _ other: UInt64) -> Bool {
    self == .forwards ? position < other : position > other
  }

  /// The part of `bounds` at `bound` and behind it; `nil` when there is none.
  func narrowed(_ bounds: Range<UInt64>, to bound: UInt64) -> Range<UInt64>? {
    switch self {
    case .forwards:
      let lower = max(bounds.lowerBound, bound)
      return lower < bounds.upperBound ? lower..<bounds.upperBound : nil
    case .backwards:
      let upper = bound < bounds.upperBound ? bound + 1 : bounds.upperBound
      return bounds.lowerBound < upper ? bounds.lowerBound..<upper : nil
    }
  }

  /// The bound just behind `position`; `nil` when there is none.
  func behind(_ position: UInt64) -> UInt64? {
    switch self {
    case .forwards: position == .max ? nil : position + 1
    case .backwards: position == 0 ? nil : position - 1
    }
  }
}
