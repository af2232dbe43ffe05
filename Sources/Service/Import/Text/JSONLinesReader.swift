package import EventModel

/// What stands next in a JSONL file.
package enum JSONLinesStep: Hashable, Sendable {
  /// The members of the object in line `line`.
  case object(line: Int, JSONValue)
  case refused(line: Int, JSONRefusal)
}

/// Reads a file with one JSON object a line; empty lines are passed over.
package struct JSONLinesReader {
  /// The most bytes a line may have.
  package static let lineByteLimit = 4 << 20
  private var lines: LineReader
  private let byteLimit: Int

  package init(_ feed: ByteFeed, lineByteLimit: Int = Self.lineByteLimit) {
    lines = LineReader(feed, byteLimit: lineByteLimit)
    byteLimit = lineByteLimit
  }

  package var progress: (done: Int, total: Int) { lines.progress }
  package var digest: Digest { lines.digest }

  package mutating func next() throws(SourceFault) -> JSONLinesStep? {
    while let step = try lines.next() {
      switch step {
      case .tooLong(let number): return .refused(line: number, .tooLong(byteLimit: byteLimit))
      case .line(let number, var bytes):
        if number == 1 {
          if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) { throw .utf16 }
          if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes.removeFirst(3) }
        }
        if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
        return Self.step(number, bytes)
      }
    }
    return nil
  }

  private static func step(_ line: Int, _ bytes: [UInt8]) -> JSONLinesStep {
    do throws(JSONRefusal) {
      let value = try JSONParser.value(of: bytes)
      guard case .object = value else { throw .notAnObject(found: value.kind) }
      return .object(line: line, value)
    } catch {
      return .refused(line: line, error)
    }
  }
}
