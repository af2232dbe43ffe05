/// The commands that exist, read from what declares them.
extension Project {
  /// What `make` can make: the names before the colon at the start of a line.
  var makeTargets: Set<String> {
    guard let makefile = files.first(where: { $0.path == "Makefile" }) else { return [] }
    return Self.makeTargets(in: makefile)
  }

  static func makeTargets(in makefile: ProjectFile) -> Set<String> {
    Set(
      makefile.lines.compactMap { line in
        guard let colon = line.firstIndex(of: ":"), line.first?.isLetter == true,
          !line[colon...].hasPrefix(":=")
        else { return nil }
        return String(line[..<colon])
      })
  }

  /// The words after `deed` that name a command: `demo`, `log verify`.
  var deedCommands: Set<String> {
    Self.deedCommands(in: files.filter { $0.isIn(targets: ["deed"]) && $0.isSwift })
  }

  /// Reads types with a `CommandConfiguration`: its `commandName` and its `subcommands`.
  static func deedCommands(in files: [ProjectFile]) -> Set<String> {
    var names: [String: String] = [:]
    var children: [String: [String]] = [:]
    for file in files {
      var type = ""
      for index in file.tokens.indices.dropLast(2) {
        let token = file.tokens[index]
        guard token.kind == .word else { continue }
        if ["struct", "enum", "extension"].contains(token.text) {
          type = file.tokens[index + 1].text
          names[type] = names[type] ?? type.lowercased()
        }
        if token.text == "commandName", file.tokens[index + 2].kind == .string {
          names[type] = file.tokens[index + 2].text
        }
        if token.text == "subcommands" {
          let list = file.tokens[index...].drop { $0.text != "[" }.prefix { $0.text != "]" }
          let words = list.filter { $0.kind == .word && $0.text != "self" }
          children[type, default: []] += words.map(\.text)
        }
      }
    }
    let nested = Set(children.values.joined())
    let roots = children.keys.filter { !nested.contains($0) }
    var commands: Set<String> = []
    for root in roots {
      for command in children[root] ?? [] {
        guard let name = names[command] else { continue }
        commands.insert(name)
        for child in children[command] ?? [] {
          if let childName = names[child] { commands.insert("\(name) \(childName)") }
        }
      }
    }
    return commands
  }
}
