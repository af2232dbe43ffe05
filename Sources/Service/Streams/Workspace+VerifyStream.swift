internal import CRM
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema
internal import Subscriptions

/// A position that a subscriber worked on.
public struct DeliveredPosition: Sendable, Hashable {
  /// Where the event stands.
  public let position: UInt64
  /// Whether the subscriber got nothing but its place.
  public let isWithheld: Bool

  /// Names a position.
  public init(_ position: UInt64, isWithheld: Bool = false) {
    self.position = position
    self.isWithheld = isWithheld
  }

  /// Reads `41` or `41 withheld`; `nil` for anything else.
  public init?(_ line: String) {
    let parts = line.split(separator: " ")
    guard let first = parts.first, let position = UInt64(first),
      parts.count == 1 || (parts.count == 2 && parts[1] == "withheld")
    else { return nil }
    self.init(position, isWithheld: parts.count == 2)
  }
}

extension Workspace {
  /// Compares what a subscriber got with what the log has: recomputes the digest, and names the
  /// first position that is missing, doubled or strange.
  ///
  /// - Parameters:
  ///   - filter: what the stream was asked for.
  ///   - after: the position that it began behind; `nil` for the log's beginning.
  ///   - through: the last position that the subscriber had looked at.
  ///   - digest: what the subscriber has, 64 hexadecimal digits.
  ///   - positions: those that it worked on, in its order; without them only the digest is
  ///     compared, by what the user may see now.
  /// - Returns: what was compared; refused when anything differs.
  /// - Throws: ``ServiceError`` when what is given can't be read, or the log has not come so far.
  public func verifySubscription(
    _ filter: StreamFilter, after: UInt64?, through: UInt64, digest: String,
    positions: [DeliveredPosition]?
  ) throws(ServiceError) -> Outcome {
    try requireCRM()
    let checked = try filter.checked()
    let gate = try gate()
    try gate.require(.replay, .account, path: "stream")
    guard let given = [UInt8](hex: digest.lowercased()), given.count == Digest.byteCount else {
      throw ServiceError(
        .usage, code: "VALIDATION.DIGEST",
        "“\(digest.prefix(80))” is no digest: give the 64 hexadecimal digits of a cursor.")
    }
    let size = log.size
    guard through < size else { throw .notThere(through, size: size) }
    let header = SubscriptionHeader(origin: log.origin, filter: checked, grants: gate.grants)
    var check = DeliveryCheck(header, after: after, positions: positions)
    var filterer = EventFilterer(gate, .stream)
    var next = after.map { $0 + 1 } ?? 0
    while next <= through {
      let selection = EventSelection(
        checked.query, from: Position(next), through: Position(through),
        limit: EventSubscription.eventLimit + 1)
      if positions == nil {
        let page = try page(selection, &filterer)
        for entry in page.entries { check.take(entry.position, entry.leafHash) }
        guard !page.isWhole, let last = page.entries.last else { break }
        next = last.position + 1
      } else {
        let found = try leafHashes(selection)
        for (position, hash) in found {
          check.take(position, hash, mayBeWithheld: !filterer.seesEverything)
        }
        guard found.count > EventSubscription.eventLimit, let last = found.last else { break }
        next = last.position + 1
      }
    }
    check.end()
    return Self.outcome(of: check, given: given, through: through)
  }

  private func leafHashes(
    _ selection: EventSelection
  ) throws(ServiceError) -> [(position: UInt64, leafHash: Digest)] {
    var found: [(position: UInt64, leafHash: Digest)] = []
    do throws(LMDBError) {
      try log.scan(selection) { layout, record throws(LMDBError) in
        let leaf = record.extracting(layout.leafRange)
        found.append((layout.leaf.position(in: leaf).rawValue, Digest.leafHash(leaf)))
        return .proceed
      }
    } catch { throw ServiceError(storage: error) }
    return found
  }

  private static func outcome(
    of check: DeliveryCheck, given: [UInt8], through: UInt64
  ) -> Outcome {
    let isSame = check.digest.value.bytes == given
    let holds = isSame && check.difference == nil
    var notes: [String] = []
    if !isSame, check.difference == nil {
      notes.append(
        "The digests differ: an event was skipped, doubled or changed, or the filter, the start "
          + "or the user's rights were others.")
    }
    let facts = [
      Answer.Fact("verified", "Verified", .flag(holds)),
      Answer.Fact("events", "Events", .integer(Int64(check.count))),
      Answer.Fact("withheld", "Of them withheld", .integer(Int64(check.withheldCount))),
      Answer.Fact("through", "Through", .integer(Int64(through))),
      Answer.Fact("digest", "Digest by the log", .text(check.digest.value.hex)),
      Answer.Fact("givenDigest", "Digest given", .text(given.hex)),
      Answer.Fact(
        "difference", "First difference", check.difference.map { .text($0) } ?? .none),
    ]
    let title =
      holds
      ? "Nothing was skipped, nothing doubled" : "What was delivered is not what the log has"
    return Outcome(Answer(title, facts: facts, notes: notes), isRefused: !holds)
  }
}

/// Goes through what the log has and what a subscriber says it got, side by side.
private struct DeliveryCheck {
  private(set) var digest: DeliveryDigest
  private(set) var count = 0
  private(set) var withheldCount = 0
  /// The first one, in words.
  private(set) var difference: String?
  private var given: ArraySlice<DeliveredPosition>?

  init(_ header: SubscriptionHeader, after: UInt64?, positions: [DeliveredPosition]?) {
    digest = DeliveryDigest(header, after: after)
    given = positions?[...]
  }

  /// Takes the next event that the log has.
  mutating func take(_ position: UInt64, _ leafHash: Digest?, mayBeWithheld: Bool = true) {
    count += 1
    var leafHash = leafHash
    if given != nil, difference == nil {
      let next = given?.popFirst()
      if next?.position == position {
        if next?.isWithheld == true {
          leafHash = nil
          if !mayBeWithheld {
            difference = "Position \(position) was withheld from a user who may see everything."
          }
        }
      } else if let next, next.position < position {
        difference = "Position \(next.position) came twice, or does not belong there."
      } else {
        difference = "Position \(position) is missing."
      }
    }
    if leafHash == nil { withheldCount += 1 }
    digest.add(position, leafHash: leafHash)
  }

  mutating func end() {
    if difference == nil, let extra = given?.first {
      difference = "Position \(extra.position) came and does not belong there."
    }
  }
}
