internal import CRM
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema

/// What decisions on pools look at beside records.
extension CommandExecutor {
  /// How many contacts are looked at for the last one that counts.
  private static let followUpLimit = 200
  /// How many pools there may be of one type.
  private static let poolLimit = 1000

  func standing(of counter: GuardCounter) throws(CommandFailure) -> CounterStanding {
    let standing: (members: [[UInt8]], count: Int64)
    do {
      standing = try log.standing(at: GuardDefinitions.guardKey(of: counter))
    } catch { throw .storage(error) }
    let members = standing.members.compactMap { bytes -> RecordKey? in
      let parts = String(decoding: bytes, as: UTF8.self).split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { return nil }
      return StreamName("\(parts[0])-\(parts[1])").flatMap { RecordKey($0) }
    }
    return CounterStanding(count: Int(standing.count), members: members)
  }

  func lookAtRecycling(
    of record: RecordKey, _ size: UInt64, _ decision: inout DecisionContext,
    _ looked: inout LookedAt
  ) throws(CommandFailure) {
    decision.poolIDs = try poolIDs()
    try lookAtContacts(with: record, size, &decision, &looked)
  }

  func lookAtContacts(
    with record: RecordKey, _ size: UInt64, _ decision: inout DecisionContext,
    _ looked: inout LookedAt
  ) throws(CommandFailure) {
    guard let tag = record.tag else { return }
    let query = EventQuery.tags([tag], types: ["ActivityLogged"].compactMap { EventType($0) })
    decision.lastFollowUp = try lastFollowUp(query)
    let last = size == 0 ? nil : Position(size - 1)
    looked.conditions.append(.noMatch(query, after: last))
  }

  func poolIDs() throws(CommandFailure) -> [String] {
    let query = EventQuery.types(["PoolCreated"].compactMap { EventType($0) })
    do {
      return try log.events(EventSelection(query, limit: Self.poolLimit)).compactMap {
        StreamName($0.stream)?.id
      }
    } catch { throw .storage(error) }
  }

  /// A contact that reached out or came in, by the owner or whoever works with them.
  private func lastFollowUp(_ query: EventQuery) throws(CommandFailure) -> FollowUp? {
    let events: [RecordedEvent]
    do {
      events = try log.events(
        EventSelection(query, direction: .backwards, limit: Self.followUpLimit))
    } catch { throw .storage(error) }
    for event in events {
      let payload: Payload?
      do { payload = try event.payload() } catch { throw .unreadable(error) }
      guard case .activity(.activityLogged(let logged)) = payload, logged.kind.isTwoWay,
        !logged.crossOwner, !logged.planned
      else { continue }
      return FollowUp(activityID: logged.activityID, recordedAt: event.recordedAt)
    }
    return nil
  }
}
