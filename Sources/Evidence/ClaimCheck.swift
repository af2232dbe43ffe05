internal import EventModel

/// Checks that nothing is missing where an evidence file says so.
struct ClaimCheck {
  let events: [VerifiedEvent]

  func run(_ bundle: EvidenceBundle, size: UInt64) throws(EvidenceError) {
    try checkRanges(bundle.ranges, size: size)
    let streams = Dictionary(grouping: events, by: \.leaf.stream)
    try checkNeighbours(streams)
    // Once for all claims of a stream: there may be as many claims as events.
    let revisions = streams.mapValues { $0.map(\.leaf.revision.rawValue) }
    for claim in bundle.streams {
      try check(claim, streams[claim.stream]?.first, revisions[claim.stream] ?? [])
    }
  }

  private func checkRanges(
    _ ranges: [EvidenceBundle.RangeClaim], size: UInt64
  ) throws(EvidenceError) {
    guard !ranges.isEmpty else { return }
    let indexes = events.map(\.index)
    for range in ranges {
      let name = "[\(range.from), \(range.to))"
      guard range.from <= range.to, range.to <= size else {
        throw .claim("the range \(name) is not within the log of \(size) events")
      }
      // The indexes ascend and none stands twice, so counting those in the range is enough.
      let low = indexes.partition(from: range.from)
      let high = indexes.partition(from: range.to)
      guard UInt64(high - low) == range.to - range.from else {
        throw .claim("of the range \(name) only \(high - low) events are here")
      }
    }
  }

  /// Events of a stream that follow each other must be chained, claimed or not.
  private func checkNeighbours(_ streams: [String: [VerifiedEvent]]) throws(EvidenceError) {
    for events in streams.values {
      for (before, after) in zip(events, events.dropFirst()) {
        guard before.leaf.revision < after.leaf.revision else {
          throw .event(
            index: after.index, "its revision does not come after that of the one before")
        }
        guard after.leaf.revision == before.leaf.revision.next else { continue }
        guard after.leaf.previous == .leafHash(before.leaf.encoded().span) else {
          throw .event(index: after.index, "it does not follow the event before it in its stream")
        }
      }
    }
  }

  private func check(
    _ claim: EvidenceBundle.StreamClaim, _ first: VerifiedEvent?, _ revisions: [UInt64]
  ) throws(EvidenceError) {
    guard claim.from <= claim.through else {
      throw .claim("the revisions of \(claim.stream) are in the wrong order")
    }
    let (end, overflow) = claim.through.addingReportingOverflow(1)
    // They ascend strictly, as was checked with neighbours, so counting those within is enough.
    let low = revisions.partition(from: claim.from)
    let high = overflow ? revisions.count : revisions.partition(from: end)
    guard !overflow, UInt64(high - low) == end - claim.from else {
      throw .claim(
        "of \(claim.stream), revisions \(claim.from) to \(claim.through), only \(high - low) are here"
      )
    }
    if claim.from == 0, first?.leaf.previous.isZero == false {
      throw .claim("\(claim.stream) does not begin at revision 0")
    }
  }
}

extension [UInt64] {
  /// The place of the first element that is not below `value`; the array ascends.
  fileprivate func partition(from value: UInt64) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = low + (high - low) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
