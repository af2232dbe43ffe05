internal import EventLog

extension GuardChange {
  /// The same change without its limit: what has happened can't be refused for a quota.
  ///
  /// What the guards hold afterwards is the same, so they can be made again from the events.
  var unlimited: GuardChange {
    switch self {
    case .count(let key, let amount, _): .count(key, by: amount, limit: .max)
    case .insertWithin(let key, let member, _): .insert(key, member: member)
    case .claim, .release, .insert, .remove, .requireEmpty: self
    }
  }
}
