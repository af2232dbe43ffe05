package import CRM
package import EventModel

/// What became of one event of a history.
package enum HistoryOutcome: Hashable, Sendable {
  case added(Position)
  /// The event of this key stands in the log from an earlier import.
  case alreadyThere(Position)
  /// The same key came earlier in what is being imported.
  case repeated
  case refused(Refusal)
}

/// How many events of a history became what.
package struct HistoryTally: Hashable, Sendable {
  package private(set) var added = 0
  package private(set) var alreadyThere = 0
  package private(set) var repeated = 0
  package private(set) var refused = 0

  package init() {}

  package mutating func count(_ outcome: HistoryOutcome) {
    switch outcome {
    case .added: added += 1
    case .alreadyThere: alreadyThere += 1
    case .repeated: repeated += 1
    case .refused: refused += 1
    }
  }
}
