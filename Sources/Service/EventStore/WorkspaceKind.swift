internal import EventLog
internal import EventModel
internal import LMDB

/// What a workspace is for, as its log says it.
public enum WorkspaceKind: String, Sendable, Hashable, CaseIterable {
  /// Customers and what is done with them.
  case crm
  /// Any events, appended by clients of `umadb.v1.DCB`.
  case eventStore = "dcb"
}

extension WorkspaceKind {
  /// Where a store's log says that it is one: behind the log's own two events.
  static let position = Position(2)
  static let stream = StreamName(category: "dcb", id: "workspace")
  static let eventType = "EventStoreFounded"

  /// Reads the kind that `log` says.
  init(of log: EventLog) throws(ServiceError) {
    do throws(LMDBError) {
      let selection = EventSelection(from: Self.position, through: Self.position)
      let event = try log.events(selection).first
      self = event?.type == Self.eventType ? .eventStore : .crm
    } catch { throw ServiceError(storage: error) }
  }
}

extension Workspace {
  /// Refuses what only a CRM's workspace can do.
  func requireCRM() throws(ServiceError) {
    guard kind == .crm else {
      throw ServiceError(
        .refused, code: "WORKSPACE.KIND",
        "The workspace “\(folder.workspace)” is an event store without customers: serve it with "
          + "`deed serve --grpc HOST:PORT`, or name another one with --workspace.")
    }
  }
}
