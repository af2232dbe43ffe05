extension ModelKind {
  /// A table or view that people may ask in SQL.
  package struct Relation: Hashable, Sendable {
    package let name: String
    /// A view's stand in its definition, and are not listed.
    package let columns: [String]
  }

  /// The model's tables and views.
  package var listing: [Relation] {
    relations.map { name in
      let table = definitions.first { $0.table == name }
      return Relation(name: name, columns: table?.columns.map(\.name) ?? [])
    }
  }
}
