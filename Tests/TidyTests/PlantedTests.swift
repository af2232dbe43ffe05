import Testing

/// Each rule, on text that breaks it and on text that only looks like it.
@Suite struct PlantedTests {
  private static func file(_ path: String, _ text: String) -> ProjectFile {
    ProjectFile(path: path, text: text)
  }

  private static let manifest = Manifest(
    file(
      "Package.swift",
      """
      let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
      let package = Package(targets: [
        .target(name: "LMDB", dependencies: ["CLMDB"]),
        .target(name: "EventModel", dependencies: [crypto, "CRM"]),
        .target(name: "CRM", dependencies: ["EventModel"]),
        .target(name: "Attic", dependencies: []),
        .testTarget(name: "CRMTests", dependencies: ["CRM"]),
      ])
      """))

  @Test(
    arguments: [
      ("Sources/CRM/A.swift", "internal import EventModel", nil),
      ("Sources/CRM/A.swift", "import EventModel", "does not say its level"),
      ("Sources/CRM/A.swift", "internal import Commands", "no lower"),
      ("Sources/CRM/A.swift", "internal import EventLog", "no lower"),
      ("Sources/CRM/A.swift", "internal import Transparency", "does not list Transparency"),
      ("Sources/EventModel/A.swift", "internal import CLMDB", "only LMDB imports CLMDB"),
      ("Sources/CRM/A.swift", "internal import Alamofire", "in no list"),
      ("Sources/CRM/A.swift", "internal import struct Foundation.URL", nil),
      ("Sources/CRM/A.swift", "// import Commands", nil),
      ("Sources/CRM/A.swift", "guard channel == .import else { return }", nil),
      ("Sources/CRM/A.swift", "internal import GRDBSQLite", "does not list GRDB"),
      ("Tests/CRMTests/A.swift", "import CRM\nimport Testing", nil),
      ("Tests/CRMTests/A.swift", "import EventLog", "does not list EventLog"),
    ] as [(String, String, String?)])
  func `an import upwards, past the manifest or without level is found`(
    path: String, text: String, complaint: String?
  ) {
    let findings = Self.file(path, text).importFindings(manifest: Self.manifest)
    if let complaint {
      #expect(findings.contains { $0.complaint.contains(complaint) && $0.line == 1 })
    } else {
      #expect(findings == [])
    }
  }

  @Test(
    arguments: [
      ("internal import EventModel\nenum A: Projector {}", 0),
      ("internal import Foundation\nenum A: Projector {}", 1),
      ("internal import EventLog\nfunc a(_ tables: inout Tables) {}", 1),
      ("enum A: Projector {\n  func a() async { await b() }\n}", 2),
      ("internal import Foundation\nstruct ModelFile {}", 0),
    ])
  func `a projector that could have side effects is found`(text: String, count: Int) {
    #expect(Self.file("Sources/ReadModels/A/A.swift", text).effectFindings.count == count)
    #expect(Self.file("Sources/CRM/A.swift", text).effectFindings.isEmpty)
  }

  @Test func `a replay that could post is found`() {
    let text = "struct A { let sender: any WebhookSender }\nlet b = WebhookReactor()"
    for place in ["ReadModels", "Audit", "Service/Models", "Service/Replay", "Policies"] {
      #expect(Self.file("Sources/\(place)/A.swift", text).reactorFindings.count == 2)
    }
    #expect(Self.file("Sources/Service/Streams/A.swift", text).reactorFindings.isEmpty)
  }

