internal import EventModel
internal import Transparency

/// Events that quote an earlier checkpoint with the lines of witnesses: since nobody can know a
/// witness's signature before it is made, what stands behind them is later.
///
/// Source: docs/format/system-events.md, `LogAnchored`.
extension EvidenceVerifier {
  private static let anchoredType = "LogAnchored"

  /// What `event` quotes; `nil` when it quotes nothing that a witness of the policy signed.
  ///
  /// - Throws: ``EvidenceError`` when it quotes what its log or a witness did not sign.
  func anchor(_ event: VerifiedEvent) throws(EvidenceError) -> VerifiedAnchor? {
    guard event.leaf.type == Self.anchoredType, event.leaf.stream == "system-log",
      let text = event.sections[0]?.text
    else { return nil }
    guard text.contentType == ContentType.json,
      let note = try JSONText(parsing: text.bytes)["checkpoint"]?.string
    else { throw .event(index: event.index, "it quotes no checkpoint") }
    let quoted: VerifiedCheckpoint
    do throws(NoteError) {
      quoted = try VerifiedCheckpoint(
        note: note, origin: origin, keys: keys + (policy?.witnessKeys ?? []))
    } catch .notSigned {
      // By a key that this reader does not hold: it says nothing to them.
      return nil
    } catch {
      throw .event(index: event.index, "the checkpoint that it quotes does not hold: \(error)")
    }
    guard quoted.checkpoint.size <= event.index else {
      throw .event(index: event.index, "it quotes a checkpoint of what comes behind it")
    }
    let times = quoted.cosignatures.compactMap { signature in
      signature.time.map { (name: signature.key.name, time: $0) }
    }
    guard let latest = times.max(by: { $0.time < $1.time }) else { return nil }
    return VerifiedAnchor(
      index: event.index, size: quoted.checkpoint.size, witness: latest.name, time: latest.time)
  }
}
