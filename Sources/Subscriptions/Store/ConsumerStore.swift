internal import EventModel
internal import Foundation
package import LMDB

/// What consumers have done, on disk: an environment of its own, beside the log and never in a
/// commit's way.
///
/// Keys begin with the consumer's name and a zero byte; positions have 8 bytes, the highest first.
/// Values are JSON. Format: docs/format/consumers.md.
package final class ConsumerStore: Sendable {
  private let environment: Environment
  private let groups: Table
  private let done: Table
  private let pending: Table
  private let parked: Table
  private let status: Table
  /// Writes one after the other, off the callers' threads.
  private let queue = DispatchQueue(label: "deed.consumers")
  package let isReadOnly: Bool

  /// What stands at a group's own key.
  private struct Head: Codable {
    var origin: String
    var generation: UInt64
    var checkpoint: UInt64
  }

  /// Opens the store in `folder`.
  ///
  /// - Throws: ``LMDBError``; cause `noFile` when it is read only and no consumer was ever made.
  package init(
    folder: String, isReadOnly: Bool = false, mapSizeBytes: Int = 1 << 36
  ) throws(LMDBError) {
    let environment = try Environment(
      folder: folder,
      options: .init(mapSizeBytes: mapSizeBytes, tableLimit: 5, isReadOnly: isReadOnly))
    (groups, done, pending, parked, status) = try environment.openTables {
      opener throws(LMDBError) in
      (
        try opener.table(named: "groups"), try opener.table(named: "done"),
        try opener.table(named: "pending"), try opener.table(named: "parked"),
        try opener.table(named: "status")
      )
    }
    self.environment = environment
    self.isReadOnly = isReadOnly
  }

  private static func key(_ name: String, _ position: UInt64? = nil) -> [UInt8] {
    var key = Array(name.utf8)
    key.append(0)
    if let position { key.append(bigEndian: position) }
    return key
  }

  private static func encoded(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    do { return Array(try encoder.encode(value)) } catch {
      preconditionFailure("a value of texts and integers can be encoded: \(error)")
    }
  }

  private static func decoded<Value: Decodable>(
    _ bytes: [UInt8]
  ) throws(LMDBError) -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(bytes))
    } catch { throw LMDBError(call: .get, cause: .damaged) }
  }
}

/// Reading.
extension ConsumerStore {
  /// What is kept of the group; `nil` when there is nothing of this generation.
  package func group(
    _ name: String, origin: String, generation: UInt64
  ) throws(LMDBError) -> SavedGroup? {
    try environment.read { reader throws(LMDBError) -> SavedGroup? in
      let bytes = try reader.withValue(forKey: Self.key(name).span, in: groups) {
        value throws(LMDBError) in value?.copy()
      }
      guard let bytes else { return nil }
      let head: Head = try Self.decoded(bytes)
      guard head.origin == origin, head.generation == generation else { return nil }
      var saved = SavedGroup(checkpoint: head.checkpoint)
      try Self.visit(done, of: name, in: reader) { position, _ throws(LMDBError) in
        saved.done.insert(position)
        return .proceed
      }
      try Self.visit(pending, of: name, in: reader) { position, value throws(LMDBError) in
        saved.pending[position] = try Self.decoded(value)
        return .proceed
      }
      try Self.visit(parked, of: name, in: reader) { _, _ throws(LMDBError) in
        saved.parkedCount += 1
        return .proceed
      }
      return saved
    }
  }

  /// Parked events behind `after`, in the order of the log.
  package func parkedEvents(
    of name: String, after: UInt64? = nil, limit: Int
  ) throws(LMDBError) -> [(position: UInt64, event: ParkedEvent)] {
    try environment.read { reader throws(LMDBError) in
      var found: [(position: UInt64, event: ParkedEvent)] = []
      try Self.visit(parked, of: name, from: after.map { $0 + 1 } ?? 0, in: reader) {
        position, value throws(LMDBError) in
        guard found.count < limit else { return .stop }
        found.append((position, try Self.decoded(value)))
        return .proceed
      }
      return found
    }
  }

