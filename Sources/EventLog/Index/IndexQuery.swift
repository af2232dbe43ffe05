internal import EventModel

/// Which events, by the keys of the index: those that any alternative matches.
package struct IndexQuery: Hashable, Sendable {
  /// Matches an event that has one key of each clause; with no clauses, every event.
  package struct Alternative: Hashable, Sendable {
    package var clauses: [[IndexKey]]

    package init(_ clauses: [[IndexKey]]) { self.clauses = clauses }
  }

  /// With no alternatives, every event matches.
  package var alternatives: [Alternative]

  package init(_ alternatives: [Alternative]) { self.alternatives = alternatives }

  /// The events that have `key`.
  package static func key(_ key: IndexKey) -> IndexQuery { IndexQuery([Alternative([[key]])]) }
}

extension IndexHashKey {
  /// `query` in terms of the index; what it finds must still be compared with the records.
  package func query(_ query: EventQuery) -> IndexQuery {
    IndexQuery(
      query.items.map { item in
        var clauses = item.tags.map { [key(.tag, $0.text)] }
        let lists = [
          item.streams.map { key(.stream, $0.text) }, item.actors.map { key(.actor, $0.text) },
          item.types.map { key(.type, $0.text) }, item.categories.map { key(.category, $0) },
          item.subjects.map { key(.subject, $0) },
        ]
        for list in lists where !list.isEmpty { clauses.append(list) }
        return IndexQuery.Alternative(clauses)
      })
  }
}
