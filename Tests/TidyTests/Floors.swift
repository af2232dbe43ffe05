/// The floors of design 0001: a target imports targets of lower floors only.
enum Floors {
  static let floorOfTarget: [String: Int] = [
    "CLMDB": 0, "CMimalloc": 0, "CSHA": 0, "CSQLite": 0, "CTerminal": 0, "Schema": 0,
    "SchemaGenerator": 0,
    "LMDB": 1, "EventModel": 1, "Matching": 1,
    "Transparency": 2, "Sealing": 2,
    "Evidence": 3, "Vault": 3, "EventLog": 3, "CRM": 3,
    "Commands": 4, "ReadModels": 4,
    "Audit": 5, "DeedTesting": 5, "Policies": 5, "Subscriptions": 5,
    "Service": 6,
    "Console": 7, "GRPCAPI": 7, "HTTPAPI": 7,
    "deed": 8,
  ]

  /// The modules from outside that a target's imports may name; each is in docs/dependencies.md
  /// or comes with Swift.
  static let systemModules: Set<String> = [
    "Foundation", "FoundationNetworking", "Glibc", "Synchronization", "Dispatch", "RegexBuilder",
  ]
  static let productModules: Set<String> = [
    "ArgumentParser", "AsyncHTTPClient", "Configuration", "Crypto", "GRDB", "GRDBSQLite",
    "HTTPTypes",
    "Hummingbird", "HummingbirdCore", "HummingbirdHTTP2", "HummingbirdTLS", "JWTKit", "Logging",
    "NIOCore", "NIOHPACK", "NIOHTTP1", "NIOHTTP2", "NIOHTTPTypes", "NIOPosix", "NIOSSL", "NIOTLS",
    "ServiceLifecycle", "SwiftProtobuf", "Yams",
  ]
  /// C modules, each with the one target that may import it.
  static let ownerOfModule: [String: String] = [
    "CLMDB": "LMDB", "CMimalloc": "deed", "CSHA": "EventModel", "CSQLite": "ReadModels",
    "CTerminal": "Console",
  ]
  static let importLevels: Set<String> = [
    "internal", "package", "public", "private", "fileprivate",
  ]
}

/// One `import` line.
struct Import: Equatable {
  let module: String
  /// The word before `import`; `nil` when there is none.
  let level: String?
  let line: Int
}

extension ProjectFile {
  var imports: [Import] {
    let attributes: Set<String> = ["preconcurrency", "testable", "_exported"]
    return tokens.indices.compactMap { index in
      guard tokens[index] == word("import", onLineOf: index), index + 1 < tokens.count else {
        return nil
      }
      // `import struct Foundation.Date` names a kind first.
      let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "var", "let"]
      let place = kinds.contains(tokens[index + 1].text) ? index + 2 : index + 1
      guard place < tokens.count, tokens[place].kind == .word else { return nil }
      let previous = index > 0 && tokens[index - 1].line == tokens[index].line
      let level = previous ? tokens[index - 1].text : nil
      // `.import` and the like are names, not declarations.
      if let level, !Floors.importLevels.contains(level), !attributes.contains(level) {
        return nil
      }
      return Import(module: tokens[place].text, level: level, line: tokens[index].line)
    }
  }

  private func word(_ text: String, onLineOf index: Int) -> SwiftToken {
    SwiftToken(kind: .word, text: text, line: tokens[index].line)
  }

  /// Imports that go sideways, up, or past the manifest, or hide their level.
  func importFindings(manifest: Manifest) -> [Finding] {
    if path.hasPrefix("Tests/") { return testImportFindings(manifest: manifest) }
    guard path.hasPrefix("Sources/"), let target, !isGenerated else { return [] }
    return imports.flatMap { entry -> [Finding] in
      var complaints: [String] = []
      if !Floors.importLevels.contains(entry.level ?? "") {
        complaints.append("the import of \(entry.module) does not say its level")
      }
      if let floor = Floors.floorOfTarget[entry.module] {
        let own = Floors.floorOfTarget[target] ?? 0
        if floor >= own {
          complaints.append(
            "\(target) (floor \(own)) imports \(entry.module) (floor \(floor)), which is no lower")
        }
        if let owner = Floors.ownerOfModule[entry.module], target != owner {
          complaints.append("only \(owner) imports \(entry.module)")
        }
      } else if !Floors.systemModules.contains(entry.module),
        !Floors.productModules.contains(entry.module)
      {
        complaints.append("\(entry.module) is in no list of modules that may be imported")
      }
      if !Floors.systemModules.contains(entry.module),
        let known = manifest.targets[target], !known.modules.contains(entry.module)
      {
        complaints.append("\(target) does not list \(entry.module) in Package.swift")
      }
      return complaints.map { finding(entry.line, $0) }
    }
  }

  /// A test may import any floor, if the manifest says so.
  private func testImportFindings(manifest: Manifest) -> [Finding] {
    guard let target, let known = manifest.targets[target] else { return [] }
    return imports.compactMap { entry in
      let isOurs = Floors.floorOfTarget[entry.module] != nil || entry.module == "TestSupport"
      guard isOurs || Floors.productModules.contains(entry.module),
        !known.modules.contains(entry.module)
      else { return nil }
      return finding(entry.line, "\(target) does not list \(entry.module) in Package.swift")
    }
  }
}
