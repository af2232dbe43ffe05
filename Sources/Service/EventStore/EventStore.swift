internal import EventLog
package import EventModel
internal import LMDB
internal import Schema
internal import Synchronization

/// A store of events with dynamic consistency boundaries: what `umadb.v1.DCB` asks for.
///
/// Positions begin with 1 and have no gaps. In a workspace of its own kind (`deed init --kind
/// dcb`) clients append any events; a CRM's workspace is read only, for its rules stand above it.
public final class EventStore: Sendable {
  /// Where it lies.
  public let folder: DataFolder
  let log: EventLog
  let place: StorePlace
  let clock: @Sendable () -> Timestamp
  let random: RandomSource
  /// Whether this object closes the log.
  private let ownsLog: Bool
  /// Whether clients may append.
  public let isWritable: Bool
  /// The workspace that is read, as whoever reads it; `nil` for a store of its own kind.
  let reader: Workspace?

  let lately = Mutex<SharedRead?>(nil)

  /// The one stream of a store's events.
  static let stream = StreamName(category: "dcb", id: "all")

  /// Opens the store in `folder` as its one writer.
  public convenience init(opening folder: DataFolder) throws(ServiceError) {
    try self.init(
      opening: folder, clock: SystemClock.now, random: .system,
      clockJumpLimit: EventLog.usualClockJumpMicroseconds)
  }

  package init(
    opening folder: DataFolder, clock: @escaping @Sendable () -> Timestamp, random: RandomSource,
    clockJumpLimit: Int64? = nil
  ) throws(ServiceError) {
    let keys = try WorkspaceKeys.open(folder, random: random)
    var options = EventLog.Options(clock: clock, signer: keys.signer)
    options.clockJumpLimitMicroseconds = clockJumpLimit
    options.accepted = try Workspace.acceptedClock(in: folder)
    do throws(OpenError) {
      log = try EventLog(writing: folder.folder, options: options)
    } catch { throw ServiceError(error) }
    guard try WorkspaceKind(of: log) == .eventStore else {
      _ = log.close()
      throw ServiceError(
        .refused, code: "WORKSPACE.KIND",
        "The workspace “\(folder.workspace)” is a CRM's, no event store: open it as such.")
    }
    do throws(AppendError) {
      _ = try log.registerSchema(SchemaDescriptor.bytes)
    } catch { throw ServiceError(error) }
    self.folder = folder
    self.clock = clock
    self.random = random
    place = .store(foreign: try Self.foreignPositions(in: log))
    ownsLog = true
    isWritable = true
    reader = nil
  }

  /// The store that `workspace`, of the kind for it, has open; the workspace closes the log, and
  /// nothing of the log's own is appended meanwhile.
  public init(serving workspace: Workspace) throws(ServiceError) {
    guard workspace.kind == .eventStore else {
      throw ServiceError(
        .refused, code: "WORKSPACE.KIND",
        "The workspace “\(workspace.folder.workspace)” is a CRM's, no event store: open it as such."
      )
    }
    try workspace.requireWriter()
    folder = workspace.folder
    log = workspace.log
    place = .store(foreign: try Self.foreignPositions(in: workspace.log))
    clock = workspace.clock
    random = workspace.random
    ownsLog = false
    isWritable = true
    reader = nil
  }

  /// A CRM's events as a store, for reading only; the workspace closes the log.
  public init(reading workspace: Workspace) {
    folder = workspace.folder
    log = workspace.log
    place = .workspace
    clock = workspace.clock
    random = workspace.random
    ownsLog = false
    isWritable = false
    reader = workspace
  }

  /// The store as the user `id` may use it: a CRM's shows what their rights reach, a store of its
  /// own kind has no users.
  public func acting(as id: String) throws(ServiceError) -> EventStore {
    guard let reader else { return self }
    let principal = Principal(
      id, kind: .apiClient, channel: .api, authenticationMethod: "apiKey")
    return EventStore(reading: try reader.acting(as: principal))
  }

  /// The last event's position; `nil` when there is none.
  public var head: UInt64? {
    let size = log.size
    switch place {
    case .workspace: return size == 0 ? nil : size
    case .store(let foreign):
      let count = size - UInt64(foreign.count)
      return count == 0 ? nil : count
    }
  }

  /// Publishes a checkpoint when there is news, and closes the files.
  public func close() throws(ServiceError) {
    guard ownsLog, let error = log.close() else { return }
    if case .noSigner = error { return }
    throw ServiceError(.failed, code: "LOG.CHECKPOINT", error.description)
  }

  /// Closes the files after a failure that is told already.
  public func abandon() {
    if ownsLog { _ = log.close() }
  }

  /// Where the log's own events stand among the store's; none come while it is open.
  private static func foreignPositions(in log: EventLog) throws(ServiceError) -> [UInt64] {
    var positions: [UInt64] = []
    do throws(LMDBError) {
      for query in [EventQuery.category("system"), .stream(WorkspaceKind.stream)] {
        try log.scan(EventSelection(query)) { layout, record throws(LMDBError) in
          let leaf = record.extracting(layout.leafRange)
          positions.append(layout.leaf.position(in: leaf).rawValue)
          return .proceed
        }
      }
    } catch { throw ServiceError(storage: error) }
    return positions.sorted()
  }
}

/// How a store's positions and the log's belong together.
enum StorePlace: Sendable {
  /// All events of the log.
  case workspace
  /// The events of one stream; the others stand at the positions given, in order.
  case store(foreign: [UInt64])

  /// The log's position of the store's event `number`, which is 1 or more.
  func position(of number: UInt64) -> UInt64 {
    switch self {
    case .workspace: return number - 1
    case .store(let foreign):
      var position = number - 1
      for other in foreign {
        guard other <= position else { break }
        position = position.addingReportingOverflow(1).partialValue
      }
      return position
    }
  }
}
