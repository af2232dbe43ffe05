internal import CRM
internal import EventLog
internal import EventModel

/// One event that passed its checks.
struct CheckedItem: Sendable {
  /// Where it stands among the events given.
  let index: Int
  let event: HistoryEvent
  let record: RecordKey
  let eventID: EventID
  /// Whether it makes its record.
  let isCreating: Bool
  /// Whose key seals its personal part; `nil` when it has none.
  let subject: String?
}

/// Events that go into the log together.
struct PreparedBatch: Sendable {
  let items: [CheckedItem]
  let events: [NewEvent]
  /// The guards' changes of each event.
  let guards: [[GuardChange]]

  /// The request that appends them; the same events make the same command.
  func request() -> AppendRequest {
    var hasher = DigestHasher()
    hasher.update(Array("deed/history-batch/v1\0".utf8))
    for item in items { hasher.update(item.eventID.bytes) }
    return AppendRequest(
      command: CommandID(version8Of: hasher.finalize()), events: events,
      conditions: items.filter(\.isCreating).map { .stream($0.event.stream, .none) },
      guards: Array(guards.joined()))
  }
}
