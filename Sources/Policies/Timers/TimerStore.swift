package import CRM
package import EventModel
package import LMDB

/// The armed timers on disk, found by the time when they are due.
///
/// A projection of the log that can be deleted: reading the log again arms them again. What the
/// reactor has settled or put off since is forgotten then, and looked at once more, which changes
/// nothing.
package final class TimerStore: Sendable {
  let environment: Environment
  let timers: Table
  let due: Table
  let meta: Table
  /// Whether timers can be armed here, or are read only, beside the process that arms them.
  package let isReadOnly: Bool

  /// Format of the tables; another one is made anew.
  static let format: UInt32 = 1
  static let headerKey = Array("header".utf8)
  static let throughKey = Array("through".utf8)

  /// Opens the timers in `folder`, anew when the files are damaged, of another format, of another
  /// log, or made by other rules.
  ///
  /// - Parameters:
  ///   - folder: made when absent, unless it is read only.
  ///   - origin: the log's name.
  ///   - isReadOnly: whether another process arms the timers.
  ///   - mapSizeBytes: the most that the file can grow to; sparse.
  /// - Throws: ``LMDBError``; cause `noFile` when it is read only and nothing was armed there yet.
  package convenience init(
    folder: String, origin: String, isReadOnly: Bool = false, mapSizeBytes: Int = 1 << 36
  ) throws(LMDBError) {
    do throws(LMDBError) {
      try self.init(opening: folder, isReadOnly: isReadOnly, mapSizeBytes: mapSizeBytes)
    } catch
      where !isReadOnly
      && (error.cause == .notAnEnvironment || error.cause == .damaged
        || error.cause == .otherKindOfTable)
    {
      try Environment.removeFiles(in: folder)
      try self.init(opening: folder, isReadOnly: false, mapSizeBytes: mapSizeBytes)
    }
    if !isReadOnly { try prepare(origin: origin) }
  }

  private init(opening folder: String, isReadOnly: Bool, mapSizeBytes: Int) throws(LMDBError) {
    let environment = try Environment(
      folder: folder,
      options: .init(mapSizeBytes: mapSizeBytes, tableLimit: 3, isReadOnly: isReadOnly))
    (timers, due, meta) = try environment.openTables { opener throws(LMDBError) in
      (
        try opener.table(named: "timers"), try opener.table(named: "due"),
        try opener.table(named: "meta")
      )
    }
    self.environment = environment
    self.isReadOnly = isReadOnly
  }

  /// Empties tables that another log, format or version of the policies filled.
  private func prepare(origin: String) throws(LMDBError) {
    var header: [UInt8] = []
    header.append(bigEndian: Self.format)
    header.append(bigEndian: TimerPolicies.version)
    header += Array(origin.utf8)
    try environment.write { writer throws(LMDBError) in
      let isOurs = try writer.withValue(forKey: Self.headerKey.span, in: meta) {
        value throws(LMDBError) in
        guard let value else { return false }
        return value.holds(header, at: 0..<value.count)
      }
      guard !isOurs else { return }
      try empty(&writer)
      try writer.put(header.span, forKey: Self.headerKey.span, in: meta)
    }
  }

  private func empty(_ writer: inout WriteTransaction) throws(LMDBError) {
    try writer.empty(timers)
    try writer.empty(due)
    try writer.delete(Self.throughKey.span, from: meta)
  }

  /// Forgets all timers, so that they are armed anew from the log.
  package func reset() throws(LMDBError) {
    try environment.write { writer throws(LMDBError) in try empty(&writer) }
  }
}

/// Reading.
extension TimerStore {
  /// How many events of the log the timers are made from.
  package func through() throws(LMDBError) -> UInt64 {
    try environment.read { reader throws(LMDBError) in
      try reader.withValue(forKey: Self.throughKey.span, in: meta) {
        value throws(LMDBError) -> UInt64 in
        guard let value, value.count == 8 else { return 0 }
        return value.bigEndian(at: 0)
      }
    }
  }

  /// How many timers are armed.
  package func count() throws(LMDBError) -> Int {
    try environment.read { reader throws(LMDBError) in try reader.entryCount(of: timers) }
  }

  /// When the next timer is due; `nil` when none is armed.
  package func nextDue() throws(LMDBError) -> Timestamp? {
    try environment.read { reader throws(LMDBError) in
      var next: Timestamp?
      try reader.scan(due) { key, _ throws(LMDBError) in
        next = TimerEntry.time(key.bigEndian(at: 0))
        return .stop
      }
      return next
    }
  }

  /// The timers due by `time`, the earliest first.
  ///
  /// - Complexity: O(log n) and O(1) a timer, however many are armed.
  package func timers(
    dueBy time: Timestamp = Timestamp(microseconds: .max), policy: String? = nil,
    record: RecordKey? = nil, limit: Int
  ) throws(LMDBError) -> [ArmedTimer] {
    try environment.read { reader throws(LMDBError) in
      var found: [ArmedTimer] = []
      let end = TimerEntry.sortable(time)
      try reader.scan(due) { key, _ throws(LMDBError) in
        guard found.count < limit, key.bigEndian(at: 0, as: UInt64.self) <= end else {
          return .stop
        }
        let own = key.extracting(8..<key.count)
        let timer = try reader.withValue(forKey: own, in: timers) {
          value throws(LMDBError) -> ArmedTimer? in
          guard let value else { return nil }
          return TimerEntry.timer(key: own, value: value)
        }
        guard let timer else { throw LMDBError(call: .get, cause: .damaged) }
        if policy.map({ $0 == timer.key.policy }) ?? true,
          record.map({ $0 == timer.key.record }) ?? true
        {
          found.append(timer)
        }
        return .proceed
      }
      return found
    }
  }
}
