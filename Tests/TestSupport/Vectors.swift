package import Foundation

/// The files of `../shared/spec/vectors`; tests that need them are skipped where they are absent.
package enum Vectors {
  private static let folder = "\(PackageRoot.sharedFolder)/spec/vectors"
  package static let isPresent = FileManager.default.fileExists(atPath: "\(folder)/README.md")

  package static func data(_ name: String) throws -> Data {
    try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
  }

  package static func text(_ name: String) throws -> String {
    String(decoding: try data(name), as: UTF8.self)
  }

  package static func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, from name: String
  ) throws -> Value {
    try JSONDecoder().decode(type, from: data(name))
  }

  /// The 530 records of the vector log, by position.
  package static func records() throws -> [[UInt8]] {
    struct Line: Decodable {
      let position: Int
      let record: Data
    }
    return try text("records.ndjson").split(separator: "\n").enumerated().map { index, text in
      let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
      guard line.position == index else { throw CocoaError(.coderReadCorrupt) }
      return Array(line.record)
    }
  }
}
