internal import EventModel

/// Successive positions of one key: the first, then what each adds to the one before, as LEB128.
///
/// Bytes: docs/format/index.md, "Runs".
struct PositionChunk {
  static let countLimit = 256
  /// Keeps an entry of a run within half a page, so that no run has overflow pages.
  static let byteLimit = 1024

  let word: UInt64
  let first: UInt64
  private(set) var last: UInt64
  private(set) var count: Int
  private(set) var deltas: [UInt8]

  init(word: UInt64, first: UInt64) {
    self.word = word
    self.first = first
    last = first
    count = 1
    deltas = []
  }

  /// Begins again with another key or position, in the same memory.
  mutating func restart(word: UInt64, first: UInt64) {
    var kept = deltas
    deltas = []
    kept.removeAll(keepingCapacity: true)
    self = PositionChunk(word: word, first: first, reusing: kept)
  }

  private init(word: UInt64, first: UInt64, reusing deltas: [UInt8]) {
    self.init(word: word, first: first)
    self.deltas = deltas
  }

  /// Adds a greater position; says whether there was room.
  mutating func append(_ position: UInt64) -> Bool {
    guard count < Self.countLimit, deltas.count + 10 <= Self.byteLimit else { return false }
    appendDelta(position - last)
    last = position
    count += 1
    return true
  }

  /// Adds all positions of a chunk behind this one; says whether there was room.
  mutating func append(_ other: PositionSummary, _ bytes: Span<UInt8>) -> Bool {
    guard count + other.count <= Self.countLimit,
      deltas.count + 10 + bytes.count <= Self.byteLimit
    else { return false }
    appendDelta(other.first - last)
    for index in bytes.indices { deltas.append(bytes[index]) }
    last = other.last
    count += other.count
    return true
  }

  /// Takes over the deltas of a stored chunk that begins at ``first``.
  mutating func take(_ summary: PositionSummary, _ bytes: Span<UInt8>) {
    precondition(count == 1 && summary.first == first, "only a chunk just begun takes deltas over")
    for index in bytes.indices { deltas.append(bytes[index]) }
    last = summary.last
    count = summary.count
  }

  private mutating func appendDelta(_ delta: UInt64) {
    var rest = delta
    while rest >= 0x80 {
      deltas.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    deltas.append(UInt8(truncatingIfNeeded: rest))
  }
}

/// How many positions a stored chunk has, and between which bounds.
struct PositionSummary: Hashable {
  let first: UInt64
  let last: UInt64
  let count: Int

  /// Reads the chunk that begins at `first`; `nil` when its bytes are malformed.
  init?(first: UInt64, _ deltas: Span<UInt8>) {
    var last = first
    var count = 0
    guard
      deltas.visitPositions(
        from: first,
        {
          last = $0
          count += 1
        })
    else { return nil }
    self.first = first
    self.last = last
    self.count = count
  }
}

extension Span<UInt8> {
  /// Visits the positions of the chunk that begins at `first` and has these deltas; `false` when
  /// they are malformed: a zero, an overflow, an end in the middle, too many.
  @inline(__always)
  func visitPositions(from first: UInt64, _ visit: (UInt64) -> Void) -> Bool {
    visit(first)
    var position = first
    var visited = 1
    var delta: UInt64 = 0
    var shift: UInt64 = 0
    for index in indices {
      let byte = self[index]
      guard shift < 63 else { return false }
      delta |= UInt64(byte & 0x7f) << shift
      shift += 7
      guard byte < 0x80 else { continue }
      let (next, overflow) = position.addingReportingOverflow(delta)
      guard delta > 0, !overflow, visited < PositionChunk.countLimit else { return false }
      position = next
      visited += 1
      visit(position)
      delta = 0
      shift = 0
    }
    return shift == 0
  }
}

/// The key of a chunk in a run's table: the word, then the first position, both big-endian.
struct RunKey {
  static let byteCount = 16
  let bytes: InlineArray<16, UInt8>

  init(_ word: UInt64, _ first: UInt64) {
    bytes = InlineArray { index in
      let half = index < 8 ? word : first
      return UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * (index & 7)))
    }
  }
}
