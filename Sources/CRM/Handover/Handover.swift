package import EventModel
package import Schema

/// A person leaves, for good or for a while, and others take over: the sum of its stream's events.
package struct Handover: Aggregate {
  /// What becomes of one record.
  package struct Item: Hashable, Sendable {
    package enum State: Hashable, Sendable {
      case planned
      case executed
      /// Refused at the last attempt, with this code.
      case failed(code: String)
      /// Back with who had left.
      case returned
    }

    package var disposition: HandoverDisposition.Code
    package var toUserID: String
    package var poolID: String
    package var state: State
    /// Whether its receiver was told what to know.
    package var isBriefed: Bool
    package var isAcknowledged: Bool
  }

  package private(set) var started = HandoverStarted()
  package private(set) var status = HandoverStatus.Code.handoverStatusUnspecified
  /// The records in the order of their planning.
  package private(set) var records: [RecordKey] = []
  package private(set) var items: [RecordKey: Item] = [:]
  package private(set) var acknowledgeUntil: Timestamp?
  package private(set) var overdueUserIDs: [String] = []
  package private(set) var accessReport: HandoverAccessReported?

  package init() {}

  package static var objectType: ObjectType.Code { .handover }
  package var exists: Bool { !id.isEmpty }
  package var id: String { started.handoverID }
  package var key: RecordKey { .handover(id) }
  package var fromUserID: String { started.fromUserID }

  /// The rights that a leaver loses at once.
  package static let restrictedRights = ["export", "bulkRead", "claim"]

  /// Records of a receiver that wait for its acknowledgement.
  package func unacknowledged(by userID: String) -> [RecordKey] {
    records.filter { record in
      guard let item = items[record] else { return false }
      return item.disposition == .toUser && item.toUserID == userID && item.state == .executed
        && !item.isAcknowledged
    }
  }

  package mutating func apply(_ fact: Fact) {
    guard case .handover(let event) = fact.payload else { return }
    switch event {
    case .handoverStarted(let started): (self.started, status) = (started, .draft)
    case .handoverItemPlanned(let planned): plan(planned)
    case .handoverPlanApproved(let approved):
      status = .approved
      acknowledgeUntil = approved.hasAcknowledgeUntil ? Timestamp(approved.acknowledgeUntil) : nil
    case .handoverItemExecuted(let executed):
      status = .executing
      items[RecordKey(executed.recordRef)]?.state = .executed
    case .handoverItemFailed(let failed):
      status = .executing
      items[RecordKey(failed.recordRef)]?.state = .failed(code: failed.code)
    case .handoverItemReturned(let returned):
      items[RecordKey(returned.recordRef)]?.state = .returned
    case .handoverBriefingWritten(let written):
      items[RecordKey(written.recordRef)]?.isBriefed = true
    case .handoverAcknowledged(let acknowledged):
      for reference in acknowledged.recordRefs {
        items[RecordKey(reference)]?.isAcknowledged = true
      }
    case .handoverAcknowledgementOverdue(let overdue): overdueUserIDs.append(overdue.userID)
    case .handoverAccessReported(let report): accessReport = report
    case .handoverCompleted: status = .completed
    case .handoverCancelled: status = .cancelled
    case .handoverReverted: status = .reverted
    }
  }

  private mutating func plan(_ planned: HandoverItemPlanned) {
    let record = RecordKey(planned.recordRef)
    if items[record] == nil { records.append(record) }
    items[record] = Item(
      disposition: planned.disposition, toUserID: planned.toUserID, poolID: planned.poolID,
      state: .planned, isBriefed: false, isAcknowledged: false)
    if status == .draft { status = .planned }
  }
}
