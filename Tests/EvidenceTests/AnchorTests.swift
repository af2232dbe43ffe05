internal import EventModel
internal import Evidence
internal import TestSupport
internal import Testing
internal import Transparency

/// The log quotes a checkpoint that a witness signed: what stands behind it is later.
@Suite struct AnchorTests {
  private func anchored(_ note: String, by log: SmallLog) throws -> EvidenceBundle {
    var log = log
    log.addJSON(
      "system-log", "LogAnchored",
      JSONText.object([.init("checkpoint", .text(note))]).written, actor: "system:log")
    return try log.bundle()
  }

  private func verifier(_ log: SmallLog, asks: Bool = true) throws -> EvidenceVerifier {
    guard asks else { return try EvidenceVerifier(keys: [log.key]) }
    let policy = try WitnessPolicy(
      parsing: "witness w \(try log.witnessKey().vkey)\nquorum none\n")
    return try EvidenceVerifier(keys: [log.key], policy: policy)
  }

  @Test func `a witness's time bounds what stands behind it from below`() throws {
    let log = try SmallLog.filled()
    let note = try log.cosigned(try log.note(size: 9), time: 1_700_000_500)
    let evidence = try verifier(log).verify(try anchored(note, by: log))
    #expect(evidence.anchors.map(\.index) == [12])
    #expect(evidence.anchors.first?.size == 9)
    #expect(evidence.anchors.first?.time == Timestamp(microseconds: 1_700_000_500_000_000))
    // Whoever knows no witness learns nothing from it, and nothing is wrong with it.
    #expect(try verifier(log, asks: false).verify(try anchored(note, by: log)).anchors == [])
    #expect(try verifier(log).verify(try anchored(try log.note(size: 9), by: log)).anchors == [])
  }

  @Test func `an anchor that quotes what nobody signed, or the future, is refused`() throws {
    let log = try SmallLog.filled()
    let other = try SmallLog.filled(origin: "deed.test/other", seed: 2)
    let note = try log.cosigned(try log.note(size: 9))
    let ahead = try log.signer.sign(size: 99, root: .zero)
    for flawed in [
      note.replacing("\n9\n", with: "\n8\n"), try other.note(size: 9), "", "x\n",
      try log.cosigned(ahead),
      try log.note(size: 9)
        + (try log.cosigned(try log.note(size: 5)).split(separator: "\n").last ?? "") + "\n",
    ] {
      let bundle = try anchored(flawed, by: log)
      #expect(throws: EvidenceError.self, "\(flawed)") { try verifier(log).verify(bundle) }
    }
  }
}
