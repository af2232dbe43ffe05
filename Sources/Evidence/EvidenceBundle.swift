package import EventModel

/// An evidence file as it was read: nothing in it is believed until it is verified.
///
/// Source: docs/format/evidence.md.
package struct EvidenceBundle: Hashable, Sendable {
  package static let format = "deed.evidence/v1"
  /// The largest file that is read.
  package static let byteLimit = 1 << 29

  /// One event: its leaf, the proof that it is in the log, and those of its sections that are shown.
  package struct Event: Hashable, Sendable {
    package var index: UInt64
    package var leaf: [UInt8]
    package var proof: [Digest]
    package var sections: [Section]

    package init(index: UInt64, leaf: [UInt8], proof: [Digest], sections: [Section] = []) {
      self.index = index
      self.leaf = leaf
      self.proof = proof
      self.sections = sections
    }
  }

  /// A section's blob, and the secret that opens it when that is disclosed.
  package struct Section: Hashable, Sendable {
    package var index: Int
    package var blob: [UInt8]
    package var secret: [UInt8]?

    package init(index: Int, blob: [UInt8], secret: [UInt8]? = nil) {
      self.index = index
      self.blob = blob
      self.secret = secret
    }
  }

  /// The claim that exactly these revisions of a stream are here.
  package struct StreamClaim: Hashable, Sendable {
    package var stream: String
    package var from: UInt64
    package var through: UInt64

    package init(stream: String, from: UInt64, through: UInt64) {
      self.stream = stream
      self.from = from
      self.through = through
    }
  }

  /// The claim that every entry from `from` on and below `to` is here.
  package struct RangeClaim: Hashable, Sendable {
    package var from: UInt64
    package var to: UInt64

    package init(from: UInt64, to: UInt64) {
      self.from = from
      self.to = to
    }
  }

  /// An older signed note, and the proof that its log is the beginning of this one.
  package struct OlderCheckpoint: Hashable, Sendable {
    package var note: String
    package var proof: [Digest]

    package init(note: String, proof: [Digest]) {
      self.note = note
      self.proof = proof
    }
  }

  package var origin: String
  /// The signed note, verbatim.
  package var checkpoint: String
  package var events: [Event]
  package var streams: [StreamClaim]
  package var ranges: [RangeClaim]
  package var consistency: [OlderCheckpoint]
  /// How many time stamps the file has; this version checks none.
  package var timestampCount = 0
  package var comment: String?

  package init(
    origin: String, checkpoint: String, events: [Event], streams: [StreamClaim] = [],
    ranges: [RangeClaim] = [], consistency: [OlderCheckpoint] = [], comment: String? = nil
  ) {
    self.origin = origin
    self.checkpoint = checkpoint
    self.events = events
    self.streams = streams
    self.ranges = ranges
    self.consistency = consistency
    self.comment = comment
  }
}
