internal import EventModel
internal import Evidence
internal import Transparency

/// The access log's part of an evidence folder, after every statement in it was checked.
///
/// It needs no trust of its own: the main log holds the access log's checkpoints, so a checkpoint
/// that stands there is as good as the main log's.
struct VerifiedAccess {
  let evidence: VerifiedEvidence
  /// Where the main log holds this checkpoint.
  let anchoredAt: UInt64
  /// In the order of the access log.
  let looks: [AccessLook]

  /// Checks `bytes`, and that `main` holds its checkpoint.
  ///
  /// - Throws: ``EvidenceError``; `access` when it is not this log's.
  init(
    _ bytes: [UInt8], vkey: String, anchoredIn main: VerifiedEvidence
  ) throws(EvidenceError) {
    let key: NoteKey
    do throws(NoteError) { key = try NoteKey(vkey: vkey) } catch {
      throw .access("its key can't be read: \(error)")
    }
    evidence = try EvidenceVerifier(keys: [key]).verify(bytes)
    let checkpoint = evidence.checkpoint.checkpoint
    let anchor = main.events.last { event in
      event.leaf.type == "AccessLogCheckpointed"
        && Self.anchored(event.sections[0]?.text?.bytes ?? []) == checkpoint
    }
    guard let anchor else {
      throw .access(
        "the main log's evidence has no anchor of its checkpoint of \(checkpoint.size) events")
    }
    anchoredAt = anchor.index
    looks = evidence.events.compactMap { RecordedAccess($0) }.flatMap(AccessLook.looks)
  }

  /// The checkpoint that an anchor names.
  static func anchored(_ content: [UInt8]) -> Checkpoint? {
    do throws(EvidenceError) {
      let said = try JSONText(parsing: content)
      guard let origin = said["origin"]?.string, let size = said["size"]?.number,
        let root = (said["root"]?.string).flatMap({ Base64.decode(Array($0.utf8)[...]) }),
        let digest = Digest(root)
      else { return nil }
      return Checkpoint(origin: origin, size: size, root: digest)
    } catch { return nil }
  }

  /// Whether every entry of the access log is here, so that no look is left out.
  var isWhole: Bool { evidence.isComplete(from: 0) }

  var proven: [String] {
    let checkpoint = evidence.checkpoint.checkpoint
    var sentences = [
      "Each look shown stands in the access log \(checkpoint.origin) of \(checkpoint.size) events, "
        + "whose root this log holds at position \(anchoredAt)."
    ]
    if isWhole { sentences.append("Of the access log under that root no event is missing.") }
    return sentences
  }
}
