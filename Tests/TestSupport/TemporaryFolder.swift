package import Foundation

/// Runs `body` with the path of a new folder of its own, and removes it afterwards.
package func withTemporaryFolder<Result>(
  _ body: (_ path: String) throws -> Result
) throws -> Result {
  let folder = try TemporaryFolder()
  defer { folder.remove() }
  return try body(folder.path)
}

/// Like ``withTemporaryFolder(_:)`` for a body that waits.
package func inTemporaryFolder<Result: Sendable>(
  _ body: (_ path: String) async throws -> Result
) async throws -> Result {
  let folder = try TemporaryFolder()
  defer { folder.remove() }
  return try await body(folder.path)
}

/// A new, empty folder; whoever makes it removes it.
package struct TemporaryFolder: Sendable {
  package let url: URL
  /// Without a `/` at its end.
  package let path: String

  package init() throws {
    let name = "deed-tests-\(UUID().uuidString)"
    path = FileManager.default.temporaryDirectory.appending(path: name)
      .path(percentEncoded: false)
    url = URL(filePath: path, directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  /// Removes the folder with all in it; a folder that can't be removed stays, and says so.
  package func remove() {
    do {
      try FileManager.default.removeItem(at: url)
    } catch {
      print("The folder \(path) stays: \(error)")
    }
  }
}
