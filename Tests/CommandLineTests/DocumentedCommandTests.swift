import Foundation
import TestSupport
import Testing

/// The commands shown in README and guides, run as a reader would: a document's blocks in order,
/// in a folder of their own, as one script.
@Suite struct DocumentedCommandTests {
  @Test(arguments: Documents.paths)
  func `what a document shows runs`(document: String) throws {
    let text = try String(contentsOfFile: "\(PackageRoot.path)/\(document)", encoding: .utf8)
    let script = Self.script(of: ShellBlock.blocks(in: text))
    try withTemporaryFolder { folder in
      for entry in ["Fixtures", "docs"]
      where FileManager.default.fileExists(
        atPath: "\(PackageRoot.path)/\(entry)")
      {
        try FileManager.default.createSymbolicLink(
          atPath: "\(folder)/\(entry)", withDestinationPath: "\(PackageRoot.path)/\(entry)")
      }
      let outcome = try BuiltCommand.run(script: script, in: folder)
      #expect(outcome.status == 0, "\(document): \(outcome.standardError)")
    }
  }

  @Test func `a line that fails ends the script with its number`() throws {
    let text = "```sh\nmake test\necho \\\n  fine\n\nfalse\necho never\n```\n"
    let script = Self.script(of: ShellBlock.blocks(in: text))
    try withTemporaryFolder { folder in
      let outcome = try BuiltCommand.run(script: script, in: folder)
      #expect(outcome.status == 1)
      #expect(outcome.standardOutput == "fine\n")
      #expect(outcome.standardError == "Line 6 failed.\n")
    }
  }

  /// One script of all lines but those that fetch and build, which brought the reader here.
  private static func script(of blocks: [ShellBlock]) -> String {
    let skipped = ["make ", "git ", "cd ", "export PATH="]
    let lines = blocks.flatMap(\.lines).filter { line in
      !skipped.contains { line.text.hasPrefix($0) }
    }
    var body = ""
    for line in lines {
      // A line that continues the one before is part of its command.
      if !body.hasSuffix("\\\n") { body += "line=\(line.number)\n" }
      body += "\(line.text)\n"
    }
    return "trap 'echo \"Line $line failed.\" >&2' ERR\n\(body)"
  }
}

/// The documents whose commands are run.
private enum Documents {
  static let paths: [String] = ["README.md"] + guides

  private static var guides: [String] {
    let folder = "docs/guides"
    do {
      return try FileManager.default.contentsOfDirectory(atPath: "\(PackageRoot.path)/\(folder)")
        .filter { $0.hasSuffix(".md") }.sorted().map { "\(folder)/\($0)" }
    } catch {
      return []
    }
  }
}
