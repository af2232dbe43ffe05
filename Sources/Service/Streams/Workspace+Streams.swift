internal import Audit
internal import CRM
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema
internal import Subscriptions

/// Some events on their way to a subscriber.
struct StreamPage {
  struct Entry {
    let position: UInt64
    /// `nil` when it is withheld.
    let leafHash: Digest?
    let content: StreamedContent?
  }

  var entries: [Entry] = []
  /// Whether everything that was selected was looked at.
  var isWhole = true
}

extension Workspace {
  /// Begins a stream of events for whoever this workspace acts as.
  ///
  /// - Parameters:
  ///   - filter: which events.
  ///   - start: where it begins.
  ///   - maxLag: with more events than that ahead of it, the stream ends; never when `nil`.
  /// - Returns: the stream, of which nothing is read yet.
  /// - Throws: ``ServiceError`` when the filter or the start can't be read, or the user may not
  ///   follow events at all.
  public func subscribe(
    _ filter: StreamFilter, from start: StreamStart, maxLag: UInt64? = nil
  ) throws(ServiceError) -> EventSubscription {
    try requireCRM()
    let checked = try filter.checked()
    let gate = try gate()
    try gate.require(.replay, .account, path: "stream")
    return try EventSubscription(
      self, checked, grants: gate.grants, start: start, maxLag: maxLag)
  }

  /// `start`, with the position that the log has for a time.
  func located(_ start: StreamStart) throws(ServiceError) -> StreamStart {
    guard case .time(let microseconds) = start else { return start }
    let time = Timestamp(microseconds: microseconds)
    guard time <= clock() else {
      throw ServiceError(
        .usage, code: "VALIDATION.START",
        "\(time) is still to come: begin at the end, or at a time that was.")
    }
    let before: Position?
    do throws(LMDBError) {
      before = try log.position(at: time.advanced(byMicroseconds: -1))
    } catch { throw ServiceError(storage: error) }
    return before.map { .after($0.rawValue) } ?? .beginning
  }

  /// Reads a page as it may be seen; a withheld event is a place without content.
  func page(
    _ selection: EventSelection, _ filterer: inout EventFilterer,
    limit: Int = EventSubscription.eventLimit, contentByteLimit: Int? = nil
  ) throws(ServiceError) -> StreamPage {
    var page = StreamPage()
    var byteCount = 0
    var failure: ServiceError?
    let origin = log.origin
    try auditing { auditor throws(AuditError) in
      try auditor.replay(selection) { event, leafHash throws(AuditError) in
        guard page.entries.count < limit, byteCount < EventSubscription.byteLimit else {
          page.isWhole = false
          return .stop
        }
        do throws(ServiceError) {
          let seen = try filterer.filtered(event)
          let content = seen.map {
            StreamLine.content(
              of: $0, leafHash: leafHash, origin: origin, byteLimit: contentByteLimit)
          }
          byteCount += content?.json.utf8.count ?? 0
          page.entries.append(
            StreamPage.Entry(
              position: event.event.position.rawValue,
              leafHash: content == nil ? nil : leafHash, content: content))
          return .proceed
        } catch {
          failure = error
          return .stop
        }
      }
    }
    if let failure { throw failure }
    return page
  }
}

extension AccessGate {
  /// Whose rights, and which, in one line: what a subscription's digest pins.
  var grants: String {
    let roles = evaluator.directory.roles(of: user).map { "\($0.id)@\($0.version)" }.sorted()
    let teams = evaluator.directory.teams(of: user).sorted()
    let status = evaluator.directory.users[user]?.status == .active ? "active" : "inactive"
    return ([user, status] + roles + teams).joined(separator: " ")
  }
}
