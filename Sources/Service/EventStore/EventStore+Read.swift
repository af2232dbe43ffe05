internal import EventLog
internal import EventModel
internal import LMDB
internal import Synchronization

/// Some events of a store, ready for the wire.
public struct StoreBatch: Sendable, Hashable {
  /// Each event as field 1 of a message: a `umadb.v1.SequencedEvent` behind its key and length.
  public var entries: [UInt8] = []
  /// How many they are.
  public var count = 0
  /// The last one's position.
  public var last: UInt64?
  /// Whether there is nothing more to read in the range asked for.
  public var isLast = false

  /// No events.
  public init() {}
}

/// Which events of a store, in which order.
public struct StoreSelection: Sendable, Hashable {
  /// Which.
  public var query: StoreQuery
  /// The first position looked at; the first or, backwards, the last there is when `nil`.
  public var start: UInt64?
  /// The last position looked at when forwards.
  public var through: UInt64
  /// From the newest to the oldest.
  public var isBackwards: Bool

  /// Puts a selection together.
  public init(
    query: StoreQuery = StoreQuery(), start: UInt64? = nil, through: UInt64,
    isBackwards: Bool = false
  ) {
    self.query = query
    self.start = start
    self.through = through
    self.isBackwards = isBackwards
  }
}

/// What was read last for a subscriber.
struct SharedRead: Sendable {
  struct Key: Hashable, Sendable {
    let selection: StoreSelection
    let limit: Int
    let byteLimit: Int
  }

  let key: Key
  let batch: StoreBatch
}

extension EventStore {
  /// Reads like ``read(_:limit:byteLimit:)``, and gives many who come for the same events together,
  /// as subscribers do, what was read for the first of them.
  public func readShared(
    _ selection: StoreSelection, limit: Int, byteLimit: Int
  ) throws(ServiceError) -> StoreBatch {
    // What stands in a store is never changed, so that the same selection is the same batch; what
    // a CRM's workspace shows depends on who asks, and when.
    guard case .store = place else {
      return try read(selection, limit: limit, byteLimit: byteLimit)
    }
    let key = SharedRead.Key(selection: selection, limit: limit, byteLimit: byteLimit)
    if let known = lately.withLock({ $0?.key == key ? $0?.batch : nil }) { return known }
    let batch = try read(selection, limit: limit, byteLimit: byteLimit)
    lately.withLock { $0 = SharedRead(key: key, batch: batch) }
    return batch
  }

  /// Reads up to `limit` events of one snapshot, and `byteLimit` bytes or one event.
  ///
  /// Read on from behind ``StoreBatch/last``, so that no snapshot outlives a call.
  public func read(
    _ selection: StoreSelection, limit: Int, byteLimit: Int
  ) throws(ServiceError) -> StoreBatch {
    try reader?.requireUnrestricted()
    var batch = StoreBatch()
    guard limit > 0, let selected = self.selection(selection) else {
      batch.isLast = true
      return batch
    }
    batch.isLast = true
    do throws(LMDBError) {
      try log.scan(selected) { layout, record throws(LMDBError) in
        guard try append(layout, record, to: &batch, byteLimit: byteLimit), batch.count < limit
        else {
          batch.isLast = false
          return .stop
        }
        return .proceed
      }
    } catch { throw ServiceError(storage: error) }
    return batch
  }

  /// The selection as the log takes it; `nil` when nothing can match.
  private func selection(_ selection: StoreSelection) -> EventSelection? {
    guard let query = query(selection.query), selection.through > 0 else { return nil }
    let last = place.position(of: selection.through)
    if selection.isBackwards {
      if selection.start == 0 { return nil }
      let start = min(selection.start ?? selection.through, selection.through)
      return EventSelection(query, from: Position(place.position(of: start)), direction: .backwards)
    }
    let start = max(selection.start ?? 1, 1)
    guard start <= selection.through else { return nil }
    return EventSelection(query, from: Position(place.position(of: start)), through: Position(last))
  }

  /// As the log takes it; without items where the reading of all is cheaper.
  private func query(_ query: StoreQuery) -> EventQuery? {
    let isAll =
      query.items.isEmpty || query.items.contains { $0.types.isEmpty && $0.tags.isEmpty }
    if isAll { return .everything }
    switch place {
    case .workspace: return EventQuery(ofWorkspace: query)
    case .store: return EventQuery(of: query)
    }
  }

