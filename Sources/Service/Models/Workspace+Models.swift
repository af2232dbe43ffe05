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
    try requireCRM()
    // What is answered by a model that is behind is not kept; the answer says as of which position
    // it is.
    if !(try catchUp()) { shownRecords.forget() }
    do throws(QueryError) {
      return try readers.lend(body)
    } catch { throw ServiceError(error) }
  }

  /// Brings the models to the log's end.
  ///
  /// A model whose file fails, or that the disk has no room for, stops no other and keeps nobody
  /// from asking them or from making it anew: ``models(withTables:withDigests:)`` says why it waits.
  /// - Returns: whether no model's file failed.
  @discardableResult
  package func catchUp() throws(ServiceError) -> Bool {
    guard isWriter else { return true }
    do throws(ModelError) {
      try runner.catchUp()
      return true
    } catch {
      guard case .storage = error else { throw ServiceError(error) }
      return false
    }
  }

  /// Keeps the models at the log's end, whether anybody asks them or not, until the task is
  /// cancelled or the workspace is closed.
  public func followModels() async {
    guard isWriter, kind == .crm else { return }
    do throws(ModelError) { try await runner.follow(log) } catch {
      // The log can't be read: everybody who asks is told so.
    }
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
    try requireOperator("models")
    try catchUp()
    let statuses: [ModelStatus]
    var unfinished: [String: UnfinishedBuild] = [:]
    var stops: [String: ModelFailure] = [:]
    var digests: [String: ModelDigest] = [:]
    do throws(ModelError) {
      statuses = try runner.statuses()
      for status in statuses where status.builds.next != nil {
        stops[status.name] = try runner.waitingFailure(of: status.name)
      }
      for build in try runner.unfinished() { unfinished[build.build.name] = build }
      if withDigests {
        for status in statuses { digests[status.name] = try digest(of: status.name) }
      }
    } catch { throw ServiceError(error) }
    var columns: [Answer.Table.Column] = [
      .init("model", "Model"), .init("version", "Version"), .init("position", "Events"),
      .init("lag", "Lag"), .init("state", "State"), .init("reason", "Why"),
      .init("serving", "Serving"), .init("next", "Waiting"), .init("previous", "Kept"),
      .init("making", "Making"), .init("makingState", "Its state"), .init("made", "Its events"),
      .init("eventsPerSecond", "A second"), .init("secondsLeft", "Seconds left"),
    ]
    if withDigests { columns += [.init("rows", "Rows"), .init("digest", "Digest")] }
    var tables = [
      Answer.Table(
        "models", "", columns: columns,
        rows: statuses.map { status in
          Self.row(of: status, stops[status.name])
            + Self.cells(of: unfinished[status.name])
            + (withDigests ? Self.cells(of: digests[status.name]) : [])
        })
    ]
    if withTables { tables.append(Self.tableList()) }
    return Answer("Read models", tables: tables)
  }

  /// The digest of a model; `nil` when its file can't be read, which is no reason not to list the
  /// others.
  private func digest(of name: String) throws(ModelError) -> ModelDigest? {
    do throws(ModelError) { return try runner.digest(name) } catch {
      guard case .storage = error else { throw error }
      return nil
    }
  }

  /// A model's cells; `stop` is what stopped its build that waits.
  private static func row(of status: ModelStatus, _ stop: ModelFailure?) -> [Value] {
    var (state, reason) = status.state.words
    if let stop {
      if case .held = status.state { (state, reason) = ("failed", "") }
      reason += (reason.isEmpty ? "" : "; ") + "its waiting build \(stop.words)"
    }
    return [
      .text(status.name), .integer(Int64(status.version)),
      .integer(Int64(status.position.rawValue)), .integer(Int64(status.lag)), .text(state),
      .named(reason), .build(status.builds.serving), .build(status.builds.next),
      .build(status.builds.previous),
    ]
  }

  private static func cells(of digest: ModelDigest?) -> [Value] {
    [
      digest.map { .integer(Int64($0.rowCount)) } ?? .none,
      digest.map { .text($0.digest.hex) } ?? .none,
    ]
  }

  private static func cells(of build: UnfinishedBuild?) -> [Value] {
    guard let build else { return Array(repeating: .none, count: 5) }
    let state =
      if let failure = build.failure { failure.words } else {
        build.isRunning ? "running" : "interrupted"
      }
    return [
      .build(build.build), .text(state),
      build.events.map { .integer(Int64(clamping: $0)) } ?? .none,
      build.eventsPerSecond.map { .integer(Int64(clamping: $0)) } ?? .none,
      build.secondsLeft.map { .integer(Int64(clamping: $0)) } ?? .none,
    ]
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
}

