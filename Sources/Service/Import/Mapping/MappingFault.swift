/// What is wrong with a mapping file, and in which of its lines.
package struct MappingFault: Error, Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case unreadable(String)
    case unknownKey(String, allowed: [String])
    case missingKey(String)
    case wrongShape(expected: String)
    case unknownColumn(String, known: [String])
    case unknownName(kind: String, name: String, known: [String])
    case unknownTag(String)
    case badValue(String, expected: String)
    case badFile(path: String, reason: String)
  }

  /// Counted from 1; 0 where the whole file is meant.
  package let line: Int
  package let kind: Kind
}

extension MappingFault: CustomStringConvertible {
  package var description: String {
    let place = line > 0 ? "Line \(line) of the mapping" : "The mapping"
    switch kind {
    case .unreadable(let reason): return "\(place) is not YAML: \(reason)."
    case .unknownKey(let key, let allowed):
      return "\(place) has the unknown key “\(key)”; known are \(allowed.sorted().listed)."
    case .missingKey(let key): return "\(place) lacks the key “\(key)”."
    case .wrongShape(let expected): return "\(place) should hold \(expected)."
    case .unknownColumn(let name, let known):
      return "\(place) names the column “\(name)”; the file has \(known.listed)."
    case .unknownName(let kind, let name, let known):
      return "\(place) names the \(kind) “\(name)”; known are \(known.sorted().listed)."
    case .unknownTag(let tag): return "\(place) has the unknown tag “\(tag)”."
    case .badValue(let value, let expected):
      return "\(place) says “\(value)” where \(expected) is needed."
    case .badFile(let path, let reason):
      return "\(place) needs “\(path)”, and \(reason)"
    }
  }
}

extension [String] {
  /// The texts in quotes with commas between them, ten at the most.
  var listed: String {
    let shown = prefix(10).map { "“\($0)”" }.joined(separator: ", ")
    return isEmpty ? "none" : count > 10 ? shown + " and \(count - 10) more" : shown
  }
}
