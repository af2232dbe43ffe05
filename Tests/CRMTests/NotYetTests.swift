import Foundation
import TestSupport
import Testing

@Suite struct NotYetTests {
  /// Each refusal's command and what it needs, as the code says them.
  private func refusals() throws -> Set<String> {
    let folder = "\(PackageRoot.path)/Sources/CRM"
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder)
    let pattern = try Regex(#"\.notAvailable\( ?"([A-Za-z ]+)", needs: "([^"]+)" ?\)"#)
    var found: Set<String> = []
    for file in files where file.hasSuffix(".swift") {
      let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
        .split(whereSeparator: \.isWhitespace).joined(separator: " ")
      for match in text.matches(of: pattern) {
        let command = match.output[1].substring ?? ""
        found.insert("| \(command) | \(match.output[2].substring ?? "") |")
      }
    }
    return found
  }

  @Test func `the table of what isn't there yet is what the code refuses`() throws {
    let text = try String(contentsOfFile: "\(PackageRoot.path)/docs/not-yet.md", encoding: .utf8)
    let table = text.split(separator: "\n").map(String.init)
      .drop { !$0.hasPrefix("|---") }.dropFirst().prefix { $0.hasPrefix("| ") }
    let refusals = try refusals()
    #expect(refusals.count > 10)
    for refusal in refusals.sorted() { #expect(table.contains(refusal)) }
    for row in table { #expect(refusals.contains(row), "of docs/not-yet.md") }
  }
}
