internal import EventModel
internal import LMDB

/// One pass over the selected events of one snapshot.
struct LogScan {
  let core: LogCore
  private let selection: EventSelection
  private let matcher: QueryMatcher
  private let index: EventIndex?
  private let indexedSize: UInt64

  init(_ selection: EventSelection, of core: LogCore, index: EventIndex?) {
    self.core = core
    self.selection = selection
    matcher = QueryMatcher(selection.query)
    self.index = index
    // Read before the snapshot is taken, which is at least as new then.
    indexedSize = index?.size ?? 0
  }

  func run<Failure: LMDBFailure>(
    _ visit: (RecordLayout, Span<UInt8>) throws(Failure) -> Continuation
  ) throws(Failure) {
    var left = selection.limit ?? .max
    guard left > 0 else { return }
    let tables = core.store.tables
    try core.store.environment.read { reader throws(Failure) in
      let size: UInt64
      do throws(LMDBError) {
        size = try reader.count(of: tables.records)
      } catch { throw Failure(error) }
      for part in parts(of: positions(in: size)) {
        let next = try run(part, in: reader) { layout, record throws(Failure) in
          guard matcher.matches(layout, record) else { return .proceed }
          left -= 1
          return try visit(layout, record) == .proceed && left > 0 ? .proceed : .stop
        }
        guard next == .proceed else { return }
      }
    }
  }

  /// The positions that are looked at, without their order.
  private func positions(in size: UInt64) -> Range<UInt64> {
    switch selection.direction {
    case .forwards:
      let start = min(selection.from?.rawValue ?? 0, size)
      let end = min(selection.through.map { $0.next.rawValue } ?? size, size)
      return start..<max(start, end)
    case .backwards:
      let end = min(selection.from.map { $0.next.rawValue } ?? size, size)
      let start = min(selection.through?.rawValue ?? 0, size)
      return start..<max(start, end)
    }
  }

  /// A range that is looked up in the index, or read event by event.
  private enum Part {
    case indexed(Range<UInt64>)
    case whole(Range<UInt64>)
  }

  private func parts(of range: Range<UInt64>) -> [Part] {
    guard !range.isEmpty else { return [] }
    guard index != nil, range.lowerBound < indexedSize else { return [.whole(range)] }
    let middle = min(range.upperBound, indexedSize)
    var parts: [Part] = [.indexed(range.lowerBound..<middle)]
    if middle < range.upperBound { parts.append(.whole(middle..<range.upperBound)) }
    return selection.direction == .forwards ? parts : parts.reversed()
  }

  private func run<Failure: LMDBFailure>(
    _ part: Part, in reader: borrowing ReadTransaction,
    _ visit: (RecordLayout, Span<UInt8>) throws(Failure) -> Continuation
  ) throws(Failure) -> Continuation {
    switch part {
    case .whole(let range): try runWhole(range, in: reader, visit)
    case .indexed(let range): try runIndexed(range, in: reader, visit)
    }
  }

  private var direction: ScanDirection {
    switch selection.direction {
    case .forwards: .forwards
    case .backwards: .backwards
    }
  }

  private func runWhole<Failure: LMDBFailure>(
    _ range: Range<UInt64>, in reader: borrowing ReadTransaction,
    _ visit: (RecordLayout, Span<UInt8>) throws(Failure) -> Continuation
  ) throws(Failure) -> Continuation {
    var outcome = Continuation.proceed
    let start = direction == .forwards ? range.lowerBound : range.upperBound - 1
    try reader.scan(core.store.tables.records, from: start, direction) {
      position, record throws(Failure) in
      guard range.contains(position) else { return .stop }
      let layout: RecordLayout
      do throws(LMDBError) { layout = try record.storedLayout() } catch { throw Failure(error) }
      outcome = try visit(layout, record)
      return outcome
    }
    return outcome
  }

  private func runIndexed<Failure: LMDBFailure>(
    _ range: Range<UInt64>, in reader: borrowing ReadTransaction,
    _ visit: (RecordLayout, Span<UInt8>) throws(Failure) -> Continuation
  ) throws(Failure) -> Continuation {
    guard let index else { return .proceed }
    var candidates = index.candidates(
      index.hashKey.query(selection.query), direction, from: range.lowerBound,
      below: range.upperBound)
    while true {
      let candidate: Position?
      do throws(LMDBError) {
        candidate = try candidates.next()
      } catch { throw Failure(error) }
      guard let candidate else { return .proceed }
      let next = try reader.withValue(
        forKey: candidate.rawValue, in: core.store.tables.records
      ) { record throws(Failure) in
        guard let record else { throw Failure(LMDBError.damagedLog) }
        let layout: RecordLayout
        do throws(LMDBError) { layout = try record.storedLayout() } catch { throw Failure(error) }
        return try visit(layout, record)
      }
      guard next == .proceed else { return .stop }
    }
  }
}
