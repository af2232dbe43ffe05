internal import Dispatch
internal import EventModel
internal import LMDB
internal import Synchronization

/// Events that stand one behind the other in the log, decoded as far as some model reads them.
struct EventChunk: Sendable {
  var events: [DecodedEvent] = []
  /// The types that ``events`` may have, by their numbers: counting a type's object for each event
  /// would have two threads wait for each other.
  var types: [KnownType] = []
  /// The position behind the last event that was looked at.
  var end: Position
  /// How many events were looked at, read by a model or not.
  var scannedCount = 0
  /// The bytes of the records of ``events``.
  var byteCount = 0
}

/// Reads a log on and decodes it, chunk by chunk.
struct EventDecoder<Source: EventSource>: Sendable {
  let source: Source
  private var directory: TypeDirectory
  /// The first position that is not looked at.
  let size: UInt64
  private let eventLimit: Int
  private let scannedLimit: Int
  /// Where the next chunk begins.
  private(set) var next: Position

  private static var mostScanned: Int { 1 << 16 }
  private static var byteLimit: Int { 1 << 20 }

  /// Decodes what stands from `start` on below `size`, chunks of `eventLimit` events at the most
  /// of `scannedLimit` that are looked at.
  init(
    _ source: Source, _ directory: TypeDirectory, from start: Position, below size: UInt64,
    eventLimit: Int, scannedLimit: Int
  ) {
    self.source = source
    self.directory = directory
    self.size = size
    self.eventLimit = eventLimit
    self.scannedLimit = min(Self.mostScanned, scannedLimit)
    next = start
  }

  /// The next chunk; `nil` at the end.
  mutating func chunk() throws(LMDBError) -> EventChunk? {
    guard next.rawValue < size else { return nil }
    let size = size
    var chunk = EventChunk(end: next)
    chunk.events.reserveCapacity(eventLimit)
    var isFull = false
    try source.scan(from: next) { layout, record throws(LMDBError) in
      let position = layout.leaf.position(in: record.extracting(layout.leafRange))
      guard position.rawValue < size else { return .stop }
      chunk.end = position.next
      chunk.scannedCount += 1
      let number = directory.number(of: layout, record)
      if !directory.known[number].readers.isEmpty {
        chunk.events.append(
          DecodedEvent(layout, record, directory.known[number], number: number, at: position))
        chunk.byteCount += record.count
      }
      isFull =
        chunk.events.count >= eventLimit || chunk.byteCount >= Self.byteLimit
        || chunk.scannedCount >= scannedLimit
      return isFull ? .stop : .proceed
    }
    chunk.types = directory.known
    if !isFull { chunk.end = max(chunk.end, Position(size)) }
    next = chunk.end
    return chunk
  }
}

/// Where chunks come from.
protocol ChunkSource: AnyObject {
  /// Where the next chunk begins.
  var next: Position { get }
  /// The first position that is not looked at.
  var size: UInt64 { get }
  /// The next chunk; `nil` at the end.
  func take() throws(LMDBError) -> EventChunk?
}

/// Chunks that are decoded when they are taken.
final class ChunkReader<Source: EventSource>: ChunkSource {
  private var decoder: EventDecoder<Source>

  init(_ decoder: EventDecoder<Source>) { self.decoder = decoder }

  var next: Position { decoder.next }
  var size: UInt64 { decoder.size }

  func take() throws(LMDBError) -> EventChunk? { try decoder.chunk() }
}

/// Chunks that a thread of its own decodes, a few ahead of who takes them.
final class ChunkReadAhead<Source: EventSource>: ChunkSource {
  private(set) var next: Position
  let size: UInt64
  private let line = ChunkLine()
  private let queue = DispatchQueue(label: "deed.models.decode", qos: .userInitiated)
  private var isOver = false

  init(_ decoder: EventDecoder<Source>) {
    next = decoder.next
    size = decoder.size
    let line = line
    queue.async {
      var decoder = decoder
      var isOver = false
      while !isOver, line.awaitRoom() {
        let result = Result { () throws(LMDBError) in try decoder.chunk() }
        isOver =
          switch result {
          case .success(let chunk): chunk == nil
          case .failure: true
          }
        line.put(result)
      }
    }
  }

  /// Nothing reads the log any more when it is gone.
  deinit {
    line.end()
    queue.sync {}
  }

  func take() throws(LMDBError) -> EventChunk? {
    if isOver { return nil }
    let result = line.take()
    switch result {
    case .success(let chunk?):
      next = chunk.end
      return chunk
    case .success(nil), .failure:
      isOver = true
      return try result.get()
    }
  }
}

/// Chunks on their way from one thread to another.
private final class ChunkLine: Sendable {
  typealias Item = Result<EventChunk?, LMDBError>

  private struct State {
    var items: [Item] = []
    var isEnded = false
  }

  private let state = Mutex(State())
  // Both begin at none: a semaphore must not end below what it began with.
  private let room = DispatchSemaphore(value: 0)
  private let filled = DispatchSemaphore(value: 0)

  /// So many wait at the most, so that decoding can't run away from applying.
  private static let limit = 8

  init() {
    for _ in 0..<Self.limit { room.signal() }
  }

  /// Waits until there is room; `false` when nobody takes any more.
  func awaitRoom() -> Bool {
    room.wait()
    return state.withLock { !$0.isEnded }
  }

  func put(_ item: Item) {
    state.withLock { $0.items.append(item) }
    filled.signal()
  }

  /// Waits until there is one.
  func take() -> Item {
    filled.wait()
    let item = state.withLock { $0.items.removeFirst() }
    room.signal()
    return item
  }

  func end() {
    state.withLock { $0.isEnded = true }
    room.signal()
  }
}
