/// Reading old events as today's code means them.
///
/// Stored bytes never change. An event whose meaning changed has a newer type, such as
/// `TicketStatusChanged.v2`, and a step here that says what the old one means in its words. Steps
/// are pure, lead from one version to the next, and are chained on read: deciders and projectors
/// see the newest version only, while replay, export and evidence show what stands in the log.
extension Payload {
  /// The event in the newest version of its type; itself when it is that.
  package var upcast: Payload {
    var newest = self
    while let next = newest.nextVersion { newest = next }
    return newest
  }

  /// The event in the next version of its type; `nil` when this is the newest.
  ///
  /// One step a version: a test holds that each type that ends in `.v2` and above is what the
  /// step of its predecessor leads to.
  package var nextVersion: Payload? {
    if case .ticket(.ticketStatusChanged(let old)) = self {
      return .ticket(.ticketStatusChangedV2(TicketStatusChangedV2(old)))
    }
    return nil
  }
}
