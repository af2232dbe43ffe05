package import EventModel

/// Which events: those that any item matches; with no items, all.
package struct EventQuery: Hashable, Sendable {
  package var items: [Item]

  package init(_ items: [Item] = []) { self.items = items }

  /// All events.
  package static let everything = EventQuery()

  package static func stream(_ name: StreamName) -> EventQuery {
    EventQuery([Item(streams: [name])])
  }

  package static func category(_ name: String) -> EventQuery {
    EventQuery([Item(categories: [name])])
  }

  package static func tags(_ tags: [Tag], types: [EventType] = []) -> EventQuery {
    EventQuery([Item(types: types, tags: tags)])
  }

  package static func types(_ types: [EventType]) -> EventQuery {
    EventQuery([Item(types: types)])
  }

  /// Matches an event that is of one of each list that is not empty, and has all of `tags`.
  package struct Item: Hashable, Sendable {
    package var types: [EventType]
    package var tags: [Tag]
    package var streams: [StreamName]
    package var categories: [String]
    /// The event's actor, or the one it was done on behalf of.
    package var actors: [ActorID]
    /// Keys of data subjects: the event has a section sealed under one of them.
    package var subjects: [KeyID]

    package init(
      types: [EventType] = [], tags: [Tag] = [], streams: [StreamName] = [],
      categories: [String] = [], actors: [ActorID] = [], subjects: [KeyID] = []
    ) {
      self.types = types
      self.tags = tags
      self.streams = streams
      self.categories = categories
      self.actors = actors
      self.subjects = subjects
    }
  }
}

/// Which events, from where, in which order, how many.
package struct EventSelection: Hashable, Sendable {
  package enum Direction: Hashable, Sendable { case forwards, backwards }

  package var query: EventQuery
  /// The first position looked at; `nil` is the log's first event, or its last when backwards.
  package var from: Position?
  /// Positions beyond this one (below it when backwards) are not looked at.
  package var through: Position?
  package var direction: Direction
  /// At most so many events; `nil` for no limit.
  package var limit: Int?

  package init(
    _ query: EventQuery = .everything, from: Position? = nil, through: Position? = nil,
    direction: Direction = .forwards, limit: Int? = nil
  ) {
    self.query = query
    self.from = from
    self.through = through
    self.direction = direction
    self.limit = limit
  }
}