  /// What the group said of itself last; `nil` when it never ran.
  package func status(of name: String) throws(LMDBError) -> GroupStatus? {
    try environment.read { reader throws(LMDBError) -> GroupStatus? in
      let bytes = try reader.withValue(forKey: Self.key(name).span, in: status) {
        value throws(LMDBError) in value?.copy()
      }
      return try bytes.map { bytes throws(LMDBError) in try Self.decoded(bytes) }
    }
  }

  private static func visit(
    _ table: Table, of name: String, from start: UInt64 = 0,
    in transaction: borrowing some Transaction & ~Copyable,
    _ body: (UInt64, [UInt8]) throws(LMDBError) -> Continuation
  ) throws(LMDBError) {
    let prefix = key(name)
    try transaction.scan(table, from: key(name, start).span) { key, value throws(LMDBError) in
      guard key.count == prefix.count + 8, key.holds(prefix, at: 0..<prefix.count) else {
        return .stop
      }
      return try body(key.bigEndian(at: prefix.count), value.copy())
    }
  }
}

/// Writing.
extension ConsumerStore {
  /// Makes the group anew, as of `checkpoint`: nothing of an older one is left.
  package func begin(
    _ name: String, origin: String, generation: UInt64, checkpoint: UInt64
  ) throws(LMDBError) {
    try environment.write { writer throws(LMDBError) in
      try remove(name, &writer)
      let head = Head(origin: origin, generation: generation, checkpoint: checkpoint)
      try writer.put(Self.encoded(head).span, forKey: Self.key(name).span, in: groups)
    }
  }

  /// Forgets the group.
  package func remove(_ name: String) throws(LMDBError) {
    try environment.write { writer throws(LMDBError) in try remove(name, &writer) }
  }

  private func remove(_ name: String, _ writer: inout WriteTransaction) throws(LMDBError) {
    for table in [done, pending, parked] {
      var positions: [UInt64] = []
      try Self.visit(table, of: name, in: writer) { position, _ throws(LMDBError) in
        positions.append(position)
        return .proceed
      }
      for position in positions { try writer.delete(Self.key(name, position).span, from: table) }
    }
    for table in [groups, status] { try writer.delete(Self.key(name).span, from: table) }
  }

  /// Makes `changes` durable, all or none; the caller's thread is not blocked.
  package func apply(
    _ changes: GroupChanges, to name: String, status: GroupStatus?
  ) async throws(LMDBError) {
    let result: Result<Void, LMDBError> = await withCheckedContinuation { continuation in
      queue.async {
        continuation.resume(
          returning: Result { () throws(LMDBError) in
            try self.write(changes, to: name, status)
          })
      }
    }
    try result.get()
  }

  private func write(
    _ changes: GroupChanges, to name: String, _ said: GroupStatus?
  ) throws(LMDBError) {
    try environment.write { writer throws(LMDBError) in
      if let checkpoint = changes.checkpoint {
        let key = Self.key(name)
        let bytes = try writer.withValue(forKey: key.span, in: groups) {
          value throws(LMDBError) in value?.copy()
        }
        // Whoever reset the group meanwhile has begun it anew: what was before is void.
        guard let bytes else { return }
        var head: Head = try Self.decoded(bytes)
        head.checkpoint = checkpoint
        try writer.put(Self.encoded(head).span, forKey: key.span, in: groups)
      }
      for position in changes.done {
        try writer.put([1].span, forKey: Self.key(name, position).span, in: done)
      }
      for position in changes.undone {
        try writer.delete(Self.key(name, position).span, from: done)
      }
      for (position, event) in changes.pending {
        try Self.put(event, Self.key(name, position), in: pending, &writer)
      }
      for (position, event) in changes.parked {
        try Self.put(event, Self.key(name, position), in: parked, &writer)
      }
      if let said {
        try writer.put(Self.encoded(said).span, forKey: Self.key(name).span, in: status)
      }
    }
  }

  private static func put(
    _ value: (some Encodable)?, _ key: [UInt8], in table: Table, _ writer: inout WriteTransaction
  ) throws(LMDBError) {
    if let value {
      try writer.put(encoded(value).span, forKey: key.span, in: table)
    } else {
      try writer.delete(key.span, from: table)
    }
  }
}
