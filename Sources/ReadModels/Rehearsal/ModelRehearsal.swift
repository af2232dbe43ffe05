package import EventModel
internal import LMDB
internal import Schema
internal import SwiftProtobuf

/// Runs today's catalogue, upcasters and projectors over a log without writing anything: what
/// would fail after a release is seen before it.
package struct ModelRehearsal {
  private let kinds: [ModelKind]
  private let source: any EventSource
  private let clock: @Sendable () -> Timestamp
  private let skips: Set<ModelSkip>

  package init(
    _ kinds: [ModelKind], of source: any EventSource, skips: Set<ModelSkip> = [],
    clock: @escaping @Sendable () -> Timestamp
  ) {
    self.kinds = kinds
    self.source = source
    self.skips = skips
    self.clock = clock
  }

  /// Runs over the whole log, or over whole streams such that each type of event, in each version,
  /// comes `perType` times if there are so many.
  ///
  /// A failure ends nothing: the model goes on behind it. Rows that models look at are kept in
  /// memory.
  package func run(
    perType: Int? = nil, _ observer: ModelObserver = ModelObserver()
  ) throws(ModelError) -> RehearsalReport {
    let started = clock()
    var run: RehearsalRun
    do throws(ProjectionFailure) { run = try RehearsalRun(kinds, skips) } catch {
      throw .decisions("\(error)")
    }
    var isCancelled = false
    do throws(LMDBError) {
      let sample = try perType.map { count throws(LMDBError) in
        try RehearsalSample(of: source, perType: count, observer)
      }
      try source.scan(from: Position(0)) { layout, record throws(LMDBError) in
        let position = layout.leaf.position(in: record.extracting(layout.leafRange))
        if let sample,
          !sample.streams.contains(
            record.extracting(layout.leafRange).text(layout.leaf.stream))
        {
          return .proceed
        }
        run.take(layout, record, at: position)
        if position.rawValue % 16_384 == 0 {
          observer.progress(
            ModelProgress(
              models: kinds.map(\.name), position: position, size: source.size,
              from: Position(0),
              elapsedMicroseconds: clock().microseconds - started.microseconds))
          isCancelled = observer.isCancelled()
        }
        return isCancelled ? .stop : .proceed
      }
      var report = run.report(size: source.size, counts: sample?.counts)
      report.isSample = sample != nil
      report.isCancelled = isCancelled
      report.elapsedMicroseconds = clock().microseconds - started.microseconds
      return report
    } catch {
      throw .log(error)
    }
  }
}

/// A rehearsal on its way.
private struct RehearsalRun {
  private let kinds: [ModelKind]
  private let models: [any InspectedModel]
  private let skipped: [Set<Position>]
  private let fields: UnmappedFields
  private var directory: TypeDirectory
  private var events: UInt64 = 0
  private var bytes: UInt64 = 0
  private var typeCounts: [String: UInt64] = [:]
  private var typeReaders: [String: [Int]] = [:]
  private var upcasts: [String: String] = [:]
  private var failures: [RehearsalReport.Failure] = []
  private var failureCounts: [String: [String: UInt64]] = [:]
  private var unmapped: [String: [UInt64: (count: UInt64, first: Position)]] = [:]
  private var modelEvents: [UInt64]

  init(_ kinds: [ModelKind], _ skips: Set<ModelSkip>) throws(ProjectionFailure) {
    self.kinds = kinds
    models = kinds.map { $0.inspect() }
    skipped = kinds.map { kind in
      Set(skips.filter { $0.model == kind.name && $0.version == kind.version }.map(\.position))
    }
    fields = try UnmappedFields(SchemaDescriptor.bytes)
    directory = TypeDirectory(messages: kinds.map(\.messages))
    modelEvents = kinds.map { _ in 0 }
  }

