/// Which witnesses must have cosigned a checkpoint.
///
/// Source: C2SP tlog-policy: lines `log`, `witness`, `group` and `quorum`.
package struct WitnessPolicy: Hashable, Sendable {
  /// A witness as a policy names it.
  package struct Witness: Hashable, Sendable {
    package let name: String
    package let key: NoteKey
    /// Where it takes checkpoints; `nil` when the policy doesn't say.
    package let url: String?
  }

  private struct Group: Hashable, Sendable {
    let threshold: Int
    let members: [String]
  }

  /// The logs' keys that the policy names.
  package private(set) var logKeys: [NoteKey] = []
  package private(set) var witnesses: [Witness] = []
  private var groups: [String: Group] = [:]
  /// `nil` for none.
  private var quorum: String?

  package static let byteLimit = 1 << 16
  private static let memberLimit = 256

  package var witnessKeys: [NoteKey] { witnesses.map(\.key) }

  /// Such as `ws (1 of w1, w2)`.
  package var quorumText: String {
    guard let quorum else { return "no witness" }
    guard let group = groups[quorum] else { return quorum }
    return "\(quorum) (\(group.threshold) of \(group.members.joined(separator: ", ")))"
  }

  /// Whether cosignatures of `keys` are enough.
  package func isMet(by keys: [NoteKey]) -> Bool {
    guard let quorum else { return true }
    return isMet(quorum, by: Set(keys.map(\.vkey)))
  }

  /// Groups name only what stands before them, so this ends.
  private func isMet(_ name: String, by keys: Set<String>) -> Bool {
    if let group = groups[name] {
      return group.members.count { isMet($0, by: keys) } >= group.threshold
    }
    return witnesses.contains { $0.name == name && keys.contains($0.key.vkey) }
  }

  /// Reads a policy file.
  package init(parsing text: String) throws(NoteError) {
    guard text.utf8.count <= Self.byteLimit else {
      throw .malformed("a policy has \(Self.byteLimit >> 10) KiB at the most")
    }
    var hasQuorum = false
    for (index, line) in text.utf8.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    ).enumerated() {
      let words = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }.map {
        String(decoding: Array($0), as: UTF8.self)
      }
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      let place = "line \(index + 1) of the policy"
      switch (first, words.count) {
      case ("log", 2...3): logKeys.append(try Self.key(words[1], .ed25519, place))
      case ("witness", 3...4): try addWitness(words, place)
      case ("group", 4...(3 + Self.memberLimit)): try addGroup(words, place)
      case ("quorum", 2):
        guard !hasQuorum else { throw .malformed("\(place): there is a quorum already") }
        hasQuorum = true
        if words[1] != "none" {
          guard isKnown(words[1]) else { throw .malformed("\(place): “\(words[1])” is unknown") }
          quorum = words[1]
        }
      default: throw .malformed("\(place) is no log, witness, group or quorum line")
      }
    }
    guard hasQuorum else { throw .malformed("the policy has no quorum line") }
  }

  private func isKnown(_ name: String) -> Bool {
    groups[name] != nil || witnesses.contains { $0.name == name }
  }

  private static func key(
    _ text: String, _ algorithm: NoteKey.Algorithm, _ place: String
  ) throws(NoteError) -> NoteKey {
    let key: NoteKey
    do throws(NoteError) {
      key = try NoteKey(vkey: text)
    } catch { throw .malformed("\(place): \(error)") }
    guard key.algorithm == algorithm else {
      throw .malformed("\(place): the key is of another kind")
    }
    return key
  }

  private mutating func addWitness(_ words: [String], _ place: String) throws(NoteError) {
    guard !isKnown(words[1]), words[1] != "none" else {
      throw .malformed("\(place): “\(words[1])” is taken")
    }
    let key = try Self.key(words[2], .cosignature, place)
    // A cosignature does not commit to its signer's name: one key under two names counts once.
    guard !witnesses.contains(where: { $0.key.publicKey == key.publicKey }) else {
      throw .malformed("\(place): the key stands twice")
    }
    witnesses.append(
      Witness(name: words[1], key: key, url: words.count == 4 ? words[3] : nil))
  }

  private mutating func addGroup(_ words: [String], _ place: String) throws(NoteError) {
    let members = Array(words[3...])
    guard !isKnown(words[1]), words[1] != "none" else {
      throw .malformed("\(place): “\(words[1])” is taken")
    }
    guard members.allSatisfy(isKnown), Set(members).count == members.count else {
      throw .malformed("\(place): a member is unknown, or stands twice")
    }
    let threshold: Int
    switch words[2] {
    case "any": threshold = 1
    case "all": threshold = members.count
    default:
      guard let number = UInt64(canonicalDecimal: words[2].utf8), number >= 1,
        number <= UInt64(members.count)
      else { throw .malformed("\(place): the threshold is not 1 to \(members.count)") }
      threshold = Int(number)
    }
    groups[words[1]] = Group(threshold: threshold, members: members)
  }
}
