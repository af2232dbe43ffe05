internal import Foundation

/// Real histories and hostile files that lie beside the package on some machines; a test that
/// needs them is skipped where they are absent.
package enum SharedData {
  /// Where `name`, such as `bpi2013/expected.json`, lies when it is here.
  package static func path(_ name: String) -> String {
    PackageRoot.path + "/../shared/data/" + name
  }

  /// Whether the data is here.
  package static var isPresent: Bool {
    FileManager.default.fileExists(atPath: path("README.md"))
      || FileManager.default.fileExists(atPath: path("bpi2013/README.md"))
  }

  /// The bytes of `name`; traps when it can't be read, for the test asked whether it is present.
  package static func bytes(_ name: String) -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path(name)) else {
      preconditionFailure("\(path(name)) can't be read")
    }
    return [UInt8](data)
  }

  /// The names of the files in the folder `name`, sorted.
  package static func files(in name: String) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted()
    } catch {
      return []
    }
  }
}
