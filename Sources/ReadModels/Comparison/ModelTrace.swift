internal import EventModel
internal import LMDB
internal import Schema

/// Follows the rows that differ through the log, to the events that made them differ.
///
/// The projectors run in memory and write nothing.
final class ModelTrace {
  private let new: ModelKind
  private let old: ModelKind?
  private let source: any EventSource
  private let skipped: Set<Position>
  private var traces: [RowPlace: [RowTrace]] = [:]
  private var byRecord: [String: [RowTrace]] = [:]
  private var named: [Position: RowTrace.EventMark] = [:]

  private struct RowPlace: Hashable {
    let table: String
    let key: [SQLValue]
  }

  /// A table's columns, as the projectors give them, and where the key stands among them.
  private struct Layout {
    let columns: [String]
    let key: [Int]
  }
  private var layouts: [String: Layout] = [:]
  private var oldLayouts: [String: Layout] = [:]

  /// Gets ready to follow `differences` with the projector of the new build, and with the one of
  /// the old build if this program has it.
  init(
    _ differences: ModelDifferences, new: ModelKind, old: ModelKind?, source: any EventSource,
    skipped: Set<Position>
  ) {
    self.new = new
    self.old = old
    self.source = EventPrefix(
      source, through: differences.events == 0 ? nil : Position(differences.events - 1))
    self.skipped = skipped
    for found in differences.found where found.kind.isOfRows {
      guard let keys = found.examples.first?.key.map(\.column) else { continue }
      layouts[found.kind.table] = Self.layout(found.kind.table, keys, new)
      oldLayouts[found.kind.table] = old.flatMap { Self.layout(found.kind.table, keys, $0) }
      for example in found.examples {
        let trace = RowTrace(
          found.kind, example, columns: layouts[found.kind.table]?.columns ?? [])
        let place = RowPlace(table: found.kind.table, key: example.key.map(\.value))
        traces[place, default: []].append(trace)
        byRecord[trace.record, default: []].append(trace)
      }
    }
  }

  private static func layout(_ table: String, _ keys: [String], _ kind: ModelKind) -> Layout? {
    guard let definition = kind.definitions.first(where: { $0.table == table }) else { return nil }
    let columns = definition.columns.map(\.name).filter { $0 != "ordinal" }
    let key = keys.compactMap { columns.firstIndex(of: $0) }
    return key.count == keys.count ? Layout(columns: columns, key: key) : nil
  }

  /// The first event of each kind of difference among the rows that were followed.
  func run(
    _ observer: ModelObserver, clock: () -> Timestamp
  ) throws(ModelError)
    -> [ModelDifferences.Kind: DifferenceCause]
  {
    guard !traces.isEmpty else { return [:] }
    var directory = TypeDirectory(messages: [new.messages + (old?.messages ?? [])])
    let newModel = new.inspect()
    let oldModel = old?.inspect()
    let wanted = Set(traces.values.joined().compactMap(\.namedPosition))
    let started = clock()
    do throws(LMDBError) {
      try source.scan(from: Position(0)) { layout, record throws(LMDBError) in
        let position = layout.leaf.position(in: record.extracting(layout.leafRange))
        let type = directory.type(of: layout, record)
        guard !type.readers.isEmpty, !skipped.contains(position) else { return .proceed }
        do throws(ProjectionFailure) {
          let event = try ProjectedEvent(layout, record, type)
          if wanted.contains(position) { named[position] = RowTrace.EventMark(event) }
          try follow(event, newModel, oldModel)
        } catch {
          // What can't be read stopped both builds before it; nothing behind it differs yet.
        }
        if position.rawValue % 32_768 == 0 {
          observer.progress(
            ModelProgress(
              models: [new.name], position: position, size: source.size, from: Position(0),
              elapsedMicroseconds: clock().microseconds - started.microseconds))
          if observer.isCancelled() { return .stop }
        }
        return .proceed
      }
    } catch {
      throw .log(error)
    }
    var causes: [ModelDifferences.Kind: DifferenceCause] = [:]
    for trace in traces.values.joined() {
      let mark = trace.namedPosition.flatMap { named[$0] }
      guard let cause = trace.cause(named: mark) else { continue }
      if let known = causes[cause.kind], Self.isSooner(known, cause) { continue }
      causes[cause.kind] = cause
    }
    return causes
  }

  /// By position; rows of one event by their keys, so that the answer is the same each time.
  private static func isSooner(_ a: DifferenceCause, _ b: DifferenceCause) -> Bool {
    if a.position != b.position { return a.position < b.position }
    for (mine, other) in zip(a.key, b.key) where mine.value != other.value {
      return mine.value.isBefore(other.value)
    }
    return true
  }

  private func follow(
    _ event: ProjectedEvent, _ newModel: any InspectedModel, _ oldModel: (any InspectedModel)?
  ) throws(ProjectionFailure) {
    if let watching = byRecord[event.recordID] {
      let text = Self.text(of: event)
      for trace in watching { trace.see(event) { text.contains("\"\($0)\"") } }
    }
    var failure: ProjectionFailure?
    do throws(ProjectionFailure) { try newModel.apply(event) } catch { failure = error }
    do throws(ProjectionFailure) { try oldModel?.apply(event) } catch { failure = failure ?? error }
    var touched: [RowPlace: (old: [SQLValue]??, new: [SQLValue]??)] = [:]
    for change in newModel.changes() {
      guard let layout = layouts[change.table] else { continue }
      let place = Self.place(of: change, layout)
      guard let watching = traces[place] else { continue }
      let values = change.isRemoved ? nil : change.values
      for trace in watching { trace.write(values, by: event, layout.columns) }
      touched[place, default: (nil, nil)].new = .some(common(values, change.table, isOld: false))
    }
    for change in oldModel?.changes() ?? [] {
      guard let layout = oldLayouts[change.table] else { continue }
      let place = Self.place(of: change, layout)
      guard traces[place] != nil else { continue }
      let values = change.isRemoved ? nil : change.values
      touched[place, default: (nil, nil)].old = .some(common(values, change.table, isOld: true))
    }
    if oldModel != nil {
      for (place, rows) in touched {
        for trace in traces[place] ?? [] {
          trace.compare(old: rows.old, new: rows.new, after: event)
        }
      }
    }
    if let failure { throw failure }
  }

  /// The values of the columns that both projectors have, in the new one's order.
  private func common(_ values: [SQLValue]?, _ table: String, isOld: Bool) -> [SQLValue]? {
    guard let values, let mine = layouts[table]?.columns, let other = oldLayouts[table]?.columns
    else { return values }
    let own = isOld ? other : mine
    return mine.filter { other.contains($0) }.compactMap { name in
      own.firstIndex(of: name).map { values[$0] }
    }
  }

  private static func place(of change: RowChange, _ layout: Layout) -> RowPlace {
    RowPlace(table: change.table, key: layout.key.map { change.values[$0] })
  }

  private static func text(of event: ProjectedEvent) -> String {
    do { return try event.payload.json() } catch { return "" }
  }
}