  mutating func take(_ layout: RecordLayout, _ record: Span<UInt8>, at position: Position) {
    events += 1
    bytes += UInt64(record.count)
    let type = directory.type(of: layout, record)
    typeCounts[type.type, default: 0] += 1
    typeReaders[type.type] = type.readers
    guard !type.message.isEmpty, type.message.hasPrefix("deed.") else { return }
    findUnmapped(layout, record, type, at: position)
    let event: ProjectedEvent
    do throws(ProjectionFailure) { event = try ProjectedEvent(layout, record, type) } catch {
      note(error, model: "", type, at: position)
      return
    }
    if upcasts[type.type] == nil { upcasts[type.type] = event.payload.typeName }
    for index in type.readers where !skipped[index].contains(position) {
      modelEvents[index] += 1
      do throws(ProjectionFailure) { try models[index].apply(event) } catch {
        note(error, model: kinds[index].name, type, at: position)
      }
      models[index].forgetChanges()
    }
  }

  private mutating func findUnmapped(
    _ layout: RecordLayout, _ record: Span<UInt8>, _ type: KnownType, at position: Position
  ) {
    let fields = fields
    for (section, name) in [(0, Metadata.protoMessageName), (1, type.message)] {
      let blob = record.extracting(layout.blobRange(section, in: record))
      guard let parts = PlainSection.parse(blob) else { continue }
      fields.find(in: blob.extracting(parts.content), of: name) { message, number in
        var known = unmapped[message]?[number] ?? (0, position)
        known.count += 1
        unmapped[message, default: [:]][number] = known
      }
    }
  }

  private mutating func note(
    _ failure: ProjectionFailure, model: String, _ type: KnownType, at position: Position
  ) {
    let cause =
      switch failure {
      case .poison(let cause), .misplaced(let cause): cause
      case .storage(let error): "\(error)"
      }
    failureCounts[model, default: [:]][type.type, default: 0] += 1
    guard failures.count < RehearsalReport.failureLimit else { return }
    failures.append(
      RehearsalReport.Failure(model: model, position: position, type: type.type, cause: cause))
  }

  /// Sorted everywhere, so that the same log gives the same report.
  func report(size: UInt64, counts: [String: UInt64]?) -> RehearsalReport {
    var report = RehearsalReport()
    report.events = events
    report.bytes = bytes
    report.types = (counts ?? typeCounts).keys.sorted().map { type in
      let newest = upcasts[type] ?? type
      return RehearsalReport.TypeCount(
        type: type, inLog: counts?[type] ?? typeCounts[type] ?? 0, run: typeCounts[type] ?? 0,
        upcastTo: newest == type ? "" : newest,
        readers: (typeReaders[type] ?? []).map { kinds[$0].name })
    }
    report.failures = failures
    report.failureCounts = failureCounts.flatMap { model, types in
      types.map { RehearsalReport.FailureCount(model: model, type: $0, count: $1) }
    }.sorted { ($0.model, $0.type) < ($1.model, $1.type) }
    report.unmapped = unmapped.flatMap { message, numbers in
      numbers.map {
        RehearsalReport.UnmappedField(
          message: message, number: $0, count: $1.count, first: $1.first)
      }
    }.sorted { ($0.message, $0.number) < ($1.message, $1.number) }
    report.models = kinds.indices.map { index in
      let held = models[index].size()
      return RehearsalReport.ModelResult(
        model: kinds[index].name, version: kinds[index].version, events: modelEvents[index],
        failures: failureCounts[kinds[index].name]?.values.reduce(0, +) ?? 0, rows: held.rows,
        bytesToCome: events == 0 ? 0 : Self.scaled(held.bytes, by: size, over: events))
    }
    return report
  }

  private static func scaled(_ bytes: UInt64, by size: UInt64, over part: UInt64) -> UInt64 {
    let (high, low) = bytes.multipliedFullWidth(by: max(size, part))
    return high >= part ? .max : part.dividingFullWidth((high, low)).quotient
  }
}
