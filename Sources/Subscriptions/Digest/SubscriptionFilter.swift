package import EventLog
package import EventModel

/// Which events a subscriber asks for: those of one of each list that is not empty, with all of
/// the tags.
package struct SubscriptionFilter: Hashable, Sendable {
  package let types: [EventType]
  package let categories: [String]
  package let streams: [StreamName]
  package let tags: [Tag]
  /// Those who acted, or on whose behalf.
  package let actors: [ActorID]

  /// The most terms of a filter.
  package static let termLimit = 64

  /// All events.
  package static let everything = SubscriptionFilter()

  private init() {
    types = []
    categories = []
    streams = []
    tags = []
    actors = []
  }

  /// Reads the terms; each list is sorted and has no term twice, so that equal filters have equal
  /// digests.
  package init(
    types: [String] = [], categories: [String] = [], streams: [String] = [], tags: [String] = [],
    actors: [String] = []
  ) throws(FilterError) {
    let count = types.count + categories.count + streams.count + tags.count + actors.count
    guard count <= Self.termLimit else { throw .tooManyTerms(count) }
    self.types = try Self.names(types, .type)
    self.categories = try Self.sorted(categories).map { text throws(FilterError) in
      guard StreamName("\(text)-1") != nil, !text.contains("-") else {
        throw .malformed(.category, text)
      }
      return text
    }
    self.streams = try Self.names(streams, .stream)
    self.tags = try Self.names(tags, .tag)
    self.actors = try Self.names(actors, .actor)
  }

  private static func sorted(_ texts: [String]) -> [String] { Set(texts).sorted() }

  private static func names<N: Name>(
    _ texts: [String], _ term: FilterTerm
  ) throws(FilterError) -> [N] {
    try sorted(texts).map { text throws(FilterError) in
      guard let name = N(text) else { throw .malformed(term, text) }
      return name
    }
  }

  /// As the log takes it.
  package var query: EventQuery {
    let item = EventQuery.Item(
      types: types, tags: tags, streams: streams, categories: categories, actors: actors)
    return item == EventQuery.Item() ? .everything : EventQuery([item])
  }

  /// A line a term, in a fixed order.
  package var lines: [String] {
    types.map { "type \($0)" } + categories.map { "category \($0)" }
      + streams.map { "stream \($0)" } + tags.map { "tag \($0)" } + actors.map { "actor \($0)" }
  }
}

/// What a term of a filter names.
package enum FilterTerm: String, Sendable, Hashable {
  case type, category, stream, tag, actor
}

/// Why a filter can't be read.
package enum FilterError: Error, Hashable, Sendable, CustomStringConvertible {
  case malformed(FilterTerm, String)
  case tooManyTerms(Int)

  package var description: String {
    switch self {
    case .malformed(let term, let text):
      "“\(text)” is no \(term.rawValue) of events: give one such as \(term.example)."
    case .tooManyTerms(let count):
      "The filter has \(count) terms, and \(SubscriptionFilter.termLimit) is the most: narrow it."
    }
  }
}

extension FilterTerm {
  fileprivate var example: String {
    switch self {
    case .type: "LeadCaptured"
    case .category: "account"
    case .stream: "account-acc_01KAKV2DC093PHN6MKAZPW38M7"
    case .tag: "account:acc_01KAKV2DC093PHN6MKAZPW38M7"
    case .actor: "usr_01KAH8NPC0244KE13EW15XFQAC"
    }
  }
}
