internal import CRM
internal import EventLog
internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// The trace that reading leaves.
extension Workspace {
  /// Adds an entry to the access log; nothing where another process writes it.
  func record(_ entry: AccessEntry) throws(ServiceError) {
    guard let recorder else { return }
    try recorder.add([entry], by: try asker())
  }

  /// Adds entries to the access log; nothing where another process writes it.
  func record(_ entries: [AccessEntry]) throws(ServiceError) {
    guard let recorder, !entries.isEmpty else { return }
    try recorder.add(entries, by: try asker())
  }

  /// Writes an event of the access log at once.
  func record(atOnce event: AccessEvent.OneOf_Event) throws(ServiceError) {
    guard let recorder else {
      try requireWriter()
      throw ServiceError(
        .refused, code: "LOG.LOCKED",
        "Another process writes this workspace and its access log: ask it, or end it first.")
    }
    // What came before stands before it.
    try recorder.flush()
    try recorder.write(event, by: try asker())
  }

  /// Reads much at once, between a beginning and an end in the access log.
  ///
  /// The beginning is durable before the first event is read, and the end says how many there were;
  /// a beginning without an end was broken off.
  /// - Parameters:
  ///   - purpose: a code: `evidence`, `replay` or `tiles`.
  ///   - body: reads, and says how many events it read.
  /// - Returns: what `body` read.
  /// - Throws: what `body` throws, and ``ServiceError`` when the access log can't be written.
  func bulkReading<Result>(
    _ purpose: String, _ body: () throws(ServiceError) -> (Result, events: Int)
  ) throws(ServiceError) -> Result {
    // Beside the writer nothing personal is opened, and nothing recorded.
    guard recorder != nil, kind == .crm else { return try body().0 }
    try beginBulkRead(purpose)
    let (result, count) = try body()
    try endBulkRead(purpose, events: count)
    return result
  }

  func beginBulkRead(_ purpose: String) throws(ServiceError) {
    guard recorder != nil, kind == .crm else { return }
    try record(atOnce: .bulkReadStarted(.with { $0.purpose = purpose }))
  }

  func endBulkRead(_ purpose: String, events: Int) throws(ServiceError) {
    guard recorder != nil, kind == .crm else { return }
    try record(
      atOnce: .bulkReadCompleted(
        .with {
          $0.purpose = purpose
          $0.eventCount = UInt64(max(0, events))
        }))
  }

  private func asker() throws(ServiceError) -> AccessRecorder.Asker {
    AccessRecorder.Asker(
      actor: try actingUser(), onBehalfOf: nil, session: principal.sessionID,
      channel: principal.channel.rawValue)
  }

  /// Writes what is in open windows.
  package func flushAccessLog() throws(ServiceError) { try recorder?.flush() }

  /// Publishes the access log's checkpoint and says it in the main log, if there is news.
  package func anchorAccessLog() throws(ServiceError) {
    try recorder?.flush()
    try recorder?.anchor()
  }

  /// That the principal signed in.
  ///
  /// - Parameter method: a code, such as `bearer`.
  /// - Throws: ``ServiceError`` when it can't be written.
  public func signedIn(method: String) throws(ServiceError) {
    try record(atOnce: .signInSucceeded(.with { $0.method = method }))
  }

  /// That somebody failed to sign in as the principal.
  ///
  /// - Parameters:
  ///   - method: a code, such as `bearer`.
  ///   - cause: a code, such as `expired`; nothing that was sent.
  /// - Throws: ``ServiceError`` when it can't be written.
  public func signInFailed(method: String, cause: String) throws(ServiceError) {
    try record(atOnce: .signInFailed(.with { ($0.method, $0.cause) = (method, cause) }))
  }

  /// That the principal signed out.
  public func signedOut() throws(ServiceError) { try record(atOnce: .signedOut(.init())) }
}

extension Workspace {
  /// How many events the log has.
  package var logSize: UInt64 { log.size }
}

extension Workspace {
  /// That the principal was given these records on `path` by a face that read them ahead.
  ///
  /// - Parameters:
  ///   - records: such as `account:acc_1`.
  ///   - path: such as `stream`.
  /// - Throws: ``ServiceError`` when what came before could not be written.
  package func noteViewed(_ records: [String], path: String) throws(ServiceError) {
    for record in records {
      try self.record(.viewed(record: record, kind: .card, classes: [], path: path))
    }
  }
}

extension Workspace {
  /// Waits for the access log's disk when more was shown lately than it has taken.
  ///
  /// So what waits stays bounded however much is asked. To be called before a question, on a thread
  /// that may wait.
  package func awaitAccessLog() { recorder?.catchUp() }

  /// How many looks are on their way to the access log's disk.
  package var accessLogBacklog: Int { recorder?.backlog ?? 0 }

  /// The most of them before whoever asks waits.
  package static var accessLogBacklogLimit: Int { AccessRecorder.backlogLimit }
}

extension Workspace {
  /// How many events the access log has; 0 where there is none.
  package func accessLogSize() -> UInt64 { accessLog?.log.size ?? 0 }
}
