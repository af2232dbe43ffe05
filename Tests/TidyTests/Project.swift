import Foundation
import TestSupport

/// The tree as it would be committed: every text file, read once.
struct Project: Sendable {
  private static let read = Result {
    try Project(root: URL(filePath: PackageRoot.path, directoryHint: .isDirectory))
  }

  /// The project these tests were built in.
  static var here: Project { get throws { try read.get() } }

  let root: URL
  let files: [ProjectFile]
  /// The names in the root folder.
  let topLevel: [String]
  /// Every file and folder below the root, relative to it.
  let paths: Set<String>

  private static let folders = ["Sources", "Tests", "Benchmarks", "docs", ".ci"]
  private static let rootFiles = ["Package.swift", "Makefile", "README.md"]
  private static let textEndings: Set<String> = [
    "swift", "md", "proto", "sh", "c", "h", "modulemap", "yaml", "yml", "json", "sql", "py", "",
  ]

  init(root: URL) throws {
    self.root = root
    let manager = FileManager.default
    topLevel = try manager.contentsOfDirectory(atPath: root.path(percentEncoded: false)).sorted()
    var files: [ProjectFile] = []
    var paths: Set<String> = Set(topLevel)
    for name in Self.rootFiles where topLevel.contains(name) {
      files.append(try Self.read(name, below: root))
    }
    for folder in Self.folders + ["Fixtures"] where topLevel.contains(folder) {
      let found = try manager.subpathsOfDirectory(
        atPath: root.appending(path: folder).path(percentEncoded: false))
      for path in found.sorted() {
        let path = "\(folder)/\(path)"
        paths.insert(path)
        if folder != "Fixtures", Self.isText(path), try Self.isFile(path, below: root) {
          files.append(try Self.read(path, below: root))
        }
      }
    }
    self.files = files
    self.paths = paths
  }

  private static func isText(_ path: String) -> Bool {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return textEndings.contains("") }
    return textEndings.contains(String(name[name.index(after: dot)...]))
  }

  private static func isFile(_ path: String, below root: URL) throws -> Bool {
    try root.appending(path: path).resourceValues(forKeys: [.isRegularFileKey]).isRegularFile
      ?? false
  }

  private static func read(_ path: String, below root: URL) throws -> ProjectFile {
    let data = try Data(contentsOf: root.appending(path: path))
    return ProjectFile(path: path, text: String(decoding: data, as: UTF8.self))
  }
}
