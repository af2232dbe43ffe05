internal import EventModel

/// One sorted table of the entries of a range of events.
struct IndexRun: Sendable {
  /// Unlike the table, never used again.
  let serial: UInt64
  /// Which table of the pool.
  let table: Int
  /// How often its entries were merged.
  let level: Int
  let start: UInt64
  let end: UInt64
  let entryCount: UInt64
  let orders: IndexOrders
  /// Blocks of its filter on disk; 0 when it has none.
  let filterBlockCount: Int
  /// The filter, when this process made or loaded it.
  var filter: IndexFilter?
}

extension IndexRun {
  /// A run just made, with its filter.
  init(
    serial: UInt64, table: Int, level: Int, start: UInt64, end: UInt64, entryCount: UInt64,
    orders: IndexOrders, filter: IndexFilter
  ) {
    self.init(
      serial: serial, table: table, level: level, start: start, end: end, entryCount: entryCount,
      orders: orders, filterBlockCount: filter.blocks.count, filter: filter)
  }

  /// Whether it may have `key` in `lower ..< upper`.
  func mayContain(_ key: IndexKey, _ lower: UInt64, _ upper: UInt64) -> Bool {
    guard start < upper, end > lower else { return false }
    if IndexKey.isEventID(key.word), !orders.contains(key.order) { return false }
    guard IndexKey.isFiltered(key.word), let filter else { return true }
    return filter.mayContain(key.word)
  }
}

/// The runs on disk at one commit, oldest first: each begins where the one before ends.
struct IndexRuns: Sendable {
  /// Grows with each commit that changes them.
  var version: UInt64 = 0
  var nextSerial: UInt64 = 1
  /// What the log gave for ``end``.
  var witness: Digest = .zero
  var list: [IndexRun] = []

  /// One more than the last position that they cover.
  var end: UInt64 { list.last?.end ?? 0 }

  /// The runs that may have `key` in `lower ..< upper`, oldest first.
  func candidates(for key: IndexKey, _ lower: UInt64, _ upper: UInt64) -> [IndexRun] {
    list.filter { $0.mayContain(key, lower, upper) }
  }
}

/// The manifest's bytes: format 1, docs/format/index.md.
extension IndexRuns {
  static let magic: [UInt8] = Array("DIX1".utf8)
  private static let headByteCount = 4 + 8 + 8 + Digest.byteCount + 2
  private static let runByteCount = 8 + 2 + 1 + 8 + 8 + 8 + 8 + 8 + 4

  var encoded: [UInt8] {
    var bytes = Self.magic
    bytes.append(bigEndian: version)
    bytes.append(bigEndian: nextSerial)
    bytes.append(witness)
    bytes.append(bigEndian: UInt16(list.count))
    for run in list {
      bytes.append(bigEndian: run.serial)
      bytes.append(bigEndian: UInt16(run.table))
      bytes.append(UInt8(run.level))
      for word in [run.start, run.end, run.entryCount, run.orders.least, run.orders.greatest] {
        bytes.append(bigEndian: word)
      }
      bytes.append(bigEndian: UInt32(run.filterBlockCount))
    }
    return bytes
  }

  /// The version in a manifest's `bytes`, without reading the rest.
  static func version(in bytes: Span<UInt8>) -> UInt64? {
    bytes.count >= headByteCount ? bytes.bigEndian(at: 4) : nil
  }

  /// Reads a manifest; `nil` for anything that ``encoded`` can't have made.
  init?(parsing bytes: Span<UInt8>, tableCount: Int) {
    guard bytes.count >= Self.headByteCount, bytes.holds(Self.magic, at: 0..<4) else { return nil }
    version = bytes.bigEndian(at: 4)
    nextSerial = bytes.bigEndian(at: 12)
    witness = Digest(bytes, at: 20)
    let count = Int(bytes.bigEndian(at: 52, as: UInt16.self))
    guard bytes.count == Self.headByteCount + count * Self.runByteCount else { return nil }
    var end: UInt64 = 0
    for index in 0..<count {
      let run = IndexRun(bytes, at: Self.headByteCount + index * Self.runByteCount)
      guard run.start == end, run.end > end, run.table < tableCount, run.serial < nextSerial
      else { return nil }
      end = run.end
      list.append(run)
    }
  }
}

extension IndexRun {
  fileprivate init(_ bytes: Span<UInt8>, at offset: Int) {
    serial = bytes.bigEndian(at: offset)
    table = Int(bytes.bigEndian(at: offset + 8, as: UInt16.self))
    level = Int(bytes[offset + 10])
    start = bytes.bigEndian(at: offset + 11)
    end = bytes.bigEndian(at: offset + 19)
    entryCount = bytes.bigEndian(at: offset + 27)
    orders = IndexOrders(
      least: bytes.bigEndian(at: offset + 35), greatest: bytes.bigEndian(at: offset + 43))
    filterBlockCount = Int(bytes.bigEndian(at: offset + 51, as: UInt32.self))
    filter = nil
  }
}
