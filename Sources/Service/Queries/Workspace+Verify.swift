internal import Commands
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema
internal import Synchronization
internal import Transparency

/// Recomputing the log.
extension Workspace {
  /// Recomputes every leaf, digest, tree level, checkpoint, index entry and guard, of the access log
  /// too, and compares each of its checkpoints that the main log holds.
  public func verifyLog(
    threads: Int, progress: @escaping (Progress) -> Void
  ) throws(ServiceError) -> Outcome {
    try requireOperator("log verify")
    guard (1...64).contains(threads) else {
      throw ServiceError(
        .usage, code: "VALIDATION.THREADS", "\(threads) threads can't be: give 1 to 64.")
    }
    let unreadable = Mutex<(count: Int, first: Position?)>((0, nil))
    let relay = VerificationRelay(progress)
    var options = VerificationOptions()
    options.threadCount = threads
    options.keys = try keys.signer.map { signer throws(ServiceError) in try logKeys(signer) } ?? []
    options.guards = { event in
      do { return try GuardDefinitions.changes(of: event) } catch {
        unreadable.withLock { $0 = ($0.count + 1, $0.first ?? event.position) }
        return []
      }
    }
    options.progress = { progress in relay.send(progress) }
    let report: VerificationReport
    do throws(LMDBError) { report = try log.verify(options) } catch {
      throw ServiceError(storage: error)
    }
    let unread = unreadable.withLock { $0 }
    var rows: [[Value]] = report.findings.map { finding in
      [
        .text("\(finding.kind)"), .integer(Int64(finding.position.rawValue)),
        .integer(Int64(finding.count)), .text(finding.text),
      ]
    }
    if let first = unread.first {
      rows.append([
        .text("payload"), .integer(Int64(first.rawValue)), .integer(Int64(unread.count)),
        .text("the event is newer than this program, or not of the catalogue's form"),
      ])
    }
    let access = try verifyAccessLog(threads: threads)
    rows += access.findings
    let isSound = rows.isEmpty
    return Outcome(
      Answer(
        isSound ? "The log is sound" : "The log is NOT sound",
        facts: [
          .init("sound", "Sound", .flag(isSound)),
          .init("events", "Events", .integer(Int64(report.eventCount))),
          .init("streams", "Streams", .integer(Int64(report.streamCount))),
          .init("recordBytes", "Record bytes", .integer(Int64(report.recordBytes))),
          .init("checkpoints", "Checkpoints", .integer(Int64(report.checkpointCount))),
          .init("accessEvents", "Events of the access log", .integer(access.eventCount)),
          .init("accessAnchors", "Its anchors here", .integer(access.anchorCount)),
          .init(
            "notChecked", "Not checked",
            .list((report.notChecked + access.notChecked).map { .text($0) })),
        ],
        tables: isSound
          ? []
          : [
            .init(
              "findings", "Findings",
              columns: [
                .init("kind", "Kind"), .init("position", "First position"),
                .init("count", "Count"), .init("text", "What"),
              ], rows: rows)
          ]), isRefused: !isSound)
  }
}

/// Hands progress to a caller's closure, one call at a time.
private final class VerificationRelay: @unchecked Sendable {
  // @unchecked: the log calls `progress` one call at a time, and only while `verify` runs.
  private let report: (Progress) -> Void

  init(_ report: @escaping (Progress) -> Void) { self.report = report }

  func send(_ progress: VerificationProgress) {
    report(
      Progress(
        "Verifying \(progress.stage)", unit: "events", done: Int(progress.doneCount),
        total: Int(progress.totalCount)))
  }
}
