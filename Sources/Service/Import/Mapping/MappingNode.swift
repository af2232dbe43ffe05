internal import Yams

/// A node of a mapping file with its line; reading by names that must all be known.
struct MappingNode {
  private let node: Node

  init(_ node: Node) { self.node = node }

  /// The root of `text`.
  static func root(of text: String) throws(MappingFault) -> MappingNode {
    let node: Node?
    do { node = try Yams.compose(yaml: text) } catch {
      throw MappingFault(line: 0, kind: .unreadable(String(describing: error).firstLine))
    }
    guard let node else { throw MappingFault(line: 0, kind: .wrongShape(expected: "a mapping")) }
    return MappingNode(node)
  }

  var line: Int { node.mark?.line ?? 0 }

  /// The tag that the file writes itself, such as `!column`; `nil` for those of YAML.
  var tag: String? {
    let name = node.tag.description
    return name.hasPrefix("!") ? name : nil
  }

  func fault(_ kind: MappingFault.Kind) -> MappingFault { MappingFault(line: line, kind: kind) }

  var scalar: String? { node.scalar?.string }
  /// Whether the scalar stands without quotes.
  var isPlain: Bool { node.scalar?.style == .plain }
  var isList: Bool { node.sequence != nil }
  var isMapping: Bool { node.mapping != nil }

  /// Whether this is a plain `null`, `~` or nothing.
  var isNull: Bool {
    guard isPlain, let scalar else { return false }
    return ["", "~", "null"].contains(scalar)
  }

  func text() throws(MappingFault) -> String {
    guard let scalar else { throw fault(.wrongShape(expected: "a text")) }
    return scalar
  }

  func items() throws(MappingFault) -> [MappingNode] {
    guard let sequence = node.sequence else { throw fault(.wrongShape(expected: "a list")) }
    return sequence.map(MappingNode.init)
  }

  /// One text, or a list of texts.
  func texts() throws(MappingFault) -> [String] {
    if let scalar { return [scalar] }
    var texts: [String] = []
    for item in try items() { texts.append(try item.text()) }
    return texts
  }

  /// Names and values in the order of the file.
  func pairs() throws(MappingFault) -> [(name: String, value: MappingNode)] {
    var pairs: [(name: String, value: MappingNode)] = []
    for (key, value) in try entries() { pairs.append((try key.text(), value)) }
    return pairs
  }

  /// Keys and values in the order of the file.
  func entries() throws(MappingFault) -> [(key: MappingNode, value: MappingNode)] {
    guard let mapping = node.mapping else { throw fault(.wrongShape(expected: "names and values")) }
    return mapping.map { (MappingNode($0.key), MappingNode($0.value)) }
  }

  /// The values of the keys in `allowed`; any other key is a fault in its line.
  func fields(_ allowed: [String]) throws(MappingFault) -> MappingFields {
    guard let mapping = node.mapping else { throw fault(.wrongShape(expected: "names and values")) }
    var fields: [String: MappingNode] = [:]
    for (key, value) in mapping {
      let name = key.scalar?.string ?? ""
      guard allowed.contains(name) else {
        throw MappingNode(key).fault(.unknownKey(name, allowed: allowed))
      }
      fields[name] = MappingNode(value)
    }
    return MappingFields(owner: self, fields: fields)
  }
}

/// The values of a node's known keys.
struct MappingFields {
  let owner: MappingNode
  private let fields: [String: MappingNode]

  init(owner: MappingNode, fields: [String: MappingNode]) {
    self.owner = owner
    self.fields = fields
  }

  subscript(name: String) -> MappingNode? { fields[name] }

  func required(_ name: String) throws(MappingFault) -> MappingNode {
    guard let node = fields[name] else { throw owner.fault(.missingKey(name)) }
    return node
  }
}

extension String {
  var firstLine: String {
    String(decoding: utf8.prefix { $0 != .lineFeed }, as: UTF8.self)
  }
}
