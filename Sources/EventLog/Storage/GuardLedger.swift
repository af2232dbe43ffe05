internal import EventModel
internal import LMDB

/// Applies guard changes: checks each against the table and the changes before it.
///
/// Nothing reaches the table here; the changes that passed stand in ``accepted``.
struct GuardLedger: Sendable {
  /// Of requests that passed; written with their events.
  private(set) var accepted = GuardWrites()
  private var pending = GuardWrites()
  private let table: Table

  /// How many members a refusal shows.
  static let shownLimit = 20

  init(over table: Table) { self.table = table }

  /// Applies `changes` together, or none of them.
  mutating func apply(
    _ changes: [GuardChange], in transaction: borrowing some Transaction & ~Copyable
  ) throws(StageError) {
    pending = GuardWrites()
    defer { pending = GuardWrites() }
    var refused: AppendError?
    do throws(LMDBError) {
      for change in changes {
        if let refusal = try refusal(of: change, in: transaction) {
          refused = refusal
          break
        }
      }
    } catch { throw .storage(error) }
    if let refused { throw .refused(refused) }
    accepted.merge(pending)
  }

  /// Applies `change` to what is pending, or says why it can't be.
  private mutating func refusal(
    of change: GuardChange, in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> AppendError? {
    switch change {
    case .claim(let key, let value):
      let entry = GuardEntry.key(key, .claim)
      if let present = try read(entry, in: transaction), present != value {
        return .guardRefused(GuardRefusal(change: change, present: [present], count: 0))
      }
      pending[entry] = .some(value)
    case .release(let key, let value):
      let entry = GuardEntry.key(key, .claim)
      if try read(entry, in: transaction) == value { pending[entry] = .some(nil) }
    case .count(let key, let amount, let limit):
      let entry = GuardEntry.key(key, .counter)
      let present = try number(entry, in: transaction)
      let (sum, overflow) = present.addingReportingOverflow(amount)
      guard !overflow, sum >= 0, sum <= limit else {
        return .guardRefused(GuardRefusal(change: change, present: [], count: present))
      }
      set(entry, to: sum)
    case .insert(let key, let member):
      return try insert(member, into: key, limit: .max, change, in: transaction)
    case .insertWithin(let key, let member, let limit):
      return try insert(member, into: key, limit: limit, change, in: transaction)
    case .remove(let key, let member, let leaving):
      return try remove(member, from: key, leaving: leaving, change, in: transaction)
    case .requireEmpty(let key):
      let size = try number(GuardEntry.key(key, .setSize), in: transaction)
      if size > 0 { return try refusal(of: change, key, size: size, in: transaction) }
    }
    return nil
  }

  private mutating func insert(
    _ member: [UInt8], into key: GuardKey, limit: Int64, _ change: GuardChange,
    in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> AppendError? {
    guard member.count <= GuardEntry.memberLimit else {
      return .overLimit(
        "a member of the guard \(key.guardName) has \(member.count) bytes; "
          + "\(GuardEntry.memberLimit) are the most")
    }
    let entry = GuardEntry.key(key, .member, member: member)
    guard try read(entry, in: transaction) == nil else { return nil }
    let sizeEntry = GuardEntry.key(key, .setSize)
    let size = try number(sizeEntry, in: transaction)
    guard size < limit else {
      return .guardRefused(GuardRefusal(change: change, present: [], count: size))
    }
    set(sizeEntry, to: size + 1)
    pending[entry] = .some([])
    return nil
  }

  private mutating func remove(
    _ member: [UInt8], from key: GuardKey, leaving: Int64, _ change: GuardChange,
    in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> AppendError? {
    guard member.count <= GuardEntry.memberLimit else { return nil }
    let entry = GuardEntry.key(key, .member, member: member)
    guard try read(entry, in: transaction) != nil else { return nil }
    let sizeEntry = GuardEntry.key(key, .setSize)
    let size = try number(sizeEntry, in: transaction)
    guard size - 1 >= leaving else {
      return try refusal(of: change, key, size: size, in: transaction)
    }
    set(sizeEntry, to: size - 1)
    pending[entry] = .some(nil)
    return nil
  }

  private func refusal(
    of change: GuardChange, _ key: GuardKey, size: Int64,
    in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> AppendError {
    let shown = try members(of: key, limit: Self.shownLimit, in: transaction)
    return .guardRefused(GuardRefusal(change: change, present: shown, count: size))
  }

  private mutating func set(_ entry: [UInt8], to number: Int64) {
    pending[entry] = .some(number == 0 ? nil : GuardEntry.encode(number))
  }
}

/// Reading: the changes of this ledger lie over the table.
extension GuardLedger {
  private func read(
    _ entry: [UInt8], in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> [UInt8]? {
    if let changed = pending[entry] ?? accepted[entry] { return changed }
    return try transaction.bytes(entry, in: table)
  }

  private func number(
    _ entry: [UInt8], in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> Int64 {
    guard let value = try read(entry, in: transaction) else { return 0 }
    guard value.count == 8 else { throw .damagedLog }
    return value.span.bigEndian(at: 0)
  }

  /// A claim's value alone, or the first members of a set, and a counter's value or a set's size.
  func standing(
    at key: GuardKey, in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> (members: [[UInt8]], count: Int64) {
    if let value = try read(GuardEntry.key(key, .claim), in: transaction) { return ([value], 0) }
    let count = try number(GuardEntry.key(key, .counter), in: transaction)
    if count != 0 { return ([], count) }
    let members = try members(of: key, limit: .max, in: transaction)
    return (members, Int64(members.count))
  }

  /// The first members of a set, in bytewise order.
  ///
  /// - Complexity: O(limit + changes of this ledger), however many members there are.
  private func members(
    of key: GuardKey, limit: Int, in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> [[UInt8]] {
    let prefix = GuardEntry.key(key, .member)
    var changed: [[UInt8]: Bool] = [:]
    for writes in [accepted, pending] {
      for (entry, value) in writes.entries where entry.starts(with: prefix) {
        changed[Array(entry[prefix.count...])] = value != nil
      }
    }
    var members: [[UInt8]] = []
    try transaction.scan(table, from: prefix.span) { entry, _ throws(LMDBError) in
      guard members.count < limit, entry.count >= prefix.count,
        entry.holds(prefix, at: 0..<prefix.count)
      else { return .stop }
      let member = entry.copy(prefix.count..<entry.count)
      if changed[member] == nil { members.append(member) }
      return .proceed
    }
    for (member, isThere) in changed where isThere { members.append(member) }
    return Array(members.sorted { $0.lexicographicallyPrecedes($1) }.prefix(limit))
  }
}

/// Why a request is not staged: it is refused, or the store can't be read.
enum StageError: Error, LMDBFailure {
  case refused(AppendError)
  case storage(LMDBError)

  init(_ error: LMDBError) { self = .storage(error) }
}
