/// What Package.swift says of targets, read from its text.
struct Manifest {
  struct Target: Equatable {
    let name: String
    let folder: String
    /// Targets and products it lists.
    var modules: Set<String>
    let line: Int
  }

  private(set) var targets: [String: Target] = [:]

  private static let kinds: Set<String> = [
    "target", "executableTarget", "testTarget", "systemLibrary",
  ]

  init(_ file: ProjectFile) {
    let products = Self.products(in: file.tokens)
    for index in file.tokens.indices where index > 0 {
      let tokens = file.tokens
      guard tokens[index - 1].text == ".", Self.kinds.contains(tokens[index].text),
        index + 1 < tokens.count, tokens[index + 1].text == "(", tokens[index].kind == .word
      else { continue }
      let call = Self.call(from: index + 1, in: tokens)
      guard let name = Self.text(of: "name", in: call) else { continue }
      let parent = tokens[index].text == "testTarget" ? "Tests" : "Sources"
      targets[name] = Target(
        name: name, folder: Self.text(of: "path", in: call) ?? "\(parent)/\(name)",
        modules: Self.modules(in: call, products: products), line: tokens[index].line)
    }
  }

  /// The tokens of the call whose `(` stands at `start`, with both parentheses.
  private static func call(from start: Int, in tokens: [SwiftToken]) -> ArraySlice<SwiftToken> {
    var depth = 0
    for index in start..<tokens.count where tokens[index].kind == .mark {
      if tokens[index].text == "(" { depth += 1 }
      if tokens[index].text == ")" { depth -= 1 }
      if depth == 0 { return tokens[start...index] }
    }
    return tokens[start...]
  }

  private static func text(of label: String, in call: ArraySlice<SwiftToken>) -> String? {
    for index in call.indices.dropLast(2)
    where call[index].text == label && call[index + 1].text == ":"
      && call[index + 2].kind == .string
    {
      return call[index + 2].text
    }
    return nil
  }

  private static func modules(
    in call: ArraySlice<SwiftToken>, products: [String: String]
  ) -> Set<String> {
    guard let start = call.firstIndex(where: { $0.text == "dependencies" && $0.kind == .word })
    else { return [] }
    var modules: Set<String> = []
    var depth = 0
    for token in call[start...] {
      if token.text == "[", token.kind == .mark { depth += 1 }
      if token.text == "]", token.kind == .mark {
        depth -= 1
        if depth == 0 { break }
      }
      guard depth > 0 else { continue }
      if token.kind == .string { modules.insert(token.text) }
      if token.kind == .word, let product = products[token.text] { modules.insert(product) }
    }
    return modules
  }

  /// `let crypto: Target.Dependency = .product(name: "Crypto", …)`: `crypto` stands for `Crypto`.
  private static func products(in tokens: [SwiftToken]) -> [String: String] {
    var products: [String: String] = [:]
    for index in tokens.indices.dropLast()
    where tokens[index].text == "let" && tokens[index].kind == .word {
      let statement = tokens[(index + 2)...].prefix(12)
      guard let product = statement.firstIndex(where: { $0.text == "product" }),
        product + 4 < tokens.count, tokens[product + 4].kind == .string
      else { continue }
      products[tokens[index + 1].text] = tokens[product + 4].text
    }
    return products
  }

  /// Targets that no floor is known of, that list a target no lower, or that have no file.
  func findings(paths: Set<String>) -> [Finding] {
    targets.values.sorted { $0.line < $1.line }.flatMap { target -> [Finding] in
      var complaints: [String] = []
      if !paths.contains(where: { $0.hasPrefix("\(target.folder)/") && Self.isSource($0) }) {
        complaints.append("\(target.name) has no file in \(target.folder)")
      }
      if target.folder.hasPrefix("Sources/") {
        if let own = Floors.floorOfTarget[target.name] {
          for module in target.modules.sorted() {
            guard let floor = Floors.floorOfTarget[module], floor >= own else { continue }
            complaints.append(
              "\(target.name) (floor \(own)) lists \(module) (floor \(floor)), which is no lower")
          }
        } else {
          complaints.append("\(target.name) stands on no floor of design 0001")
        }
      }
      return complaints.map {
        Finding(path: "Package.swift", line: target.line, complaint: $0)
      }
    }
  }

  private static func isSource(_ path: String) -> Bool {
    [".swift", ".c", ".h", ".modulemap"].contains { path.hasSuffix($0) }
  }
}
