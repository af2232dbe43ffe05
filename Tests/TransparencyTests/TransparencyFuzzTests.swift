import EventModel
import TestSupport
import Testing
import Transparency

/// Each parser of what the log publishes and what witnesses answer: none may trap, and what one
/// accepts is what it writes.
@Suite struct TransparencyFuzzTests {
  private func verdict(
    _ bytes: [UInt8], _ written: (String) throws(NoteError) -> String
  ) throws -> Fuzz.Verdict {
    let text = String(decoding: bytes, as: UTF8.self)
    let again: String
    do throws(NoteError) { again = try written(text) } catch { return .refused }
    return try .fixpoint(again.utf8, of: Array(text.utf8))
  }

  @Test func `a signed note is written as it was read`() throws {
    try Fuzz("note", seed: 101).feed { bytes in
      try verdict(bytes) { text throws(NoteError) in try SignedNote(parsing: text).note }
    }
  }

  @Test func `a checkpoint is written as it was read`() throws {
    try Fuzz("checkpoint", seed: 102).feed { bytes in
      try verdict(bytes) { text throws(NoteError) in try Checkpoint(parsing: text).text }
    }
  }

  @Test func `proofs of both kinds are written as they were read`() throws {
    try Fuzz("proof", seed: 103).feed { bytes in
      try verdict(bytes) { text throws(NoteError) in try InclusionProof(parsing: text).text }
    }
    try Fuzz("consistency", seed: 104).feed { bytes in
      try verdict(bytes) { text throws(NoteError) in try ConsistencyProof(parsing: text).text }
    }
  }

  @Test func `verifier keys are written as they were read, signers' files mean the same`() throws {
    try Fuzz("vkey", seed: 105).feed { bytes in
      try verdict(bytes) { text throws(NoteError) in try NoteKey(vkey: text).vkey }
    }
    try Fuzz("log-key", seed: 106).feed { bytes in
      let file: String
      do throws(NoteError) {
        file = try CheckpointSigner(file: String(decoding: bytes, as: UTF8.self)).file
      } catch { return .refused }
      return try .same(file, try CheckpointSigner(file: file).file)
    }
  }

  @Test func `a tile has one path`() throws {
    try Fuzz("tile-path", seed: 107).feed { bytes in
      let path = String(decoding: bytes, as: UTF8.self)
      guard let tile = Tile(path: path) else { return .refused }
      return try .fixpoint(tile.path.utf8, of: Array(path.utf8))
    }
  }

  @Test func `a tile of entries is the entries with their lengths`() throws {
    try Fuzz("tile-entries", seed: 108).feed { bytes in
      for count in [1, 3, 256] {
        let entries: [ArraySlice<UInt8>]
        do throws(NoteError) {
          entries = try TileTree.entries(parsing: bytes, count: count)
        } catch { continue }
        var again: [UInt8] = []
        for entry in entries { TileTree.append(entry: Array(entry).span, to: &again) }
        return try .fixpoint(again, of: bytes)
      }
      return .refused
    }
  }

  @Test func `a policy that is read contradicts itself nowhere`() throws {
    try Fuzz("policy", seed: 109).feed { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      let policy: WitnessPolicy
      do throws(NoteError) { policy = try WitnessPolicy(parsing: text) } catch { return .refused }
      guard policy.isMet(by: policy.witnessKeys) else {
        throw FuzzFailure(what: "all its witnesses together are not enough")
      }
      for line in policy.witnessKeys + policy.logKeys {
        guard try NoteKey(vkey: line.vkey) == line else {
          throw FuzzFailure(what: "it has a key that is none")
        }
      }
      return try .same(policy, try WitnessPolicy(parsing: text))
    }
  }

  /// First the status, then what a witness answered with it.
  @Test func `a witness's answer adds its own cosignature or nothing`() throws {
    let key = try NoteKey(
      vkey: "witness.example/w1+c1e48289+BJL3ZNbq1/J08oC8/g3NHlfgE0fnuFeLOnC25pYZj6MA")
    let note = try SignedNote(parsing: WorkedExample.note)
    let bare = SignedNote(text: note.text, signatures: [note.signatures[0]])
    let own = try note.verified(by: [key])
    #expect(own.count == 1)
    try Fuzz("witness-answer", seed: 110).feed { bytes in
      let status = [200, 409, 422, 404][Int(bytes.first ?? 0) % 4]
      switch WitnessAnswer(status: status, body: Array(bytes.dropFirst())) {
      case .refused, .inconsistent: return .refused
      case .conflict(let size):
        return try .fixpoint(
          "\(size)".utf8, of: bytes.dropFirst().filter { $0 != UInt8(ascii: "\n") })
      case .cosigned(let lines):
        let joined: SignedNote
        do throws(NoteError) { joined = try bare.adding(lines, of: key) } catch { return .refused }
        return try .same(try joined.verified(by: [key]), own)
      }
    }
  }
}
