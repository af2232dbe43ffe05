package import EventLog
package import EventModel

/// What an evidence file is to show.
package struct EvidenceRequest: Sendable {
  /// Which sealed sections are disclosed.
  package enum Disclosure: Hashable, Sendable {
    case nothing
    /// Every sealed section of the events shown that still opens.
    case everything
    /// Sections of events, by position.
    case sections(Set<SectionReference>)
  }

  /// Streams that are shown whole.
  package var streams: [StreamName] = []
  /// What this actor did, or was done on their behalf, is shown, within ``range``.
  package var actor: ActorID?
  /// Whether it is fine that the actor did nothing: somebody may only have looked.
  package var mayFindNothing = false
  /// Events that are shown wherever they stand, without a claim that there are no others.
  package var query: EventQuery?
  /// Single events that are shown.
  package var positions: [Position] = []
  /// Whether the directory's entries of the people who occur are here, and opened: their names.
  package var namesPeople = false
  /// People who occur elsewhere, such as in the access log's part.
  package var people: Set<String> = []
  /// The size of the published checkpoint it is under; the newest when `nil`.
  package var checkpointSize: UInt64?
  /// Every entry of it is here; those that nothing else asks for by their headers alone.
  package var range: Range<UInt64>?
  /// Whether the events of ``range`` are shown with their plain sections.
  package var showsRange = false
  /// Whether all entries behind the last event shown are here, by their headers, so that nothing
  /// later can be missing.
  package var provesNothingLater = true
  package var disclosure = Disclosure.nothing
  /// Sizes of older checkpoints that the log must be the continuation of.
  package var olderSizes: [UInt64] = []
  /// The same of those that nobody asked for: left out where they would fail a reader's policy.
  package var usefulSizes: [UInt64] = []
  package var comment: String?

  /// The most entries of one file; beyond that give the log's tiles.
  package static let eventLimit = 200_000

  package init() {}
}

/// A section of an event.
package struct SectionReference: Hashable, Sendable, Comparable {
  package let position: Position
  package let section: Int

  package init(position: Position, section: Int) {
    self.position = position
    self.section = section
  }

  package static func < (a: Self, b: Self) -> Bool {
    (a.position, a.section) < (b.position, b.section)
  }
}

/// Why no evidence was made.
package enum EvidenceRequestError: Error, Sendable {
  case audit(AuditError)
  case checkpoint(CheckpointError)
  /// The log has no checkpoint that covers what is asked.
  case nothingAsked
  case unknownStream(String)
  case noEvent(actor: String)
  case rangeBeyond(size: UInt64)
  case tooMany(count: UInt64, limit: Int)
  case notDisclosable(SectionReference)
}

extension EvidenceRequestError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .audit(let error): "\(error)"
    case .checkpoint(let error): "\(error)"
    case .nothingAsked: "Nothing is asked for: name a record, a person or a range."
    case .unknownStream(let stream): "The log has no event in \(stream): check the identifier."
    case .noEvent(let actor): "\(actor) did nothing there: check the identifier and the period."
    case .rangeBeyond(let size): "The range is empty or ends beyond the log of \(size) events."
    case .tooMany(let count, let limit):
      "The evidence would have \(count) events and a file has \(limit) at the most: narrow it with "
        + "--from and --to, leave out --nothing-later, or give `deed log tiles`."
    case .notDisclosable(let reference):
      "Section \(reference.section) of the event at \(reference.position) can't be disclosed: it is "
        + "not shown, not sealed, erased, or its key is not here."
    }
  }
}
