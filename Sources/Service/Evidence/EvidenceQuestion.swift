/// What an evidence file is asked to show.
public struct EvidenceQuestion: Sendable, Hashable {
  /// Records whose whole history is shown.
  public var records: [String] = []
  /// Streams of the log's own that are shown whole.
  package var streams: [String] = []
  /// The size of the published checkpoint that it is made under; the newest when `nil`.
  package var checkpointSize: UInt64?
  /// Not verified; shown to whoever reads the file.
  package var comment: String?
  /// What this person did, or was done on their behalf.
  public var person: String?
  /// Positions from the first to the second, without the second.
  public var range: Range<UInt64>?
  /// From when to when a person's events are shown.
  public var period = Period()
  /// Sealed sections to disclose, as `POSITION.SECTION`; `all` for all that are shown.
  public var disclose: [String] = []
  /// Whether the directory's entries of the people who occur are opened, so that they have names.
  public var namesPeople = false
  /// Whether it is proved that nothing later is missing.
  public var provesNothingLater = true
  /// Sizes of older checkpoints that the log must be the continuation of.
  public var olderSizes: [UInt64] = []
  /// The same of those that nobody asked for: left out where they would fail a reader's policy.
  package var usefulSizes: [UInt64] = []
  /// Why it is made; recorded in the log.
  public var purpose = ""

  /// Asks for nothing yet.
  public init() {}
}

/// What a reader of evidence knows from elsewhere.
public struct EvidenceTrust: Sendable, Hashable {
  /// The log's verifier keys.
  public var keys: [String]
  /// A C2SP tlog-policy file's text.
  public var policy: String?
  /// Lines of `actor key_id base64`: actors' keys known from outside the log.
  public var actors: String?

  /// Trusts these keys.
  public init(keys: [String], policy: String? = nil, actors: String? = nil) {
    self.keys = keys
    self.policy = policy
    self.actors = actors
  }
}