  /// Adds one event; `false` when it found no room any more.
  private func append(
    _ layout: RecordLayout, _ record: Span<UInt8>, to batch: inout StoreBatch, byteLimit: Int
  ) throws(LMDBError) -> Bool {
    switch place {
    case .store: try appendStored(layout, record, to: &batch, byteLimit: byteLimit)
    case .workspace: try appendRecord(layout, record, to: &batch, byteLimit: byteLimit)
    }
  }

  private static let streamBytes = Array(stream.text.utf8)

  private func appendStored(
    _ layout: RecordLayout, _ record: Span<UInt8>, to batch: inout StoreBatch, byteLimit: Int
  ) throws(LMDBError) -> Bool {
    let leaf = record.extracting(layout.leafRange)
    guard leaf.holds(Self.streamBytes, at: layout.leaf.stream) else { return true }
    let number = layout.leaf.revision(in: leaf).rawValue + 1
    let event = try Self.content(1, layout, record)
    let tracking = layout.leaf.sectionCount > 2 ? try Self.content(2, layout, record) : nil
    let count =
      1 + [UInt8].byteCount(ofVarint: number) + [UInt8].byteCount(ofField: event.count)
      + (tracking.map { [UInt8].byteCount(ofField: $0.count) } ?? 0)
    guard batch.count == 0 || batch.entries.count + count <= byteLimit else { return false }
    batch.entries.append(varint: 1 << 3 | 2)
    batch.entries.append(varint: UInt64(count))
    batch.entries.append(field: 1, varint: number)
    batch.entries.append(field: 2, record, in: event)
    if let tracking { batch.entries.append(field: 3, record, in: tracking) }
    batch.count += 1
    batch.last = number
    return true
  }

  /// Where the content of plain section `index` lies in `record`.
  private static func content(
    _ index: Int, _ layout: RecordLayout, _ record: Span<UInt8>
  ) throws(LMDBError) -> Range<Int> {
    guard index < layout.leaf.sectionCount else { throw LMDBError(call: .get, cause: .damaged) }
    let blob = layout.blobRange(index, in: record)
    guard let parts = PlainSection.parse(record.extracting(blob)) else {
      throw LMDBError(call: .get, cause: .damaged)
    }
    return blob.lowerBound + parts.content.lowerBound..<blob.lowerBound + parts.content.upperBound
  }

  /// A CRM's event: its payload as data, its tags, and what the leaf says as metadata; what is
  /// sealed stays in the log.
  private func appendRecord(
    _ layout: RecordLayout, _ record: Span<UInt8>, to batch: inout StoreBatch, byteLimit: Int
  ) throws(LMDBError) -> Bool {
    let recorded = RecordedEvent(copying: record, layout: layout)
    let number = recorded.position.rawValue + 1
    var entry: [UInt8] = []
    entry.append(field: 1, varint: number)
    entry.append(field: 2, bytes: Self.message(of: recorded))
    guard batch.count == 0 || batch.entries.count + entry.count + 6 <= byteLimit else {
      return false
    }
    batch.entries.append(field: 1, bytes: entry)
    batch.count += 1
    batch.last = number
    return true
  }

  private static func message(of recorded: RecordedEvent) -> [UInt8] {
    var message: [UInt8] = []
    message.append(field: 1, bytes: Array(recorded.type.utf8))
    if let content = recorded.plain(0)?.content, let fields = MetadataFields(parsing: content.span)
    {
      for tag in fields.tags { message.append(field: 2, bytes: content[tag]) }
    }
    let data = recorded.sectionCount > 1 ? recorded.plain(1) : recorded.plain(0)
    if let data { message.append(field: 3, bytes: data.content) }
    message.append(field: 4, bytes: Array(recorded.eventID.uuidText.utf8))
    var entries = [
      ("stream", recorded.stream), ("revision", "\(recorded.revision)"),
      ("actor", recorded.actor),
      ("recordedAt", TimeText.universal(recorded.recordedAt.microseconds)),
      ("correlationId", recorded.correlation.uuidText),
    ]
    if !recorded.onBehalfOf.isEmpty { entries.append(("onBehalfOf", recorded.onBehalfOf)) }
    if let type = data?.contentType { entries.append(("contentType", type)) }
    for (key, value) in entries {
      var entry: [UInt8] = []
      entry.append(field: 1, bytes: Array(key.utf8))
      entry.append(field: 2, bytes: Array(value.utf8))
      message.append(field: 5, bytes: entry)
    }
    return message
  }
}
