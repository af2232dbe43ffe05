package import EventModel
package import Transparency

/// What an evidence file shows, after every statement in it was checked.
package struct VerifiedEvidence: Hashable, Sendable {
  package let checkpoint: VerifiedCheckpoint
  package let events: [VerifiedEvent]
  package let streams: [EvidenceBundle.StreamClaim]
  package let ranges: [EvidenceBundle.RangeClaim]
  /// Older checkpoints that this log is the continuation of.
  package let older: [VerifiedCheckpoint]
  /// Cosigned checkpoints that the log itself holds, in its order.
  package let anchors: [VerifiedAnchor]
  /// What the policy asked for; `nil` when no policy was given.
  package let quorum: String?
  /// Not verified.
  package let comment: String?

  /// Whether every entry of the log from `index` on is here, so that nothing later is missing.
  package func isComplete(from index: UInt64) -> Bool {
    let size = checkpoint.checkpoint.size
    return index >= size || ranges.contains { $0.from <= index && $0.to == size }
  }

  /// Whether the stream has no event behind those of `claim`: every later entry of the log is here,
  /// and none is of it.
  package func isLast(_ claim: EvidenceBundle.StreamClaim) -> Bool {
    let events = events.filter { $0.leaf.stream.utf8.elementsEqual(claim.stream.utf8) }
    guard let last = events.last, last.leaf.revision.rawValue == claim.through else { return false }
    return isComplete(from: last.index + 1)
  }
}

/// A checkpoint of this log that one of its own events quotes, with its witnesses' lines.
package struct VerifiedAnchor: Hashable, Sendable {
  /// Where the log quotes it: whatever stands behind was recorded after ``time``.
  package let index: UInt64
  /// How many events it covers.
  package let size: UInt64
  package let witness: String
  /// When the witness says that it saw it.
  package let time: Timestamp
}

/// An event whose leaf is in the log, and the sections of it that are shown.
package struct VerifiedEvent: Hashable, Sendable {
  package let index: UInt64
  package let leaf: Leaf
  /// By number.
  package let sections: [Int: VerifiedSection]
  /// Who is behind it.
  package let assurance: Assurance

  /// How it is known who did it.
  package enum Assurance: Hashable, Sendable {
    /// A0: the server says so.
    case server
    /// A0: a signature of the actor stands in the event, and the server alone says that it is over
    /// the command that the event came from.
    case attached(SignedCommand)
    /// A2: the actor signed the command.
    case signed(SignedCommand)
  }
}

/// A command that its actor signed.
package struct SignedCommand: Hashable, Sendable {
  package let keyID: String
  /// The event that registered the key; `nil` for a key known from outside.
  package let registeredAt: UInt64?
  package let method: String
  package let target: String
  package let idempotencyKey: String
  package let bodyDigest: Digest
  /// The section that holds the signed body, when it is shown.
  package let bodySection: Int?
}

/// A section whose bytes are those that the leaf commits to.
package enum VerifiedSection: Hashable, Sendable {
  case plain(SectionText)
  /// Sealed, and disclosed.
  case opened(SectionText)
  /// Sealed, and not disclosed.
  case closed(KeyID)

  /// What it says; `nil` when it is not disclosed.
  package var text: SectionText? {
    switch self {
    case .plain(let text), .opened(let text): text
    case .closed: nil
    }
  }
}

/// A section's content in clear.
package struct SectionText: Hashable, Sendable {
  package let contentType: String
  package let bytes: [UInt8]

  package init(contentType: String, bytes: [UInt8]) {
    self.contentType = contentType
    self.bytes = bytes
  }
}
