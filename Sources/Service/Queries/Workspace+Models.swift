internal import Audit
internal import EventLog
internal import EventModel
internal import LMDB
package import ReadModels

/// The read models: where they stand, and making them anew.
extension Workspace {
  /// Brings the models to the log's end, and asks them, for those whose rights reach every record
  /// and field.
  ///
  /// A reader beside a writer asks what the writer has built.
  package func ask<Found>(
    _ body: (ModelReader) throws(QueryError) -> Found
  ) throws(ServiceError) -> Found {
    try requireUnrestricted()
    return try asking(body)
  }

  /// Asks the models what a gate has let through.
  package func asking<Found>(
    _ body: (ModelReader) throws(QueryError) -> Found
  ) throws(ServiceError) -> Found {
    try catchUp()
    do throws(QueryError) {
      return try body(ModelReader(ModelKind.standard, folder: folder.modelsFolder))
    } catch { throw ServiceError(error) }
  }

  package func catchUp() throws(ServiceError) {
    guard isWriter else { return }
    do throws(ModelError) { _ = try runner.catchUp() } catch { throw ServiceError(error) }
  }

  /// The position a model is asked about.
  func modelMoment(_ moment: Audit.Moment?) throws(ServiceError) -> AsOf {
    switch moment {
    case nil: return .latest
    case .position(let position): return .position(position)
    case .recorded(let time), .effective(let time):
      let found: Position?
      do throws(LMDBError) { found = try log.position(at: time) } catch {
        throw ServiceError(storage: error)
      }
      guard let found else {
        throw ServiceError(
          .refused, code: "VALIDATION.MOMENT", "Nothing was recorded by \(time): ask for later.")
      }
      return .position(found)
    }
  }

  /// How each model stands.
  public func models(
    withTables: Bool, withDigests: Bool
  ) throws(ServiceError) -> Answer {
    try requireUnrestricted()
    try catchUp()
    let statuses: [ModelStatus]
    var digests: [String: ModelDigest] = [:]
    do throws(ModelError) {
      statuses = try runner.statuses()
      if withDigests {
        for status in statuses { digests[status.name] = try runner.digest(status.name) }
      }
    } catch { throw ServiceError(error) }
    var columns: [Answer.Table.Column] = [
      .init("model", "Model"), .init("version", "Version"), .init("position", "Events"),
      .init("lag", "Lag"), .init("state", "State"), .init("reason", "Why"),
    ]
    if withDigests { columns += [.init("rows", "Rows"), .init("digest", "Digest")] }
    var tables = [
      Answer.Table(
        "models", "", columns: columns,
        rows: statuses.map { Self.row(of: $0, digests[$0.name], withDigests) })
    ]
    if withTables { tables.append(Self.tableList()) }
    return Answer("Read models", tables: tables)
  }

  private static func row(
    of status: ModelStatus, _ digest: ModelDigest?, _ withDigests: Bool
  ) -> [Value] {
    let (state, reason) = status.state.words
    var row: [Value] = [
      .text(status.name), .integer(Int64(status.version)),
      .integer(Int64(status.position.rawValue)), .integer(Int64(status.lag)), .text(state),
      .named(reason),
    ]
    if withDigests {
      row += [
        digest.map { .integer(Int64($0.rowCount)) } ?? .none,
        digest.map { .text($0.digest.hex) } ?? .none,
      ]
    }
    return row
  }

  private static func tableList() -> Answer.Table {
    .init(
      "tables", "Tables",
      columns: [.init("model", "Model"), .init("table", "Table"), .init("columns", "Columns")],
      rows: ModelKind.standard.flatMap { kind in
        kind.listing.map { relation in
          [
            .text(kind.name), .text(relation.name),
            .text(relation.columns.isEmpty ? "(a view)" : relation.columns.joined(separator: ", ")),
          ]
        }
      })
  }

  /// Makes models anew from the first event; all of them when `names` is `nil`.
  public func rebuild(
    _ names: [String]?, progress: @escaping (Progress) -> Void
  ) throws(ServiceError) -> Answer {
    try requireUnrestricted()
    try requireWriter()
    let report = ProgressRelay(progress)
    let observer = ModelObserver(progress: { progress in
      report.send(
        Progress(
          "Rebuilding", unit: "events", done: Int(progress.position.rawValue),
          total: Int(progress.size)))
    })
    let started = clock()
    do throws(ModelError) {
      _ = try runner.rebuild(names ?? [], fresh: false, observer)
    } catch { throw ServiceError(error) }
    let elapsed = max(1, clock().microseconds - started.microseconds)
    var answer = try models(withTables: false, withDigests: true)
    answer.title = "Rebuilt"
    answer.facts = [
      .init("events", "Events", .integer(Int64(log.size))),
      .init("milliseconds", "Milliseconds", .integer(elapsed / 1000)),
      .init("eventsPerSecond", "Events a second", .integer(Int64(log.size) * 1_000_000 / elapsed)),
    ]
    return answer
  }
}

/// Hands progress to a caller's closure, which runs on the thread that rebuilds.
private final class ProgressRelay: @unchecked Sendable {
  // @unchecked: `send` is called on the caller's own thread only, within its call of `rebuild`.
  private let report: (Progress) -> Void

  init(_ report: @escaping (Progress) -> Void) { self.report = report }

  func send(_ progress: Progress) { report(progress) }
}

extension ModelStatus.State {
  fileprivate var words: (state: String, reason: String) {
    switch self {
    case .current: ("current", "")
    case .building: ("building", "its first build is on its way")
    case .behind: ("behind", "")
    case .waiting(let reason): ("waiting", reason)
    case .failed(let failure): ("failed", "\(failure)")
    }
  }
}

extension ServiceError {
  init(_ error: ModelError) {
    switch error {
    case .unknownModel: self.init(.usage, code: "VALIDATION.MODEL", error.sentence)
    case .alreadyRebuilding: self.init(.refused, code: "MODEL.BUSY", error.sentence)
    case .storage, .log, .otherLog, .aheadOfLog:
      self.init(.failed, code: "MODEL.FAILED", error.sentence)
    }
  }

  init(_ error: QueryError) {
    switch error {
    case .notBuilt, .behind: self.init(.refused, code: "MODEL.BEHIND", error.sentence)
    case .storage: self.init(.failed, code: "MODEL.FAILED", error.sentence)
    case .unknownPipeline: self.init(.refused, code: "STATE.NOT_FOUND", error.sentence)
    case .refused: self.init(.refused, code: "QUERY.REFUSED", error.sentence)
    case .overTime: self.init(.refused, code: "QUERY.TIME", error.sentence)
    }
  }
}

extension CustomStringConvertible {
  /// The description with a capital first letter and a full stop.
  fileprivate var sentence: String {
    let text = description
    let end = text.hasSuffix(".") ? "" : "."
    return text.prefix(1).uppercased() + text.dropFirst() + end
  }
}
