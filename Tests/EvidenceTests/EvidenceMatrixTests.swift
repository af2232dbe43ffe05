internal import EventModel
internal import Evidence
internal import TestSupport
internal import Testing
internal import Transparency

/// Everything that an evidence file says, changed in every way there is: a matrix that is made of the
/// file itself, so that nothing in it can be left out.
@Suite struct EvidenceMatrixTests {
  /// A member or an element of the file, as the way to it: names and numbers.
  typealias Path = [Step]

  enum Step: Hashable, CustomStringConvertible {
    case name(String)
    case number(Int)

    var description: String {
      switch self {
      case .name(let name): ".\(name)"
      case .number(let number): "[\(number)]"
      }
    }
  }

  enum Change: String, CaseIterable {
    case flipped, dropped, repeated, reordered, foreign
  }

  /// What may go without anything in the file becoming untrue, by what it is.
  private static let optional: Set<String> = [".comment", ".sections", ".sections[]", ".secret"]
  /// Statements that stand for themselves: one fewer, one twice, another order.
  private static let claims: Set<String> = [".streams[]", ".ranges[]", ".consistency[]"]
  /// Their bounds: another one may be as true, and is checked like the first.
  private static let bounds: Set<String> = [
    ".streams[].from_revision", ".streams[].to_revision", ".ranges[].from", ".ranges[].to",
  ]

  /// The file as JSON, and that of another log of the same shape.
  private func samples() throws -> (log: SmallLog, own: JSONText, foreign: JSONText) {
    let log = try SmallLog.filled()
    let other = try SmallLog.filled(origin: "deed.test/other", seed: 2)
    return (log, try json(log), try json(other))
  }

  private func json(_ log: SmallLog) throws -> JSONText {
    var bundle = try log.wholeBundle()
    bundle.comment = "of \(log.signer.origin)"
    return try JSONText(parsing: Array(bundle.text.utf8))
  }

  @Test func `each part of a file, changed in each way, is refused or says nothing untrue`() throws
  {
    let (log, own, foreign) = try samples()
    let truth = try log.verify(try log.wholeBundle())
    let verifier = try EvidenceVerifier(keys: [log.key])
    var tried: [Change: Int] = [:]
    var kinds: Set<String> = []
    for path in own.paths {
      kinds.insert(Self.kind(of: path))
      for change in Change.allCases {
        guard let changed = own.changed(at: path, change, foreign), changed != own else { continue }
        tried[change, default: 0] += 1
        let evidence: VerifiedEvidence
        do throws(EvidenceError) {
          evidence = try verifier.verify(Array(changed.written.utf8))
        } catch { continue }
        let name = "\(change.rawValue) \(path.map(\.description).joined())"
        #expect(evidence.isWithin(truth), "\(name) shows what is not so")
        #expect(Self.mayHold(path, change), "\(name) is accepted")
      }
    }
    print("matrix: \(kinds.count) kinds of places; tried \(tried.map { "\($0.key) \($0.value)" })")
    #expect(kinds.count >= 24, "\(kinds.sorted())")
    for change in Change.allCases { #expect(tried[change, default: 0] > 100, "\(change)") }
  }

  /// Whether a change there may leave a file that holds.
  private static func mayHold(_ path: Path, _ change: Change) -> Bool {
    let kind = kind(of: path)
    let last = "." + (kind.split(separator: ".").last.map(String.init) ?? "")
    switch change {
    case .flipped: return kind == ".comment" || bounds.contains(kind)
    case .foreign: return kind == ".comment"
    case .dropped: return optional.contains(last) || claims.contains(kind)
    case .repeated: return claims.contains(kind)
    // Members of an object have no order.
    case .reordered: return claims.contains(kind) || !last.hasSuffix("[]")
    }
  }

  /// The path without numbers: what sort of place it is.
  private static func kind(of path: Path) -> String {
    path.map { step in
      if case .number = step { "[]" } else { step.description }
    }.joined()
  }

  @Test func `a checkpoint signed by another key of the same name is refused everywhere`() throws {
    let log = try SmallLog.filled()
    let forger = try SmallLog.filled(seed: 3)
    var bundle = try log.wholeBundle()
    bundle.checkpoint = try forger.signer.sign(size: log.size, root: try root(of: log))
    #expect(throws: EvidenceError.self) { try log.verify(bundle) }
    // Its key's name and number in front of another signature.
    bundle.checkpoint = try relabelled(bundle.checkpoint, as: try log.note())
    #expect(throws: EvidenceError.self) { try log.verify(bundle) }
    for place in bundle.consistency.indices {
      var older = try log.wholeBundle()
      older.consistency[place].note = try forger.note(size: place == 0 ? 4 : 8)
      #expect(throws: EvidenceError.self) { try log.verify(older) }
    }
  }

  private func root(of log: SmallLog) throws -> Digest {
    try Checkpoint(parsing: SignedNote(parsing: log.note()).text).root
  }

  /// The note `forged` with the key number that `known` has.
  private func relabelled(_ forged: String, as known: String) throws -> String {
    let own = try signature(of: known)
    let other = try signature(of: forged)
    let line = Base64.encode(Array(own.prefix(4) + other.dropFirst(4)))
    return forged.replacing(Base64.encode(other), with: line)
  }

  /// The bytes of the note's only signature line: key number, then signature.
  private func signature(of note: String) throws -> [UInt8] {
    let word = try #require(note.split(whereSeparator: \.isWhitespace).last)
    return try #require(Base64.decode(Array(word.utf8)[...]))
  }

  @Test func `each line of a checkpoint and of a proof file, changed in each way, is refused`()
    throws
  {
    let log = try SmallLog.filled()
    let other = try SmallLog.filled(origin: "deed.test/other", seed: 2)
    var tried = 0
    for entry in log.leaves.indices {
      let proof = try log.proofFile(entry)
      let theirs = try other.proofFile(entry)
      for changed in proof.text.linesChanged(theirs.text) where changed != proof.text {
        tried += 1
        let leaf = log.leaves[entry]
        let isAccepted: Bool
        do throws(NoteError) {
          _ = try InclusionProof(parsing: changed).verify(
            entry: leaf, origin: SmallLog.origin, keys: [log.key])
          isAccepted = true
        } catch { isAccepted = false }
        #expect(!isAccepted || changed.hasRepeatedSignature, "\(changed)")
      }
    }
    #expect(tried > 400)
  }

  @Test func `each field of a leaf, changed in each way, is refused`() throws {
    let log = try SmallLog.filled()
    let other = try SmallLog.filled(origin: "deed.test/other", seed: 2)
    let whole = try log.bundle()
    var tried = 0
    for (index, leaf) in log.leaves.enumerated() {
      let fields = LeafField.all(of: leaf)
      let theirs = LeafField.all(of: other.leaves[index])
      #expect(fields.map(\.name) == theirs.map(\.name))
      for (place, field) in fields.enumerated() {
        let next = fields[(place + 1) % fields.count]
        let foreign = Array(other.leaves[index][theirs[place].range])
        for changed in field.changes(of: leaf, next: next, foreign: foreign) where changed != leaf {
          tried += 1
          var bundle = whole
          bundle.events[index].leaf = changed
          #expect(throws: EvidenceError.self, "\(field.name)") { try log.verify(bundle) }
        }
      }
    }
    #expect(tried > 500)
  }
}
