internal import Commands
internal import EventLog
internal import EventModel
internal import LMDB
internal import Transparency

/// What recomputing the access log found.
struct AccessVerification {
  var eventCount: Int64 = 0
  var anchorCount: Int64 = 0
  /// Rows as the main log's findings have them.
  var findings: [[Value]] = []
  var notChecked: [String] = []

  mutating func add(_ kind: String, at position: Position, count: Int = 1, _ text: String) {
    findings.append(
      [
        .text("access \(kind)"), .integer(Int64(position.rawValue)), .integer(Int64(count)),
        .text(text),
      ])
  }
}

/// Recomputing the access log.
extension Workspace {
  /// Recomputes the access log, and compares what the main log says of it: a look that was taken
  /// out, or a whole log that was put in its place, is seen here.
  func verifyAccessLog(threads: Int) throws(ServiceError) -> AccessVerification {
    var found = AccessVerification()
    let said = try readEvents(.stream(.systemAccess), limit: .max)
    let loss = said.lastIndex { $0.type == SystemEventType.accessLossAccepted.rawValue }
    let anchors = said[(loss.map { $0 + 1 } ?? 0)...]
    if let loss {
      found.notChecked.append(
        "access log: what is said of it before position \(said[loss].position), where its loss was "
          + "accepted")
    }
    found.anchorCount = Int64(anchors.count)
    guard let access = accessLog else {
      if let first = anchors.first {
        found.add(
          "anchor", at: first.position, count: anchors.count,
          "the log speaks of an access log, and there is none")
      }
      return found
    }
    var options = VerificationOptions()
    options.threadCount = threads
    options.keys = access.key.map { [$0] } ?? []
    // Nothing in it is guarded.
    options.guards = { _ in [] }
    let report: VerificationReport
    do throws(LMDBError) { report = try access.log.verify(options) } catch {
      throw ServiceError(storage: error)
    }
    found.eventCount = Int64(report.eventCount)
    found.notChecked += report.notChecked.map { "access log: \($0)" }
    for finding in report.findings {
      found.add("\(finding.kind)", at: finding.position, count: finding.count, finding.text)
    }
    var first: (position: Position, text: String)?
    var count = 0
    for event in anchors {
      guard let text = try AccessLog.difference(of: event, from: access.log) else { continue }
      first = first ?? (event.position, text)
      count += 1
    }
    if let first { found.add("anchor", at: first.position, count: count, first.text) }
    return found
  }
}
