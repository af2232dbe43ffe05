package import EventModel
package import Schema

/// A number that guards keep over many records, and that a decision may look at.
package enum GuardCounter: Hashable, Sendable {
  /// The claims of a user from a pool on a local day (G-CLAIM).
  case claims(userID: String, poolID: String, day: String)
  /// The leads or accounts that a user owns (G-HOLD).
  case holdings(userID: String, ObjectType.Code)
  /// The registrations of a claimant that are open.
  case openRegistrations(claimant: String)
}

/// What a counter says.
package struct CounterStanding: Hashable, Sendable {
  package let count: Int
  /// The records counted, where they are known.
  package let members: [RecordKey]

  package init(count: Int, members: [RecordKey] = []) {
    self.count = count
    self.members = members
  }

  package static let zero = CounterStanding(count: 0)
}

/// The last contact that keeps a record with its owner.
package struct FollowUp: Hashable, Sendable {
  package let activityID: String
  package let recordedAt: Timestamp

  package init(activityID: String, recordedAt: Timestamp) {
    self.activityID = activityID
    self.recordedAt = recordedAt
  }
}
