package import EventModel
internal import Foundation

/// Bytes of a file or of memory, taken in pieces so that a file of any size needs one piece.
package struct ByteFeed {
  private enum Origin {
    case file(FileHandle, path: String)
    case memory([UInt8])
  }

  private var origin: Origin
  private let chunkByteCount: Int
  private var hasher = DigestHasher()
  /// Bytes taken so far.
  package private(set) var offset = 0
  /// Bytes in all.
  package let byteCount: Int
  /// SHA-256 of the bytes taken so far.
  package var digest: Digest {
    let taken = hasher
    return taken.finalize()
  }

  /// Hands on `bytes` in pieces of `chunkByteCount`.
  package init(_ bytes: [UInt8], chunkByteCount: Int = 65_536) {
    precondition(chunkByteCount > 0, "a piece has at least one byte")
    origin = .memory(bytes)
    byteCount = bytes.count
    self.chunkByteCount = chunkByteCount
  }

  /// Opens a regular file; a pipe can't be read twice, so it is refused.
  package init(path: String, chunkByteCount: Int = 65_536) throws(SourceFault) {
    let attributes: [FileAttributeKey: Any]
    do {
      let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
      attributes = try FileManager.default.attributesOfItem(atPath: target)
    } catch {
      throw .unreadable(path: path, reason: "there is no such file")
    }
    guard attributes[.type] as? FileAttributeType == .typeRegular else {
      throw .unreadable(path: path, reason: "it is not a regular file, and is read twice")
    }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw .unreadable(path: path, reason: "it may not be opened")
    }
    origin = .file(handle, path: path)
    byteCount = (attributes[.size] as? Int) ?? 0
    self.chunkByteCount = chunkByteCount
  }

  /// The next piece; `nil` at the end.
  package mutating func next() throws(SourceFault) -> [UInt8]? {
    let piece: [UInt8]
    switch origin {
    case .memory(let bytes):
      piece = [UInt8](bytes[offset..<min(bytes.count, offset + chunkByteCount)])
    case .file(let handle, let path):
      do {
        piece = [UInt8](try handle.read(upToCount: chunkByteCount) ?? Data())
      } catch {
        throw .unreadable(path: path, reason: "reading failed at byte \(offset)")
      }
    }
    offset += piece.count
    hasher.update(piece)
    return piece.isEmpty ? nil : piece
  }

  /// The whole of a file that has `byteLimit` bytes at the most.
  package static func contents(
    ofPath path: String, byteLimit: Int
  ) throws(SourceFault) -> [UInt8] {
    var feed = try ByteFeed(path: path)
    var bytes: [UInt8] = []
    while let piece = try feed.next() {
      bytes += piece
      guard bytes.count <= byteLimit else {
        throw .unreadable(path: path, reason: "it has more than \(byteLimit) bytes")
      }
    }
    return bytes
  }
}
