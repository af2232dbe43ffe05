package import EventModel

/// The proof that one checkpoint's log is the beginning of another's: one base64 hash a line.
///
/// Source: C2SP tlog-witness, request of `add-checkpoint`; evidence docs, "Proofs".
package struct ConsistencyProof: Hashable, Sendable {
  /// In the order of RFC 9162 section 2.1.4.1.
  package let hashes: [Digest]

  package init(hashes: [Digest]) { self.hashes = hashes }

  package var text: String { hashes.map { $0.base64 + "\n" }.joined() }

  /// Reads lines of hashes, none for an empty proof.
  package init(parsing text: String) throws(NoteError) {
    guard text.utf8.count <= 45 * InclusionProof.hashLimit, let lines = Array(text.utf8).lines()
    else { throw .malformed("a consistency proof has up to 63 lines, each with its end") }
    var hashes: [Digest] = []
    for line in lines {
      guard let hash = Digest(base64: line) else {
        throw .malformed("a consistency proof has 32 bytes in canonical base64 a line")
      }
      hashes.append(hash)
    }
    self.init(hashes: hashes)
  }

  /// Checks that the log grew from `old` to `new` without a change.
  package func verify(from old: Checkpoint, to new: Checkpoint) throws(NoteError) {
    guard old.origin.utf8.elementsEqual(new.origin.utf8) else {
      throw .otherOrigin(expected: new.origin, found: old.origin)
    }
    do throws(ProofError) {
      try MerkleTree.verifyConsistency(
        from: old.size, root: old.root, to: new.size, root: new.root, proof: hashes)
    } catch {
      throw .notProved(error)
    }
  }
}
