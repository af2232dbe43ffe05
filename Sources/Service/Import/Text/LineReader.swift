internal import EventModel

/// What stands next in a file of lines.
enum LineStep: Hashable, Sendable {
  case line(number: Int, [UInt8])
  case tooLong(number: Int)
}

/// Splits a file into lines at LF; a CR before it is no part of the line.
struct LineReader {
  private var feed: ByteFeed
  private let byteLimit: Int
  private var chunk: [UInt8] = []
  private var index = 0
  private var number = 0

  /// A line longer than `byteLimit` is passed over, and said to be too long.
  init(_ feed: ByteFeed, byteLimit: Int) {
    self.feed = feed
    self.byteLimit = byteLimit
  }

  var progress: (done: Int, total: Int) { (feed.offset, feed.byteCount) }
  var digest: Digest { feed.digest }

  mutating func next() throws(SourceFault) -> LineStep? {
    var line: [UInt8] = []
    var isTooLong = false
    var hasBytes = false
    while try hasByte() {
      hasBytes = true
      let end = chunk[index...].firstIndex(of: .lineFeed) ?? chunk.count
      isTooLong = isTooLong || line.count + end - index > byteLimit
      if isTooLong { line = [] } else { line += chunk[index..<end] }
      index = end + 1
      if end < chunk.count { return step(line, isTooLong) }
    }
    return hasBytes ? step(line, isTooLong) : nil
  }

  private mutating func step(_ line: [UInt8], _ isTooLong: Bool) -> LineStep {
    number += 1
    if isTooLong { return .tooLong(number: number) }
    return .line(number: number, line.last == .carriageReturn ? line.dropLast() : line)
  }

  private mutating func hasByte() throws(SourceFault) -> Bool {
    while index >= chunk.count {
      guard let next = try feed.next() else { return false }
      index = 0
      chunk = next
    }
    return true
  }
}
