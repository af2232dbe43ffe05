package import EventModel

/// How the persons of a source are called in the log.
package enum ActorNaming {
  /// The actor that `name` is in `scope`: `usr_` and a digest, which does not tell the name.
  package static func actor(scope: String, name: String) throws(RowRefusal) -> ActorID {
    let text = StableIdentifier.text(prefix: "usr", ["actor", scope, name])
    guard let actor = ActorID(text) else { throw .badName(value: name, kind: "actor") }
    return actor
  }
}
