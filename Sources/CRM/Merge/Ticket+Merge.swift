internal import Schema
internal import SwiftProtobuf

extension Ticket {
  /// Requests for the same thing become one; the merged ones answer by it from then on, for ever.
  func merge(
    _ command: MergeTickets, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try context.requireReason(for: "MergeTickets")
    guard isOpen else {
      throw Refusal(.status, "The ticket \(id) is \(status); merge into an open one.")
    }
    guard (1...MergeDecision.limit).contains(command.mergedIds.count),
      Set(command.mergedIds).count == command.mergedIds.count, !command.mergedIds.contains(id)
    else {
      throw Refusal(
        .inconsistent,
        "mergedIds must name 1 to \(MergeDecision.limit) other tickets than the survivor, each "
          + "once.", field: "mergedIds")
    }
    var events: [DecidedEvent] = []
    for mergedID in command.mergedIds {
      let merged = try context.require(Ticket.self, mergedID, field: "mergedIds")
      guard merged.isOpen else {
        throw Refusal(
          .status, "The ticket \(mergedID) is \(merged.status); only open ones are merged.",
          field: "mergedIds")
      }
      guard merged.accountID == accountID else {
        throw Refusal(
          .inconsistent,
          "The tickets \(id) and \(mergedID) are of different accounts; merge tickets of one.",
          field: "mergedIds")
      }
      try OwnershipRule.requireNotFrozen(merged.ownership, merged.key)
      let into = TicketMergedInto.with {
        $0.survivorID = id
        if let owner = merged.ownership.owner { $0.formerOwner = owner }
      }
      events.append(DecidedEvent(key, .ticket(.ticketMerged(.with { $0.mergedID = mergedID }))))
      events.append(DecidedEvent(merged.key, .ticket(.ticketMergedInto(into))))
    }
    return events
  }
}
