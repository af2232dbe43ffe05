import Testing

/// The rules, on the tree itself: a finding names its file and line.
@Suite struct TreeTests {
  private static func findings(
    in rule: (ProjectFile) -> [Finding]
  ) throws -> [Finding] {
    try Project.here.files.flatMap(rule)
  }

  @Test func `imports go to lower floors, by way of the manifest, and say their level`() throws {
    let manifest = try Self.manifest()
    #expect(try Self.findings { $0.importFindings(manifest: manifest) } == [])
  }

  @Test func `the manifest lists lower floors only, and no target without files`() throws {
    let project = try Project.here
    #expect(try Self.manifest().findings(paths: project.paths) == [])
  }

  @Test func `every folder of sources and tests is a target`() throws {
    let project = try Project.here
    #expect(try Project.orphanFindings(paths: project.paths, manifest: Self.manifest()) == [])
  }

  @Test func `unsafe code stands where design 0001 says`() throws {
    #expect(try Self.findings(in: \.unsafeFindings) == [])
  }

  @Test func `no failure is hidden`() throws {
    #expect(try Self.findings(in: \.hiddenFailureFindings) == [])
  }

  @Test func `no test looks behind package`() throws {
    #expect(try Self.findings(in: \.testableFindings) == [])
  }

  @Test func `a switch over events, commands or states has no default`() throws {
    #expect(try Self.findings(in: \.defaultFindings) == [])
  }

  @Test func `nothing exact is computed in floating point`() throws {
    #expect(try Self.findings(in: \.floatingPointFindings) == [])
  }

  @Test func `what must be pure has no clock and no chance`() throws {
    #expect(try Self.findings(in: \.impurityFindings) == [])
  }

  @Test func `a promise to the compiler has its proof beside it`() throws {
    #expect(try Self.findings(in: \.uncheckedFindings) == [])
  }

  @Test func `no file and no function is too long`() throws {
    #expect(try Self.findings(in: \.fileLengthFindings) == [])
    #expect(try Self.findings(in: \.functionLengthFindings) == [])
  }

  @Test func `nothing is marked as unfinished`() throws {
    #expect(try Self.findings(in: \.unfinishedFindings) == [])
  }

  @Test func `no text speaks of one machine's paths`() throws {
    #expect(try Self.findings(in: \.machinePathFindings) == [])
  }

  @Test func `nothing but the layout lies in the root`() throws {
    #expect(try Project.topLevelFindings(Project.here.topLevel) == [])
  }

  @Test func `links in documents lead somewhere`() throws {
    let project = try Project.here
    let anchors = Dictionary(
      uniqueKeysWithValues: project.files.filter(\.isDocument).map { ($0.path, $0.anchors) })
    #expect(
      try Self.findings { $0.linkFindings(paths: project.paths, anchors: anchors) } == [])
  }

  @Test func `commands shown in documents exist`() throws {
    let project = try Project.here
    let targets = project.makeTargets
    let commands = project.deedCommands
    #expect(try Self.findings { $0.commandFindings(targets: targets, commands: commands) } == [])
  }

  @Test func `the changelog has its form`() throws {
    #expect(try Self.findings(in: \.changelogFindings) == [])
  }

  private static func manifest() throws -> Manifest {
    Manifest(try #require(Project.here.files.first { $0.path == "Package.swift" }))
  }
}
