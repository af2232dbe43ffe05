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
    do throws(ServiceError) { try catchUp() } catch {
      // While the disk is full questions go on: the answer says as of which position it is.
      guard error.code == "STORAGE.FULL" else { throw error }
      // What is answered by a model that is behind is not kept.
      shownRecords.forget()
    }
    do throws(QueryError) {
      return try readers.lend(body)
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
    try requireOperator("models")
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
      .init("serving", "Serving"), .init("next", "Waiting"), .init("previous", "Kept"),
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
      .named(reason), .build(status.builds.serving), .build(status.builds.next),
      .build(status.builds.previous),
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
    case .decisions: self.init(.failed, code: "MODEL.FAILED", error.sentence)
    case .storage(_, let storage) where Self.isFull(storage):
      self.init(.failed, code: "STORAGE.FULL", error.sentence)
    case .storage, .log, .otherLog, .aheadOfLog:
      self.init(.failed, code: "MODEL.FAILED", error.sentence)
    }
  }

  /// Whether SQLite had no room: for its file, or for the memory that readers of it share.
  private static func isFull(_ error: StorageError) -> Bool {
    let (full, sharedMemory) = (13 as Int32, 4_874 as Int32)
    return error.code & 0xff == full || error.code == sharedMemory
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
