internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema
internal import SwiftProtobuf

extension EventQuery {
  /// What `query` asks of a store's own events, as the log knows them.
  init(of query: StoreQuery) {
    let all = Item(types: [EventStore.eventType])
    guard !query.items.isEmpty else {
      self.init([all])
      return
    }
    self.init(
      query.items.flatMap { item -> [Item] in
        let tags = item.tags.map(StoreTag.tag.tag)
        guard !item.types.isEmpty else { return tags.isEmpty ? [all] : [Item(tags: tags)] }
        return item.types.map { Item(tags: [StoreTag.type.tag($0)] + tags) }
      })
  }

  /// What `query` asks of a CRM's events; `nil` when no event can match it.
  init?(ofWorkspace query: StoreQuery) {
    let items = query.items.compactMap { item -> Item? in
      let types = item.types.compactMap(EventType.init)
      let tags = item.tags.compactMap(Tag.init)
      guard tags.count == item.tags.count, item.types.isEmpty || !types.isEmpty else { return nil }
      return Item(types: types, tags: tags)
    }
    guard query.items.isEmpty || !items.isEmpty else { return nil }
    self.init(items)
  }
}

/// What single events of a store say.
extension EventStore {
  /// How far `source` got, and in which event that is said; `nil` when it was never named.
  public func trackedPosition(of source: String) throws(ServiceError) -> UInt64? {
    guard case .store = place else { return nil }
    return try trackingEvent(of: source)?.position
  }

  func trackingEvent(
    of source: String
  ) throws(ServiceError) -> (position: UInt64, event: Position)? {
    do throws(LMDBError) {
      let selection = EventSelection(
        .tags([StoreTag.source.tag(source)]), direction: .backwards, limit: 1)
      guard let event = try log.events(selection).first, event.sectionCount == 3,
        let content = event.plain(2)?.content
      else { return nil }
      let info = try Self.tracking(content)
      return (info.position, event.position)
    } catch { throw ServiceError(storage: error) }
  }

  private static func tracking(_ content: [UInt8]) throws(LMDBError) -> DCBTrackingInfo {
    do {
      return try DCBTrackingInfo(serializedBytes: content)
    } catch {
      throw LMDBError(call: .get, cause: .damaged)
    }
  }

  /// Whether the event at the log's `position` matches `query`.
  func matches(_ query: StoreQuery, at position: Position) throws(ServiceError) -> Bool {
    do throws(LMDBError) {
      return try !log.events(
        EventSelection(EventQuery(of: query), from: position, through: position)
      ).isEmpty
    } catch { throw ServiceError(storage: error) }
  }

  /// What clients send for an event that has none.
  private static let noUUID = "00000000-0000-0000-0000-000000000000"

  /// Where the last of `events` stands when all of them stand in the log already, in their order
  /// and with their UUIDs, and one of them at `position`.
  func lastOfRepeat(
    of events: [StoredEvent], around position: Position
  ) throws(ServiceError) -> Position? {
    guard events.allSatisfy({ !$0.uuid.isEmpty && $0.uuid != Self.noUUID }) else { return nil }
    do throws(LMDBError) {
      let at = EventSelection(from: position, through: position)
      guard let found = try log.events(at).first?.plain(1)?.content,
        let index = events.firstIndex(where: { $0.message == found }),
        position.rawValue >= UInt64(index)
      else { return nil }
      let first = Position(position.rawValue - UInt64(index))
      let last = Position(first.rawValue + UInt64(events.count) - 1)
      let there = try log.events(EventSelection(from: first, through: last))
      guard there.count == events.count,
        zip(there, events).allSatisfy({ $0.plain(1)?.content == $1.message })
      else { return nil }
      return last
    } catch { throw ServiceError(storage: error) }
  }
}
