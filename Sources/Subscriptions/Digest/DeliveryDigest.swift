package import EventModel

/// What a subscription's digest is of: the log, what was asked for, and whose rights it had.
package struct SubscriptionHeader: Hashable, Sendable {
  /// One line a fact, each ended by a newline; shown to the subscriber.
  package let text: String
  package let digest: Digest

  /// - Parameters:
  ///   - origin: the log's name.
  ///   - filter: what was asked for.
  ///   - grants: whose rights decide what is withheld, in one line.
  package init(origin: String, filter: SubscriptionFilter, grants: String) {
    let lines = ["deed/subscription/v1", "origin \(origin)", "grants \(grants)"] + filter.lines
    text = lines.map { "\($0)\n" }.joined()
    digest = .sha256(Array(text.utf8))
  }

  /// Enough of the digest to tell a cursor of another subscription.
  package var mark: String { String(digest.hex.prefix(16)) }
}

/// Proves what a subscriber got: a chain over everything delivered, from a header on.
///
/// It begins with SHA-256(header's digest ‖ after), where `after` is the position that the stream
/// began behind, or 2⁶⁴−1 for the log's beginning. An event makes d' = SHA-256(d ‖ position ‖ leaf
/// hash) of it, an event that was withheld d' = SHA-256(d ‖ position). Positions have 8 bytes, the
/// highest first.
package struct DeliveryDigest: Hashable, Sendable {
  package private(set) var value: Digest

  package init(_ header: SubscriptionHeader, after position: UInt64?) {
    var bytes = header.digest.bytes
    bytes.append(bigEndian: position ?? .max)
    value = .sha256(bytes)
  }

  /// Goes on from a digest that was kept.
  package init(resuming value: Digest) { self.value = value }

  /// Takes the next event; `leafHash` is `nil` when it was withheld.
  package mutating func add(_ position: UInt64, leafHash: Digest?) {
    var bytes = value.bytes
    bytes.append(bigEndian: position)
    if let leafHash { bytes.append(contentsOf: leafHash.bytes) }
    value = .sha256(bytes)
  }
}

/// Where a subscriber stands: what it gives to go on without a gap.
///
/// Opaque to clients: `<position or start>-<digest>-<header's mark>`.
package struct SubscriptionCursor: Hashable, Sendable {
  /// The last position that was looked at; `nil` before the first.
  package var position: UInt64?
  package var digest: DeliveryDigest
  package let mark: String

  package init(_ header: SubscriptionHeader, after position: UInt64?) {
    self.position = position
    digest = DeliveryDigest(header, after: position)
    mark = header.mark
  }

  /// Reads what ``text`` wrote; `nil` for anything else.
  package init?(_ text: String) {
    guard text.utf8.count <= 120 else { return nil }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, parts[2].utf8.count == 16, [UInt8](hex: parts[2]) != nil,
      let bytes = [UInt8](hex: parts[1]), let value = Digest(bytes)
    else { return nil }
    if parts[0] != "start" {
      guard let position = UInt64(parts[0]), String(position) == parts[0], position < .max else {
        return nil
      }
      self.position = position
    }
    digest = DeliveryDigest(resuming: value)
    mark = parts[2]
  }

  package var text: String {
    "\(position.map(String.init) ?? "start")-\(digest.value.hex)-\(mark)"
  }
}
