internal import Foundation

/// Where mapping files and the tables beside source files lie.
enum MappingFile {
  /// The most bytes a mapping may have.
  static let byteLimit = 1 << 20

  static func root(ofPath path: String) throws(MappingFault) -> MappingNode {
    let bytes: [UInt8]
    do throws(SourceFault) {
      bytes = try ByteFeed.contents(ofPath: path, byteLimit: byteLimit)
    } catch {
      throw MappingFault(line: 0, kind: .badFile(path: path, reason: error.description))
    }
    guard UTF8Check.firstFault(in: bytes, bytes.indices) == nil else {
      throw MappingFault(line: 0, kind: .unreadable("it is not UTF-8"))
    }
    return try .root(of: String(decoding: bytes, as: UTF8.self))
  }

  static func folder(of path: String) -> String {
    URL(fileURLWithPath: path).deletingLastPathComponent().path
  }
}
