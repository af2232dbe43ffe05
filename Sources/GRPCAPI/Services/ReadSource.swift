internal import Schema
internal import Service

/// How many events one message has.
enum BatchSize {
  static let usual = 512
  static let greatest = 5_000
  /// Well below the 4 MiB that clients take by default.
  static let byteLimit = 1 << 18

  static func limit(_ asked: UInt32?) -> Int {
    guard let asked, asked > 0 else { return usual }
    return min(Int(asked), greatest)
  }
}

/// The messages of `Read`: the events there are when it begins.
final class ReadSource: ResponseSource {
  private let store: EventStore
  private var selection: StoreSelection
  /// How many events are still wanted; `nil` for all.
  private var left: Int?
  private let batchLimit: Int
  private let head: UInt64?
  private var isOver = false
  /// What follows when the request asks for it in the old way.
  private var subscription: SubscriptionSource?

  init(
    _ request: DCBReadRequest, of store: EventStore, _ isLetIn: @escaping @Sendable () -> Bool
  ) throws(GRPCStatus) {
    guard !(request.backwards && request.subscribe) else {
      throw GRPCStatus(.invalidArgument, "A subscription goes forwards only.")
    }
    self.store = store
    head = store.head
    let query = StoreQuery(request.query)
    selection = StoreSelection(
      query: query, start: request.hasStart ? request.start : nil, through: head ?? 0,
      isBackwards: request.backwards)
    left = request.hasLimit ? Int(request.limit) : nil
    batchLimit = BatchSize.limit(request.hasBatchSize ? request.batchSize : nil)
    isOver = left == 0
    if request.subscribe {
      let behind = max(head ?? 0, request.hasStart ? max(request.start, 1) - 1 : 0)
      subscription = SubscriptionSource(
        query: query, after: behind, batchLimit: batchLimit, of: store, isLetIn)
    }
  }

  func next() throws(GRPCStatus) -> ResponseStep {
    guard !isOver else { return try subscription?.next() ?? .end }
    let batch: StoreBatch
    do throws(ServiceError) {
      batch = try store.read(
        selection, limit: min(left ?? batchLimit, batchLimit), byteLimit: BatchSize.byteLimit)
    } catch { throw GRPCStatus(error) }
    goOn(behind: batch)
    var message = batch.entries
    if left == nil, let head {
      message.append(headField: head)
    } else if let last = batch.last {
      message.append(headField: last)
    }
    return message.isEmpty ? try next() : .message(message)
  }

  private func goOn(behind batch: StoreBatch) {
    if let count = left {
      left = count - batch.count
      if left == 0 { isOver = true }
    }
    guard !batch.isLast, let last = batch.last else {
      isOver = true
      return
    }
    if selection.isBackwards {
      selection.start = last - 1
      if last == 1 { isOver = true }
    } else {
      selection.start = last + 1
    }
  }
}

/// The messages of `Subscribe`: the events there are, then those to come.
final class SubscriptionSource: ResponseSource {
  private let store: EventStore
  private var selection: StoreSelection
  private let batchLimit: Int
  /// The last position that was looked at.
  private var seen: UInt64

  /// Asked again and again, for a subscription lasts.
  private let isLetIn: @Sendable () -> Bool

  convenience init(
    _ request: DCBSubscribeRequest, of store: EventStore,
    _ isLetIn: @escaping @Sendable () -> Bool
  ) throws(GRPCStatus) {
    self.init(
      query: StoreQuery(request.query), after: request.hasAfter ? request.after : 0,
      batchLimit: BatchSize.limit(request.hasBatchSize ? request.batchSize : nil), of: store,
      isLetIn)
  }

  init(
    query: StoreQuery, after: UInt64, batchLimit: Int, of store: EventStore,
    _ isLetIn: @escaping @Sendable () -> Bool
  ) {
    self.store = store
    self.isLetIn = isLetIn
    self.batchLimit = batchLimit
    seen = after
    selection = StoreSelection(query: query, through: 0)
  }

  func next() throws(GRPCStatus) -> ResponseStep {
    guard isLetIn() else {
      throw GRPCStatus(.permissionDenied, "The key was revoked, or has expired.")
    }
    while let head = store.head, head > seen {
      selection.start = seen + 1
      selection.through = head
      let batch: StoreBatch
      do throws(ServiceError) {
        batch = try store.readShared(selection, limit: batchLimit, byteLimit: BatchSize.byteLimit)
      } catch { throw GRPCStatus(error) }
      seen = batch.isLast ? head : batch.last ?? head
      if batch.count > 0 { return .message(batch.entries) }
    }
    let store = store
    let seen = seen
    return .ask { wake in store.whenGrown(behind: seen, wake) }
  }
}

extension [UInt8] {
  /// Adds field 2 of a `ReadResponse`.
  fileprivate mutating func append(headField head: UInt64) {
    append(2 << 3)
    var rest = head
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }
}
