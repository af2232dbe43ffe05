package import EventModel

/// What a command did, now or when it was first asked.
package struct CommandResult: Hashable, Sendable {
  /// Where its first event stands; `nil` when nothing changed.
  package let first: Position?
  /// How many events it made.
  package let count: Int
  /// The records it made, in the order of their first events: their identifiers.
  package let madeIDs: [String]
  /// The record that it was about.
  package let targetID: String
  /// Whether it had been carried out before: nothing was appended now.
  package let isRepeat: Bool

  /// Where its last event stands; what a reader waits for to see the effect.
  package var last: Position? { first.map { Position($0.rawValue + UInt64(count) - 1) } }

  package init(
    first: Position?, count: Int, madeIDs: [String], targetID: String, isRepeat: Bool
  ) {
    self.first = first
    self.count = count
    self.madeIDs = madeIDs
    self.targetID = targetID
    self.isRepeat = isRepeat
  }
}
