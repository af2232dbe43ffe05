import Foundation
import LMDB
import Testing

/// Runs `body` with the path of a folder that is not there yet, and removes it afterwards.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = Folder()
  defer { folder.remove() }
  return try body(folder.path)
}

/// A path of a folder of its own.
struct Folder {
  let path = FileManager.default.temporaryDirectory
    .appending(path: "lmdb-\(UUID().uuidString)").path(percentEncoded: false)

  func remove() {
    guard FileManager.default.fileExists(atPath: path) else { return }
    do { try FileManager.default.removeItem(atPath: path) } catch {
      print("\(path) stays: \(error)")
    }
  }
}

extension Environment.Options {
  static let small = Environment.Options(mapSizeBytes: 1 << 20, tableLimit: 4)
}

/// Runs a system command and fails when it does.
func run(_ command: String, _ arguments: String...) throws {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = [command] + arguments
  try process.run()
  process.waitUntilExit()
  try #require(process.terminationStatus == 0, "\(command) \(arguments)")
}

/// The mode bits of a file.
func mode(_ path: String) throws -> Int {
  let attributes = try FileManager.default.attributesOfItem(atPath: path)
  return try #require(attributes[.posixPermissions] as? NSNumber).intValue
}
