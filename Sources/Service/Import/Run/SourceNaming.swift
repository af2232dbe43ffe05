package import EventModel
package import Vault

/// Identifiers made of what a source calls a thing: in one workspace the same name always gives
/// the same identifier, and without the workspace's key nobody can tell a name from it, nor try
/// a list of names against it.
package struct SourceNaming: Sendable {
  private let hash: KeyedHash

  package init(hash: KeyedHash) {
    self.hash = hash
  }

  package init(_ vault: Vault) throws(VaultError) {
    hash = try vault.keyedHash(for: "import")
  }

  /// The actor that a source calls `name` in `scope`.
  package func actor(scope: String, name: String) throws(RowRefusal) -> ActorID {
    guard let actor = ActorID(actorText(scope: scope, name: name)) else {
      throw .badName(value: name, kind: "actor")
    }
    return actor
  }

  func actorText(scope: String, name: String) -> String {
    StableIdentifier.text(prefix: "usr", digest(["actor", scope, name]))
  }

  /// The record of the kind `kind` that a source calls `name` in `scope`.
  func record(prefix: String, scope: String, kind: String, name: String) -> String {
    StableIdentifier.text(prefix: prefix, digest(["record", scope, kind, name]))
  }

  /// The key of a row whose key columns hold `values`.
  func rowKey(_ values: [String]) -> String {
    StableIdentifier.text(prefix: "key", digest(["row"] + values))
  }

  private func digest(_ parts: [String]) -> Digest {
    hash.digest(of: StableIdentifier.bytes(parts))
  }
}
