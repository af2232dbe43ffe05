package import EventModel
package import Transparency

/// What a verification of the whole log found.
package struct VerificationReport: Hashable, Sendable {
  package internal(set) var eventCount: UInt64 = 0
  package internal(set) var streamCount: UInt64 = 0
  package internal(set) var recordBytes: UInt64 = 0
  package internal(set) var checkpointCount = 0
  /// What is wrong: the first place of each kind, in the order of the kinds.
  package internal(set) var findings: [VerificationFinding] = []
  /// What could not be checked, and why; each a sentence.
  package internal(set) var notChecked: [String] = []

  /// Whether nothing wrong was found.
  package var isSound: Bool { findings.isEmpty }

  /// Keeps the first finding of each kind, and counts the others.
  mutating func add(_ finding: VerificationFinding) {
    guard let index = findings.firstIndex(where: { $0.kind == finding.kind }) else {
      findings.append(finding)
      findings.sort { $0.kind < $1.kind }
      return
    }
    let count = findings[index].count + finding.count
    if finding.position < findings[index].position { findings[index] = finding }
    findings[index].count = count
  }
}

/// One kind of thing that is wrong: its first place, and how many there are.
package struct VerificationFinding: Hashable, Sendable {
  package enum Kind: Int, Hashable, Sendable, Comparable, CaseIterable {
    /// A record is missing, or can't be read.
    case record
    /// A section differs from its digest in the leaf.
    case section
    /// A record differs from its stored leaf hash.
    case leafHash
    /// A record is of another position.
    case position
    /// Time goes backwards.
    case time
    /// A stream's revisions or predecessor hashes have a break.
    case stream
    /// A stored hash of a subtree is wrong, missing or too many.
    case treeNode
    case checkpoint
    /// The file `checkpoint.last`.
    case checkpointFile
    case indexEntry
    case guardEntry
    /// Format, origin, or what is counted.
    case meta
    case destroyedKey

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  }

  package let kind: Kind
  /// The first bad position, or the size a checkpoint is of; 0 where there is none.
  package let position: Position
  package internal(set) var count: Int
  /// What is wrong there: one sentence.
  package let text: String

  init(_ kind: Kind, at position: UInt64, _ text: String) {
    self.kind = kind
    self.position = Position(position)
    count = 1
    self.text = text
  }
}

/// How far a verification is.
package struct VerificationProgress: Hashable, Sendable {
  package enum Stage: Hashable, Sendable {
    /// Layout, digests, leaf hashes, tree.
    case records
    /// Revisions and predecessors.
    case streams
    case checkpoints
    case index
    case guards
  }

  package let stage: Stage
  package let doneCount: UInt64
  package let totalCount: UInt64
}

/// What a verification is told beside the log.
package struct VerificationOptions: Sendable {
  package var threadCount: Int = 2
  /// The log's keys; without one, no signature is checked.
  package var keys: [NoteKey] = []
  /// The guard changes that an event came with: a pure function.
  ///
  /// Without it, the guards are not compared.
  package var guards: (@Sendable (RecordedEvent) -> [GuardChange])?
  /// Called on the threads that verify, one call at a time.
  package var progress: (@Sendable (VerificationProgress) -> Void)?

  package init() {}
}
