internal import LMDB

/// Where the last position of a key is.
enum IndexProbe {
  case found(UInt64)
  /// It has none within the bounds.
  case absent
  /// In the runs, which have all positions below `start`, if anywhere.
  case before(start: UInt64, IndexRuns)
}

/// Where a range of positions begins, seen in the direction of a scan.
enum IndexPlace {
  /// In the active generation: it was taken from there, and this is left.
  case active(rest: Range<UInt64>?)
  case sealed(IndexGeneration)
  /// In the runs, which have all positions below `start`.
  case before(start: UInt64, IndexRuns)
}

extension IndexTail {
  /// The end of what a reader, or the writer, sees.
  func end(includingStaged: Bool) -> UInt64 { includingStaged ? active.end : published }

  func last(
    of word: UInt64, _ lower: UInt64, below upper: UInt64?, includesStaged: Bool
  ) -> IndexProbe {
    let end = end(includingStaged: includesStaged)
    let bound = min(upper ?? end, end)
    if bound > active.start, let position = active.last(of: word, below: bound) {
      return position >= lower ? .found(position) : .absent
    }
    for generation in sealed.reversed() where bound > generation.start {
      if let position = generation.last(of: word, below: bound) {
        return position >= lower ? .found(position) : .absent
      }
    }
    return lower < min(bound, start) ? .before(start: start, runs) : .absent
  }

  /// Whether an event, published or not, in memory or in the runs, may have `key`.
  func mayContain(_ key: IndexKey) -> Bool {
    if active.contains(key.word) { return true }
    for index in sealed.indices where sealed[index].contains(key.word) { return true }
    for index in runs.list.indices where runs.list[index].mayContain(key, 0, .max) { return true }
    return false
  }

  /// Whether an event may have one of `keys`, as ``mayContain(_:)`` says of each.
  mutating func mayContain(anyOf keys: some Collection<IndexKey>) -> Bool {
    var rest = keys[...]
    while !rest.isEmpty {
      let window = rest.prefix(IndexGeneration.fetchCount)
      for key in window { active.fetch(key.word) }
      for key in window where mayContain(key) { return true }
      rest = rest[window.endIndex...]
    }
    return false
  }

  /// Takes positions from the active generation, or says where else they are.
  func collect(
    _ word: UInt64, _ bounds: Range<UInt64>, _ direction: ScanDirection, limit: Int,
    into found: inout [UInt64]
  ) -> IndexPlace {
    switch direction {
    case .forwards:
      if bounds.lowerBound < start { return .before(start: start, runs) }
      if let generation = sealed.first(where: { bounds.lowerBound < $0.end }) {
        return .sealed(generation)
      }
    case .backwards:
      if bounds.upperBound <= start { return .before(start: start, runs) }
      if bounds.upperBound <= active.start,
        let generation = sealed.last(where: { bounds.upperBound > $0.start })
      {
        return .sealed(generation)
      }
    }
    return .active(
      rest: active.collect(word, bounds, direction, limit: limit, into: &found))
  }
}

extension IndexGeneration {
  /// The last position of `word` below `upper`.
  func last(of word: UInt64, below upper: UInt64) -> UInt64? {
    var last: UInt64?
    walk(word) { position in
      guard position < upper else { return true }
      last = position
      return false
    }
    return last
  }

  /// Adds its positions of `word` within `bounds`, which begin in it seen in `direction`.
  ///
  /// Forwards they are taken all at once, for they are linked the other way: a generation is
  /// bounded. So they are backwards when `limit` is no longer small.
  /// - Returns: the bounds that are left behind it; `nil` at the end.
  func collect(
    _ word: UInt64, _ bounds: Range<UInt64>, _ direction: ScanDirection, limit: Int,
    into found: inout [UInt64]
  ) -> Range<UInt64>? {
    let count = found.count
    let most = direction == .backwards && limit < 256 ? limit : Int.max
    var isCut = false
    walk(word) { position in
      guard position < bounds.upperBound else { return true }
      guard position >= bounds.lowerBound else { return false }
      found.append(position)
      isCut = found.count - count >= most
      return !isCut
    }
    switch direction {
    case .forwards:
      found[count...].reverse()
      return end < bounds.upperBound ? end..<bounds.upperBound : nil
    case .backwards:
      let rest = isCut ? found[found.count - 1] : start
      return rest > bounds.lowerBound ? bounds.lowerBound..<rest : nil
    }
  }
}
