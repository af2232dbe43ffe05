import Testing

/// The rules, on the tree itself: a finding names its file and line.
@Suite struct TreeTests {
  private static func check(
    _ rule: (ProjectFile) -> [Finding], at place: SourceLocation = #_sourceLocation
  ) throws {
    check(try Project.here.files.flatMap(rule), at: place)
  }

  /// An issue for each finding, so that a failure lists them all.
  private static func check(
    _ findings: [Finding], at place: SourceLocation = #_sourceLocation
  ) {
    for finding in findings { Issue.record("\(finding)", sourceLocation: place) }
  }

  @Test func `imports go to lower floors, by way of the manifest, and say their level`() throws {
    let manifest = try Self.manifest()
    try Self.check { $0.importFindings(manifest: manifest) }
  }

  @Test func `the manifest lists lower floors only, and no target without files`() throws {
    let project = try Project.here
    Self.check(try Self.manifest().findings(paths: project.paths))
  }

  @Test func `every folder of sources and tests is a target`() throws {
    let project = try Project.here
    Self.check(try Project.orphanFindings(paths: project.paths, manifest: Self.manifest()))
  }

  @Test func `unsafe code stands where design 0001 says`() throws {
    try Self.check(\.unsafeFindings)
  }

  @Test func `no failure is hidden`() throws {
    try Self.check(\.hiddenFailureFindings)
  }

  @Test func `no test looks behind package`() throws {
    try Self.check(\.testableFindings)
  }

  @Test func `a switch over events, commands or states has no default`() throws {
    try Self.check(\.defaultFindings)
  }

  @Test func `nothing exact is computed in floating point`() throws {
    try Self.check(\.floatingPointFindings)
  }

  @Test func `what must be pure has no clock and no chance`() throws {
    try Self.check(\.impurityFindings)
  }

  @Test func `what reads history can't name what acts on the world`() throws {
    try Self.check(\.reactorFindings)
  }

  @Test func `a projector reaches nothing but events and rows`() throws {
    try Self.check(\.effectFindings)
  }

  @Test func `a promise to the compiler has its proof beside it`() throws {
    try Self.check(\.uncheckedFindings)
  }

  @Test func `no file and no function is too long`() throws {
    try Self.check(\.fileLengthFindings)
    try Self.check(\.functionLengthFindings)
  }

  @Test func `nothing is marked as unfinished`() throws {
    try Self.check(\.unfinishedFindings)
  }

  @Test func `no text speaks of one machine's paths`() throws {
    try Self.check(\.machinePathFindings)
  }

  @Test func `nothing but the layout lies in the root`() throws {
    Self.check(try Project.topLevelFindings(Project.here.topLevel))
  }

  @Test func `links in documents lead somewhere`() throws {
    let project = try Project.here
    let anchors = Dictionary(
      uniqueKeysWithValues: project.files.filter(\.isDocument).map { ($0.path, $0.anchors) })
    try Self.check { $0.linkFindings(paths: project.paths, anchors: anchors) }
  }

  @Test func `commands shown in documents exist`() throws {
    let project = try Project.here
    let targets = project.makeTargets
    let commands = project.deedCommands
    try Self.check { $0.commandFindings(targets: targets, commands: commands) }
  }

  @Test func `every row of the guide to security names tests that there are`() throws {
    let project = try Project.here
    let guide = try #require(project.files.first { $0.path == SecurityTable.path })
    let table = SecurityTable(guide.text)
    #expect(table.rows.count > 30)
    Self.check(table.findings(SecurityTable.names(in: project.files)))
  }

  @Test func `the changelog has its form`() throws {
    try Self.check(\.changelogFindings)
  }

  private static func manifest() throws -> Manifest {
    Manifest(try #require(Project.here.files.first { $0.path == "Package.swift" }))
  }
}
