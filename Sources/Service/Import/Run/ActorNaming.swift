package import EventModel

/// How the persons of a source are called in the log.
package enum ActorNaming {
  /// The actor that `name` is in `scope`: `usr_` and a digest, which does not tell the name.
  package static func actor(scope: String, name: String) throws(RowRefusal) -> ActorID {
    guard let actor = ActorID(text(scope: scope, name: name)) else {
      throw .badName(value: name, kind: "actor")
    }
    return actor
  }

  static func text(scope: String, name: String) -> String {
    StableIdentifier.text(prefix: "usr", ["actor", scope, name])
  }
}
