internal import EventLog
internal import EventModel
internal import Foundation
internal import LMDB
internal import Transparency

/// Witnesses: others who saw how long the log was, so that it can't be rewritten behind their backs.
extension Workspace {
  /// Has the newest checkpoint cosigned by the witnesses of a policy.
  ///
  /// - Parameter text: a C2SP tlog-policy file's text, with an address for each witness.
  /// - Returns: what each witness said; refused when the policy's quorum is not reached, or a
  ///   witness says that the log is not the one it saw.
  /// - Throws: ``ServiceError`` when the policy can't be read.
  public func askWitnesses(policy text: String) async throws(ServiceError) -> Outcome {
    try requireUnrestricted()
    try requireWriter()
    let policy: WitnessPolicy
    do throws(NoteError) {
      policy = try WitnessPolicy(parsing: text)
    } catch { throw ServiceError(.usage, code: "VALIDATION.POLICY", "\(error)") }
    let published = try newestPublished()
    var note: SignedNote
    do throws(NoteError) {
      note = try SignedNote(parsing: published.note)
    } catch { throw ServiceError(.failed, code: "LOG.CHECKPOINT", "\(error)") }
    var rows: [[Value]] = []
    for witness in policy.witnesses {
      let said = await ask(witness, published.checkpoint, &note)
      rows.append([.text(witness.name), .text(witness.key.name), .text(said)])
    }
    do throws(CheckpointError) { try log.storeCosigned(note) } catch { throw ServiceError(error) }
    let cosigned: [VerifiedSignature]
    do throws(NoteError) {
      cosigned = try note.verified(by: policy.witnessKeys)
    } catch { throw ServiceError(.failed, code: "LOG.CHECKPOINT", "\(error)") }
    let isMet = policy.isMet(by: cosigned.map(\.key))
    return Outcome(
      Answer(
        isMet ? "The checkpoint is cosigned" : "The witnesses' quorum is NOT reached",
        facts: [
          .init("quorumMet", "Quorum reached", .flag(isMet)),
          .init("quorum", "Quorum", .text(policy.quorumText)),
          .init("size", "Size", .integer(Int64(published.checkpoint.size))),
          .init("note", "Note", .text(note.note)),
        ],
        tables: [
          .init(
            "witnesses", "Witnesses",
            columns: [
              .init("name", "Witness"), .init("key", "Key's name"), .init("said", "What it said"),
            ], rows: rows)
        ]), isRefused: !isMet || rows.contains { $0.last == .text(Self.forkAlarm) })
  }

  private func newestPublished() throws(ServiceError) -> PublishedCheckpoint {
    _ = try checkpoint()
    do throws(CheckpointError) {
      guard let newest = try log.newestCheckpoint() else { throw .unknownSize(log.size) }
      return newest
    } catch { throw ServiceError(error) }
  }

  private static let forkAlarm =
    "it saw another log: either it is broken, or this log was rewritten; stop and find out which"

  /// Asks one witness, once more from where it stands; says what came of it.
  private func ask(
    _ witness: WitnessPolicy.Witness, _ checkpoint: Checkpoint, _ note: inout SignedNote
  ) async -> String {
    guard let address = witness.url, let client = WitnessClient(address) else {
      return "not asked: its line has no https address"
    }
    var oldSize = lastCosigned(by: witness.key, below: checkpoint.size)
    for _ in 0..<2 {
      guard oldSize <= checkpoint.size else { return Self.forkAlarm }
      let proof: [Digest]
      do throws(CheckpointError) {
        proof = try log.tree { reader throws(LMDBError) in
          try MerkleTree.consistencyProof(from: oldSize, to: checkpoint.size, reading: reader)
        }
      } catch { return "not asked: \(error)" }
      let request = WitnessRequest(oldSize: oldSize, proof: proof, checkpoint: note.note)
      switch await client.ask(request) {
      case nil: return "no answer"
      case .cosigned(let lines)?:
        do throws(NoteError) {
          note = try note.adding(lines, of: witness.key)
          return "cosigned"
        } catch { return "its answer does not hold: \(error)" }
      case .conflict(let size)?: oldSize = size
      case .inconsistent?: return Self.forkAlarm
      case .refused(let status)?: return "refused with status \(status)"
      }
    }
    return "refused: it names another size each time"
  }

  /// The newest size below which this witness's cosignature is stored; 0 when it is not known.
  private func lastCosigned(by key: NoteKey, below size: UInt64) -> UInt64 {
    do {
      for stored in try log.checkpoints(.backwards, limit: 64) {
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