  @Test func `the manifest is read, and its upward and empty targets are found`() {
    #expect(Self.manifest.targets["EventModel"]?.modules == ["Crypto", "CRM"])
    #expect(Self.manifest.targets["CRMTests"]?.folder == "Tests/CRMTests")
    let paths: Set<String> = [
      "Sources/LMDB/A.swift", "Sources/EventModel/A.swift", "Sources/CRM/A.swift",
      "Sources/Attic/notes.txt", "Tests/CRMTests/A.swift", "Tests/Lost/A.swift",
    ]
    let complaints = Self.manifest.findings(paths: paths).map(\.complaint)
    #expect(
      complaints == [
        "EventModel (floor 1) lists CRM (floor 3), which is no lower",
        "Attic has no file in Sources/Attic", "Attic stands on no floor of design 0001",
      ])
    let orphans = Project.orphanFindings(paths: paths, manifest: Self.manifest)
    #expect(orphans.map(\.path) == ["Tests/Lost"])
  }

  @Test(arguments: [
    ("Sources/CRM/A.swift", "let a = unsafe f()", 1),
    ("Sources/LMDB/A.swift", "let a = unsafe f()", 0),
    ("Sources/EventModel/Bytes.swift", "let a = unsafe f()", 0),
    ("Sources/EventModel/Leaf.swift", "let a = 1\nlet b = unsafe f()", 1),
    ("Sources/CRM/A.swift", "// unsafe\nlet a = \"unsafe\"", 0),
    ("Sources/CRM/A.swift", "let a = \"\\(unsafe f())\"", 1),
  ])
  func `unsafe outside its files is found, also in an interpolation`(
    path: String, text: String, count: Int
  ) {
    #expect(Self.file(path, text).unsafeFindings.count == count)
  }

  @Test(arguments: [
    ("try? f()", 1), ("try! f()", 1), ("try f()", 0), ("try !f()", 0), ("fatalError()", 1),
    ("preconditionFailure(\"no try? here\")", 0), ("/* try? */ f()", 0),
    (##"let a = #"try? "quoted" try!"#"##, 0),
  ])
  func `a hidden failure is found`(text: String, count: Int) {
    #expect(Self.file("Sources/CRM/A.swift", text).hiddenFailureFindings.count == count)
    #expect(Self.file("Tests/CRMTests/A.swift", text).hiddenFailureFindings == [])
  }

  @Test func `a testable import is found`() {
    let text = "@test" + "able import CRM"
    #expect(Self.file("Tests/CRMTests/A.swift", text).testableFindings.count == 1)
    #expect(Self.file("Tests/CRMTests/A.swift", "import CRM").testableFindings == [])
  }

  @Test(arguments: [
    ("Sources/CRM/A.swift", "switch a {\ncase .won: f()\ndefault: g()\n}", 1),
    ("Sources/CRM/A.swift", "switch a {\ncase (.won, 1): f()\n@unknown default: g()\n}", 1),
    ("Sources/CRM/A.swift", "switch a {\ncase 1...9: f()\ncase \"x\": f()\ndefault: g()\n}", 0),
    (
      "Sources/CRM/A.swift",
      "switch a {\ncase .won: f()\ndefault: g()  // codes are an open set\n}", 0
    ),
    (
      "Sources/CRM/A.swift",
      "switch a {\ncase .won: f()\n// Codes are an open set.\ndefault: g()\n}", 0
    ),
    ("Sources/CRM/A.swift", "counts[stage, default: 0] += 1\nf(default: 1)", 0),
    ("Sources/LMDB/A.swift", "switch a {\ncase .won: f()\ndefault: g()\n}", 0),
  ])
  func `a default without a reason is found`(path: String, text: String, count: Int) {
    #expect(Self.file(path, text).defaultFindings.count == count)
  }

  @Test(arguments: [
    ("Sources/CRM/A.swift", "let rate: Double = 1", 1),
    ("Sources/Commands/A.swift", "Float(1)", 1),
    ("Sources/Console/A.swift", "let width: Double = 1", 0),
    ("Sources/CRM/A.swift", "let a: DoubleEntry", 0),
    ("Sources/Schema/proto/a.proto", "  double rate = 1;\n  repeated float x = 2;", 2),
    ("Sources/Schema/proto/a.proto", "  // double\n  string double_entry = 1;", 0),
  ])
  func `floating point in what must be exact is found`(path: String, text: String, count: Int) {
    #expect(Self.file(path, text).floatingPointFindings.count == count)
  }

  @Test(arguments: [
    ("Date()", 1), ("Date.now", 1), ("UUID()", 1), ("ContinuousClock().now", 1),
    ("Int.random(in: 0..<9)", 1), ("names.shuffled()", 1), ("Date(timeIntervalSince1970: 0)", 0),
    ("UUID(uuidString: text)", 0), ("let randomness = 1", 0), ("f(random: random.0)", 0),
  ])
  func `a clock or chance in what must be pure is found`(text: String, count: Int) {
    for target in ["CRM", "ReadModels", "EventModel", "Transparency"] {
      #expect(Self.file("Sources/\(target)/A.swift", text).impurityFindings.count == count)
    }
    #expect(Self.file("Sources/Vault/A.swift", text).impurityFindings == [])
  }

  @Test(arguments: [
    ("struct A: @unchecked Sendable {\n  // @unchecked: it never changes.\n}", 0),
    ("struct A: @unchecked Sendable {\n  let a: Int\n}", 1),
    ("// One thread has it.\nnonisolated(unsafe) var a = 1", 0),
    ("let b = 1\nnonisolated(unsafe) var a = 1\nlet c = 1", 1),
    ("nonisolated func f() {}", 0),
  ])
  func `a promise without its proof is found`(text: String, count: Int) {
    #expect(Self.file("Sources/LMDB/A.swift", text).uncheckedFindings.count == count)
  }

  @Test func `a long file is found`() {
    let allowed = String(repeating: "let a = 1\n", count: 400)
    #expect(Self.file("Sources/CRM/A.swift", allowed).fileLengthFindings == [])
    let long = Self.file("Sources/CRM/A.swift", allowed + "let b = 1\n")
    #expect(long.fileLengthFindings.map(\.line) == [401])
    #expect(Self.file("Sources/Schema/a.pb.swift", allowed + allowed).fileLengthFindings == [])
  }

  @Test(arguments: [
    ("func f<T>(_ a: (Int) -> Int = { $0 }) -> [T] where T: P {", 1),
    ("init?(a: Int) throws(E) {", 1), ("deinit {", 1), ("var a: [Int: String] {", 1),
    ("subscript(a: Int) -> Int {", 1), ("func `a sentence, in words`() async throws {", 1),
    ("struct A {", 0), ("let a = [1].map {", 0), ("protocol P { func f() }\nextension P {", 0),
  ])
  func `a long function is found`(head: String, count: Int) {
    let body = String(repeating: "  g(\"}\")\n", count: 69)
    let longest = Self.file("Sources/CRM/A.swift", "\(head)\n\(body.dropLast(8))}\n")
    #expect(longest.functionLengthFindings == [])
    let long = Self.file("Sources/CRM/A.swift", "\(head)\n\(body)}\n")
    #expect(long.functionLengthFindings.count == count)
  }

  @Test func `marks of unfinished work are found`() {
    for mark in ProjectFile.unfinishedMarks {
      let file = Self.file("docs/a.md", "fine\nnot fine \(mark) later")
      #expect(file.unfinishedFindings.map(\.line) == [2])
    }
    #expect(Self.file("docs/a.md", "todos los clientes").unfinishedFindings == [])
  }

  @Test func `paths of one machine are found`() {
    for path in ProjectFile.machinePaths {
      #expect(Self.file("docs/a.md", "look into `\(path)deed`").machinePathFindings.count == 1)
      #expect(Self.file("docs/a.md", "\(path)deed").machinePathFindings.count == 1)
      #expect(Self.file("docs/a.md", "look into data\(path)x").machinePathFindings == [])
    }
  }

  @Test func `a stray file in the root is found`() {
    let names = ["Package.swift", "Sources", "NOTES.md", ".build", ".build-bench", "deed-data"]
    #expect(Project.topLevelFindings(names).map(\.path) == ["NOTES.md"])
  }

  @Test func `links that lead nowhere are found`() {
    let text = """
      # Way of a write
      [a](../README.md) [b](https://example.org/x) [c](#way-of-a-write) [d](../README.md#layout)
      [e](missing.md) `[f](missing.md)` [g](#way-of-a-read) [h](../README.md#lost)
      ```
      [i](missing.md)
      ```
      """
    let file = Self.file("docs/ARCHITECTURE.md", text)
    let findings = file.linkFindings(
      paths: ["README.md", "docs/ARCHITECTURE.md"],
      anchors: ["README.md": ["layout"], "docs/ARCHITECTURE.md": file.anchors])
    #expect(findings.map(\.line) == [3, 3, 3])
  }

  @Test func `shown commands that do not exist are found`() {
    let source = Self.file(
      "Sources/deed/Deed.swift",
      """
      struct Deed: ParsableCommand {
        static let configuration = CommandConfiguration(subcommands: [Demo.self, LogGroup.self])
      }
      struct Demo: ParsableCommand {}
      struct LogGroup: ParsableCommand {
        static let configuration = CommandConfiguration(
          commandName: "log", subcommands: [VerifyLog.self])
      }
      extension LogGroup { struct VerifyLog { static let c = C(commandName: "verify") } }
      """)
    let commands = Project.deedCommands(in: [source])
    #expect(commands == ["demo", "log", "log verify"])
    let targets = Project.makeTargets(
      in: Self.file("Makefile", "x := 1\ntest: all ## runs\n\tgo:\n"))
    #expect(targets == ["test"])
    let text = """
      ```sh
      make test
      make coffee
      deed demo --data x
      deed log verify
      deed log burn
      deed fly
      ```
      deed away
      """
    let findings = Self.file("README.md", text).commandFindings(
      targets: targets, commands: commands)
    #expect(findings.map(\.line) == [3, 6, 7])
  }

  @Test func `a changelog out of form is found`() {
    let good = "# Changelog\n\n## Unreleased\n\n### Features\n\n- It runs,\n  and stops.\n"
    #expect(Self.file("docs/CHANGELOG.md", good).changelogFindings == [])
    let released = good.replacing("Unreleased", with: "1.0.0 (2026-11-22)")
    #expect(Self.file("docs/CHANGELOG.md", released).changelogFindings == [])
    let bad = "# Changes\n\n## Soon\n\n### Stuff\n\n- It runs\n"
    #expect(Self.file("docs/CHANGELOG.md", bad).changelogFindings.map(\.line) == [1, 3, 5, 7])
  }

  @Test func `a row of the guide to security without a test is found`() {
    let text = """
      | Area | What | Tests |
      |---|---|---|
      | Tokens | are checked | `one`, `two` |
      | Keys | are hashed | none yet |

      | Other | Table |
      |---|---|
      | a | b |
      """
    let table = SecurityTable(text)
    #expect(table.rows.map(\.area) == ["Tokens", "Keys"])
    #expect(
      table.findings(["one"]).map(\.complaint) == ["there is no test `two`", "Keys has no test"])
    #expect(table.findings(["one", "two"]).map(\.line) == [4])
  }
}
