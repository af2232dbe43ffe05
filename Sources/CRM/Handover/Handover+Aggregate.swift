internal import EventModel
package import Schema

extension Handover {
  package static func target(of command: HandoverCommand.OneOf_Command) -> String {
    switch command {
    case .startHandover(let command): command.handoverID
    case .planHandoverItems(let command): command.handoverID
    case .approveHandoverPlan(let command): command.handoverID
    case .executeHandoverItem(let command): command.handoverID
    case .writeHandoverBriefing(let command): command.handoverID
    case .acknowledgeHandover(let command): command.handoverID
    case .reportHandoverAccess(let command): command.handoverID
    case .completeHandover(let command): command.handoverID
    case .cancelHandover(let command): command.handoverID
    case .returnHandoverItem(let command): command.handoverID
    case .revertHandover(let command): command.handoverID
    case .noteOverdueHandover(let command): command.handoverID
    }
  }

  package static func identify(
    _ command: inout HandoverCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .startHandover(var start) = command, start.handoverID.isEmpty {
      start.handoverID = make("hnd")
      command = .startHandover(start)
    }
  }

  package func needs(
    for command: HandoverCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] {
    let from = exists ? fromUserID : Self.leaver(of: command)
    let rights =
      [RecordKey.user(from)]
      + OwnershipRule.needs(.user(from), context.effectiveActorID, in: context)
    switch command {
    case .startHandover, .cancelHandover: return rights
    case .approveHandoverPlan: return rights + context.calendarNeeds
    case .planHandoverItems(let plan):
      let receivers = (plan.items + [plan.rest]).map { RecordKey.user($0.toUserID) }
      let pools = (plan.items + [plan.rest]).map { RecordKey(.pool, $0.poolID) }
      // What is closed stays, so the rest must be looked at.
      let rest = plan.hasRest ? context.records.holdings(of: from) : []
      return rights + (receivers + pools).filter { !$0.id.isEmpty }
        + plan.items.map { RecordKey($0.recordRef) } + rest
    case .executeHandoverItem(let execute):
      return rights + present(RecordKey(execute.recordRef))
    case .returnHandoverItem(let item): return rights + present(RecordKey(item.recordRef))
    case .writeHandoverBriefing(let write): return rights + [RecordKey(write.recordRef)]
    case .completeHandover, .revertHandover: return rights
    case .acknowledgeHandover, .reportHandoverAccess, .noteOverdueHandover: return []
    }
  }

  private static func leaver(of command: HandoverCommand.OneOf_Command) -> String {
    if case .startHandover(let start) = command { start.fromUserID } else { "" }
  }

  /// The record of an item and its receiver.
  private func present(_ record: RecordKey) -> [RecordKey] {
    guard let item = items[record] else { return [record] }
    return [record]
      + [.user(item.toUserID), RecordKey(.pool, item.poolID)].filter { !$0.id.isEmpty }
  }

  /// Whose records the decision looks at; `nil` when it looks at nobody's.
  package func holder(for command: HandoverCommand.OneOf_Command) -> String? {
    switch command {
    case .startHandover(let start): start.fromUserID
    case .planHandoverItems, .approveHandoverPlan, .completeHandover: fromUserID
    case .executeHandoverItem, .writeHandoverBriefing, .acknowledgeHandover,
      .reportHandoverAccess, .cancelHandover, .returnHandoverItem, .revertHandover,
      .noteOverdueHandover:
      nil
    }
  }

  /// The record whose tasks go along; `nil` when none do.
  package func parent(for command: HandoverCommand.OneOf_Command) -> RecordKey? {
    switch command {
    case .executeHandoverItem(let execute): RecordKey(execute.recordRef)
    case .returnHandoverItem(let item): RecordKey(item.recordRef)
    case .startHandover, .planHandoverItems, .approveHandoverPlan, .writeHandoverBriefing,
      .acknowledgeHandover, .reportHandoverAccess, .completeHandover, .cancelHandover,
      .revertHandover, .noteOverdueHandover:
      nil
    }
  }
}
