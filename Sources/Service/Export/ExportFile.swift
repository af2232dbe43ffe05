internal import EventModel
internal import Foundation

/// A file that is written once, line by line, and hashed on the way.
final class ExportFile {
  private static let flushBytes = 1 << 20
  private let path: String
  private let handle: FileHandle
  private var hasher = DigestHasher()
  private var buffer: [UInt8] = []
  private(set) var byteCount = 0
  private(set) var failure: String?

  init(_ path: String) throws(ServiceError) {
    self.path = path
    do {
      try Data().write(to: URL(filePath: path), options: .withoutOverwriting)
      handle = try FileHandle(forWritingTo: URL(filePath: path))
    } catch {
      throw ServiceError(
        .refused, code: "EXPORT.FILE",
        "“\(path)” can't be made: it exists already, or its folder doesn't; give another --out.")
    }
  }

  /// Writes `line` and its end.
  func write(_ line: String) { append(line + "\n") }

  /// Writes `text` as it is.
  func append(_ text: String) {
    buffer.append(contentsOf: text.utf8)
    byteCount += text.utf8.count
    if buffer.count >= Self.flushBytes { flush() }
  }

  private func flush() {
    hasher.update(buffer)
    do { try handle.write(contentsOf: Data(buffer)) } catch {
      failure = error.localizedDescription
    }
    buffer.removeAll(keepingCapacity: true)
  }

  func finish() throws(ServiceError) -> EventModel.Digest {
    flush()
    do {
      try handle.synchronize()
      try handle.close()
    } catch { failure = failure ?? error.localizedDescription }
    if let failure {
      throw ServiceError(
        .failed, code: "EXPORT.FILE", "“\(path)” could not be written whole: \(failure).")
    }
    return hasher.finalize()
  }
}
