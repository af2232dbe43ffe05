package import EventModel

/// The proof that one entry is in a log: a `tlog-proof@v1` file.
///
/// Source: C2SP tlog-proof; evidence docs, "Proofs".
package struct InclusionProof: Hashable, Sendable {
  /// The entry's position in the log.
  package let index: UInt64
  /// The leaf's sibling first, the child of the root last.
  package let hashes: [Digest]
  /// A signed note, verbatim.
  package let checkpoint: String

  private static let header = "c2sp.org/tlog-proof@v1"
  /// A tree of 2^63 leaves has no longer path.
  static let hashLimit = 63

  package init(index: UInt64, hashes: [Digest], checkpoint: String) {
    self.index = index
    self.hashes = hashes
    self.checkpoint = checkpoint
  }

  /// The file's text.
  package var text: String {
    let lines = [Self.header, "index \(index)"] + hashes.map(\.base64)
    return lines.joined(separator: "\n") + "\n\n" + checkpoint
  }

  /// Reads a file's text; the checkpoint is read by ``verify(entry:origin:keys:)``.
  package init(parsing text: String) throws(NoteError) {
    let bytes = Array(text.utf8)
    guard bytes.count <= SignedNote.byteLimit + 4096 else {
      throw .malformed("the proof is larger than its longest checkpoint allows")
    }
    var rest = bytes[...]
    guard let first = rest.removing(prefix: Self.header + "\nindex ") else {
      throw .malformed("a proof begins with “\(Self.header)” and “index N”")
    }
    rest = first
    guard let number = Self.takeLine(&rest), let index = UInt64(canonicalDecimal: number) else {
      throw .malformed("an index is a decimal number without leading zeros")
    }
    var hashes: [Digest] = []
    while true {
      guard let line = Self.takeLine(&rest) else {
        throw .malformed("an empty line stands between hashes and checkpoint")
      }
      guard !line.isEmpty else { break }
      guard hashes.count < Self.hashLimit, let hash = Digest(base64: line) else {
        throw .malformed("a proof has up to 63 lines of 32 bytes in canonical base64")
      }
      hashes.append(hash)
    }
    self.init(
      index: index, hashes: hashes, checkpoint: String(decoding: rest, as: UTF8.self))
  }

  /// Removes the first line with its end from `bytes`; `nil` when no line ends there.
  private static func takeLine(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    defer { bytes = bytes[(end + 1)...] }
    return bytes[..<end]
  }

  /// Checks that `entry`, a leaf's bytes, is in the log under a checkpoint that it signed.
  package func verify(
    entry: [UInt8], origin: String, keys: [NoteKey]
  ) throws(NoteError) -> VerifiedCheckpoint {
    let verified = try VerifiedCheckpoint(note: checkpoint, origin: origin, keys: keys)
    do throws(ProofError) {
      try MerkleTree.verifyInclusion(
        of: .leafHash(entry.span), at: index, in: verified.checkpoint.size,
        root: verified.checkpoint.root, proof: hashes)
    } catch {
      throw .notProved(error)
    }
    return verified
  }
}
