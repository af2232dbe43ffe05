internal import EventLog
internal import EventModel
internal import LMDB
internal import Transparency

/// What came of asking the witnesses of a policy for one checkpoint.
struct CosignedRound: Sendable {
  let checkpoint: Checkpoint
  /// The note with every cosignature that came.
  let note: SignedNote
  let said: [(witness: WitnessPolicy.Witness, words: WitnessSaid)]
  let isMet: Bool

  var isAlarm: Bool { said.contains { $0.words.isAlarm } }
}

/// Witnesses: others who saw how long the log was, so that it can't be rewritten behind their backs.
extension Workspace {
  /// Has the newest checkpoint cosigned by the witnesses of a policy.
  ///
  /// - Parameters:
  ///   - text: a C2SP tlog-policy file's text, with an address for each witness; the policy that is
  ///     kept when `nil`.
  ///   - isKept: whether the policy is kept: from then on a server asks these witnesses when it
  ///     starts and after each checkpoint, and evidence waits for them.
  ///   - anchors: whether the cosigned checkpoint is recorded in the log, so that what comes behind
  ///     it is proven to be later.
  /// - Returns: what each witness said; refused when the policy's quorum is not reached, or a
  ///   witness says that the log is not the one it saw.
  /// - Throws: ``ServiceError`` when the policy can't be read.
  public func askWitnesses(
    policy text: String? = nil, keeping isKept: Bool = false, anchoring anchors: Bool = false
  ) async throws(ServiceError) -> Outcome {
    try requireOperator("log witness")
    try requireWriter()
    let policy: WitnessPolicy
    if let text {
      policy = try Self.policy(text, "The policy")
      if isKept {
        try requireConfigurer("log witness --keep")
        try keep(policy: text)
      }
    } else {
      guard let kept = try keptPolicy() else {
        throw ServiceError(
          .usage, code: "VALIDATION.POLICY",
          "No policy is kept here: give --policy FILE, and --keep to have it kept.")
      }
      policy = kept
    }
    try await publishSoon()
    let round = try await cosign(try newestPublished(), policy)
    let anchoredAt =
      anchors && round.isMet && !round.isAlarm ? try await recordAnchor(round.note.note) : nil
    return Outcome(
      Answer(
        round.isMet ? "The checkpoint is cosigned" : "The witnesses' quorum is NOT reached",
        facts: [
          .init("quorumMet", "Quorum reached", .flag(round.isMet)),
          .init("quorum", "Quorum", .text(policy.quorumText)),
          .init("size", "Size", .integer(Int64(round.checkpoint.size))),
          .init(
            "anchoredAt", "Anchored at position",
            anchoredAt.map { .integer(Int64($0.rawValue)) } ?? .none),
          .init("note", "Note", .text(round.note.note)),
        ],
        tables: [
          .init(
            "witnesses", "Witnesses",
            columns: [
              .init("name", "Witness"), .init("key", "Key's name"), .init("said", "What it said"),
            ],
            rows: round.said.map { entry in
              [
                .text(entry.witness.name), .text(entry.witness.key.name),
                .text(entry.words.words),
              ]
            })
        ]), isRefused: !round.isMet || round.isAlarm)
  }

  static func policy(_ text: String, _ what: String) throws(ServiceError) -> WitnessPolicy {
    do throws(NoteError) { return try WitnessPolicy(parsing: text) } catch {
      throw ServiceError(
        .usage, code: "VALIDATION.POLICY", "\(what) can't be read: \(error)")
    }
  }

  /// Publishes a checkpoint when there is news; the caller's thread is not blocked.
  func publishSoon() async throws(ServiceError) {
    do throws(CheckpointError) { _ = try await log.publishCheckpoint() } catch {
      throw ServiceError(error)
    }
  }

  func newestPublished() throws(ServiceError) -> PublishedCheckpoint {
    do throws(CheckpointError) {
      guard let newest = try log.newestCheckpoint() else { throw .unknownSize(log.size) }
      return newest
    } catch { throw ServiceError(error) }
  }

  /// Asks every witness of `policy` for `published`, and keeps what they sign.
  func cosign(
    _ published: PublishedCheckpoint, _ policy: WitnessPolicy,
    apartFrom silent: Set<String> = []
  ) async throws(ServiceError) -> CosignedRound {
    var note = try Self.note(published.note)
    var said: [(witness: WitnessPolicy.Witness, words: WitnessSaid)] = []
    for witness in policy.witnesses where !silent.contains(witness.name) {
      said.append((witness, await ask(witness, published.checkpoint, &note)))
    }
    let cosigned: [VerifiedSignature]
    do throws(NoteError) { cosigned = try note.verified(by: policy.witnessKeys) } catch {
      throw ServiceError(.failed, code: "LOG.CHECKPOINT", "\(error)")
    }
    do throws(CheckpointError) { try await log.storeCosigned(note) } catch {
      throw ServiceError(error)
    }
    if !cosigned.isEmpty { try remember(witnessed: note.note) }
    return CosignedRound(
      checkpoint: published.checkpoint, note: note, said: said,
      isMet: policy.isMet(by: cosigned.map(\.key)))
  }

  private static func note(_ text: String) throws(ServiceError) -> SignedNote {
    do throws(NoteError) { return try SignedNote(parsing: text) } catch {
      throw ServiceError(.failed, code: "LOG.CHECKPOINT", "\(error)")
    }
  }

  /// Asks one witness, once more from where it stands; says what came of it.
  private func ask(
    _ witness: WitnessPolicy.Witness, _ checkpoint: Checkpoint, _ note: inout SignedNote
  ) async -> WitnessSaid {
    guard let address = witness.url, let client = WitnessClient(address) else {
      return .notAsked("its line has no https address")
    }
    var oldSize = lastCosigned(by: witness.key, through: checkpoint.size)
    for _ in 0..<2 {
      let proof: [Digest]
      do throws(CheckpointError) {
        proof = try log.tree { reader throws(LMDBError) in
          try MerkleTree.consistencyProof(from: oldSize, to: checkpoint.size, reading: reader)
        }
      } catch { return .notAsked("\(error)") }
      let request = WitnessRequest(oldSize: oldSize, proof: proof, checkpoint: note.note)
      switch await client.ask(request) {
      case nil: return .noAnswer
      case .cosigned(let lines)?:
        do throws(NoteError) {
          note = try note.adding(lines, of: witness.key)
          return .cosigned
        } catch { return .unsound("\(error)") }
      case .conflict(let size)?:
        if size > log.size { return .otherLog(size: size) }
        if size > checkpoint.size { return .newer(size: size) }
        // Of one size there is one tree: it names the size it was asked from.
        if size == oldSize { return .otherLog(size: size) }
        oldSize = size
      case .inconsistent?: return .otherLog(size: nil)
      case .refused(let status)?: return .refused(status: status)
      }
    }
    return .unsettled
  }

  /// The newest size up to `size` at which this witness's cosignature is stored; 0 when it is not
  /// known.
  private func lastCosigned(by key: NoteKey, through size: UInt64) -> UInt64 {
    do {
      for stored in try log.checkpoints(.backwards, limit: 64)
      where stored.checkpoint.size <= size {
        let note = try SignedNote(parsing: stored.note)
        guard try !note.verified(by: [key]).isEmpty else { continue }
        return stored.checkpoint.size
      }
      return 0
    } catch {
      // The witness says where it stands.
      return 0
    }
  }
}
