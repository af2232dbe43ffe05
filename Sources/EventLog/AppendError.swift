package import EventModel
package import LMDB

/// Why nothing was appended.
package enum AppendError: Error, Hashable, Sendable {
  /// Another writer came first: load again, decide again. `actual` is `nil` for no stream.
  case conflict(stream: StreamName, expected: ExpectedRevision, actual: Revision?)
  /// An event matches a query that must match none.
  case matched(at: Position)
  /// A guard's rule would be broken.
  case guardRefused(GuardRefusal)
  /// The command was carried out before, with another body.
  case commandReused(CommandID, first: Position)
  /// An event of this id stands in the log and came from another command.
  case eventIDReused(EventID, at: Position)
  /// The subject's key was destroyed: nothing more may be sealed under it.
  case subjectDestroyed(KeyID)
  /// A message with personal fields stands in a plain section.
  case personalInPlainSection(message: String)
  /// A limit of the format: no events, too many, or too large.
  case overLimit(String)
  /// An event that contradicts itself or its request, such as a metadata section that can't be
  /// read, or that names another digest than the request.
  case malformed(String)
  /// No room on the disk or in the map; nothing was appended, and writing resumes with room.
  case full(LMDBError)
  /// The clock leapt ahead, as the text says; nothing is appended until it is back.
  case clock(String)
  /// The store failed; nothing was appended.
  case storage(LMDBError)
  /// The log is closed, or refuses to append for the reason given.
  case closed(String)
}

/// Which guard refused, and what stands there.
package struct GuardRefusal: Error, Hashable, Sendable {
  package let change: GuardChange
  /// The value, or the members, that stand in the way; at most 20.
  package let present: [[UInt8]]
  /// The counter's value, or how many members there are.
  package let count: Int64

  package init(change: GuardChange, present: [[UInt8]], count: Int64) {
    self.change = change
    self.present = present
    self.count = count
  }
}
