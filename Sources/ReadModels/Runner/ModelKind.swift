internal import EventModel

/// A kind of read model that this program can run: a projector, with its type put away.
package struct ModelKind: Sendable {
  package let name: String
  package let version: UInt32
  /// The tables and views that people's SQL can name.
  package let relations: [String]
  let definitions: [TableSQL]
  let messages: [String]
  /// Makes the model in memory, with every change shown.
  let inspect: @Sendable () -> any InspectedModel
  let make: @Sendable (ModelFile, String, Int) throws(StorageError) -> any RunningModel

  package init<P: Projector>(_ projector: P.Type) {
    name = P.name
    version = P.version
    definitions = P.definitions
    messages = P.messages
    inspect = { Inspection<P>() }
    let views = definitions.compactMap(\.view) + P.views
    relations = definitions.map(\.table) + views.compactMap(Self.viewName)
    make = { file, origin, rowLimit throws(StorageError) in
      try Model<P>(P.self, file: file, origin: origin, rowLimit: rowLimit)
    }
  }

  /// The word behind `EXISTS` in a view's definition.
  private static func viewName(_ sql: String) -> String? {
    let words = sql.split(whereSeparator: \.isWhitespace)
    guard let exists = words.firstIndex(of: "EXISTS"), exists + 1 < words.count else { return nil }
    return String(words[exists + 1])
  }

  /// The name under which the model's tables stand in people's SQL.
  package var schemaName: String { String(name.map { $0 == "-" ? "_" : $0 }) }
}
