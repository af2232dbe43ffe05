/// Identifiers that were made lately: a row names the same records and people many times, and
/// each identifier costs a digest.
final class IdentifierCache {
  /// What is kept at the most; a full cache begins anew.
  static let limit = 1 << 15
  private var identifiers: [Key: String] = [:]

  private struct Key: Hashable {
    /// A kind of record; -1 for actors.
    let kind: Int
    let name: ExactText
  }

  /// The identifier of `name` among those of `kind`, made by `make` when it is not known.
  func identifier(_ kind: Int, _ name: String, _ make: () -> String) -> String {
    let key = Key(kind: kind, name: ExactText(name))
    if let known = identifiers[key] { return known }
    let made = make()
    if identifiers.count >= Self.limit { identifiers.removeAll(keepingCapacity: true) }
    identifiers[key] = made
    return made
  }
}