/// Hands progress to a caller's closure, which runs on the thread that rebuilds.
final class ProgressRelay: @unchecked Sendable {
  // @unchecked: `send` is called on the caller's own thread only, within its call of `rebuild`.
  private let report: (Progress) -> Void

  init(_ report: @escaping (Progress) -> Void) { self.report = report }

  func send(_ progress: Progress) { report(progress) }

  /// Shows a model's progress under `label`.
  func observer(_ label: String, _ isCancelled: @escaping @Sendable () -> Bool) -> ModelObserver {
    ModelObserver(
      progress: { progress in
        self.send(
          Progress(
            label, unit: "events", done: Int(progress.position.rawValue),
            total: Int(progress.size)))
      }, isCancelled: isCancelled)
  }
}

extension ModelStatus.State {
  var words: (state: String, reason: String) {
    switch self {
    case .current: ("current", "")
    case .building: ("building", "its first build is on its way")
    case .behind: ("behind", "")
    case .held: ("held", "another version serves; compare and switch, or go on with its program")
    case .waiting(let reason): ("waiting", reason)
    case .failed(let failure):
      (
        "failed",
        "stopped before position \(failure.position), \(failure.type) \(failure.event.uuidText): "
          + failure.cause
      )
    }
  }
}

extension ServiceError {
  init(_ error: ModelError) {
    switch error {
    case .unknownModel: self.init(.usage, code: "VALIDATION.MODEL", error.sentence)
    case .alreadyRebuilding: self.init(.refused, code: "MODEL.BUSY", error.sentence)
    case .noRoom: self.init(.refused, code: "MODEL.NO_ROOM", error.sentence)
    case .noBuild: self.init(.refused, code: "MODEL.NO_BUILD", error.sentence)
    case .notComparable: self.init(.refused, code: "MODEL.NOT_COMPARABLE", error.sentence)
    case .stopped: self.init(.refused, code: "MODEL.STOPPED", error.sentence)
    case .decisions: self.init(.failed, code: "MODEL.FAILED", error.sentence)
    case .storage where error.isDiskFull:
      self.init(.failed, code: "STORAGE.FULL", error.sentence)
    case .storage, .log, .otherLog, .aheadOfLog:
      self.init(.failed, code: "MODEL.FAILED", error.sentence)
    }
  }

  init(_ error: QueryError) {
    switch error {
    case .otherVersion: self.init(.refused, code: "MODEL.OTHER_VERSION", error.sentence)
    case .notBuilt, .behind: self.init(.refused, code: "MODEL.BEHIND", error.sentence)
    case .storage: self.init(.failed, code: "MODEL.FAILED", error.sentence)
    case .unknownPipeline: self.init(.refused, code: "STATE.NOT_FOUND", error.sentence)
    case .refused: self.init(.refused, code: "QUERY.REFUSED", error.sentence)
    case .overTime: self.init(.refused, code: "QUERY.TIME", error.sentence)
    }
  }
}

extension Value {
  /// A build as people name it, such as `2.1`: version and number.
  static func build(_ build: ModelBuild?) -> Value {
    build.map { .text("\($0.version).\($0.number)") } ?? .none
  }
}

extension CustomStringConvertible {
  /// The description with a capital first letter and a full stop.
  var sentence: String {
    let text = description
    let end = text.hasSuffix(".") ? "" : "."
    return text.prefix(1).uppercased() + text.dropFirst() + end
  }
}
