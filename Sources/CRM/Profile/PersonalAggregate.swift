internal import EventModel

/// A record with sealed fields: they can be erased, and begin anew when their subject is readmitted.
package protocol PersonalAggregate: Aggregate {
  /// Whether its sealed fields were erased.
  var isErased: Bool { get }
  /// Lets new sealed fields be recorded, when the old ones were erased and their subject has a new key.
  mutating func readmit()
}

extension Profile {
  var isErased: Bool { if case .erased = content { true } else { false } }

  /// Nothing is known again, where everything was erased.
  mutating func readmit() { if isErased { self = Profile() } }
}

extension Account: PersonalAggregate {
  package var isErased: Bool { profile.isErased }
  package mutating func readmit() { profile.readmit() }
}

extension Activity: PersonalAggregate {
  package var isErased: Bool { profile.isErased }
  package mutating func readmit() { profile.readmit() }
}

extension Contact: PersonalAggregate {
  package var isErased: Bool { profile.isErased }
  package mutating func readmit() { profile.readmit() }
}

extension Lead: PersonalAggregate {
  package var isErased: Bool { profile.isErased }
  package mutating func readmit() { profile.readmit() }
}

extension Opportunity: PersonalAggregate {
  package var isErased: Bool { profile.isErased }
  package mutating func readmit() { profile.readmit() }
}

extension Registration: PersonalAggregate {
  package var isErased: Bool { profile.isErased }
  package mutating func readmit() { profile.readmit() }
}

extension Ticket: PersonalAggregate {
  package var isErased: Bool { profile.isErased }
  package mutating func readmit() { profile.readmit() }
}

extension User: PersonalAggregate {
  package var isErased: Bool { profile.isErased }
  package mutating func readmit() { profile.readmit() }
}
