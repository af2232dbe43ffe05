package import EventModel
package import Schema

/// One look at one record, or one attempt, as an event of the access log says it.
package struct AccessTrace: Hashable, Sendable {
  /// Such as `view`, `list`, `reveal`, `export`, `refused`.
  package let how: String
  /// `<type>:<id>`; empty for none.
  package let record: String
  /// Paths, kinds of fields, codes: nothing personal.
  package let detail: String
  package let time: Timestamp
  package let count: Int

  private init(
    _ recordedAt: Timestamp, _ how: String, _ record: String, _ detail: [String],
    microseconds: Int64 = 0, count: Int = 1
  ) {
    self.how = how
    self.record = record
    self.detail = detail.filter { !$0.isEmpty }.joined(separator: " ")
    self.count = count
    time = microseconds == 0 ? recordedAt : Timestamp(microseconds: microseconds)
  }

  /// The looks that `event` says, in its order.
  package static func traces(
    of event: AccessEvent, recordedAt time: Timestamp
  ) -> [AccessTrace] {
    switch event.event {
    case .recordsViewed(let viewed):
      viewed.entries.map { entry in
        AccessTrace(
          time, entry.kind == .related ? "related" : "view", entry.record,
          [entry.path, entry.fieldClasses.joined(separator: ",")],
          microseconds: entry.firstUs, count: Int(entry.count))
      }
    case .recordsListed(let listed):
      listed.records.map {
        AccessTrace(time, "list", $0, [listed.path], microseconds: listed.atUs)
      }
    case .searchPerformed(let search):
      search.records.map {
        AccessTrace(time, "search", $0, search.fields, microseconds: search.atUs)
      }
    case .matchLookupPerformed(let match):
      match.records.map {
        AccessTrace(time, "match", $0, match.keyKinds, microseconds: match.atUs)
      }
    case .sensitiveFieldRevealed(let revealed):
      [AccessTrace(time, "reveal", revealed.record, [revealed.field, revealed.reasonCode])]
    case .recordsExported(let exported):
      exported.records.map { AccessTrace(time, "export", $0, [exported.exportID]) }
    case .commandRefused(let refused):
      [
        AccessTrace(
          time, "refused", refused.target, [refused.commandName, refused.errorCode],
          microseconds: refused.firstUs, count: Int(refused.count))
      ]
    case .accessDenied(let denied):
      [
        AccessTrace(
          time, "denied", denied.target, [denied.path, denied.errorCode],
          microseconds: denied.firstUs, count: Int(denied.count))
      ]
    case .reportRun(let run):
      [AccessTrace(time, "report", "", [run.reportID] + run.parameters, microseconds: run.atUs)]
    case .auditQueryRun(let query):
      [AccessTrace(time, "question", "", [query.question], microseconds: query.atUs)]
    case .signInSucceeded(let signIn): [AccessTrace(time, "signIn", "", [signIn.method])]
    case .signInFailed(let signIn):
      [AccessTrace(time, "signInFailed", "", [signIn.method, signIn.cause])]
    case .signedOut: [AccessTrace(time, "signOut", "", [])]
    case .streamSubscribed(let subscribed):
      [AccessTrace(time, "subscribe", "", subscribed.filter)]
    case .bulkReadStarted(let bulk): [AccessTrace(time, "bulkRead", "", [bulk.purpose])]
    case .bulkReadCompleted(let bulk):
      [AccessTrace(time, "bulkReadEnd", "", [bulk.purpose, "\(bulk.eventCount) events"])]
    case .accessWindowOpened, nil: []
    }
  }
}
